"""What follows a cover sheet goes to its partner, if that one takes scans from the sender; else it waits and says why."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from PIL import Image

from plain import arrival, plain_exchange
from vado.exchange.receive import receive
from vado.model.cover import Cover
from vado.model.original import PartnerId, State
from vado.model.partner import PartnerProfile
from vado.outgoing.cover.write import write
from vado.place.sheets import page_picture
from vado.store.covers import FileCovers
from vado.tools import pdf

CLINIC, REGISTRY = PartnerId("clinic"), PartnerId("registry")
COVER = Cover("ABCDEFGHIJKLMNOPQRSTUVWXY2", CLINIC, "", datetime(2026, 11, 1, tzinfo=UTC), "cli:ana")


def scan(cover: Cover) -> bytes:
    with pdf.pages_of(write(cover, partner_name="Clinic", language="en")) as document:
        sheet = Image.fromarray(pdf.draw(document, 1, dpi=110, longest=1600))
    letter = page_picture(["Clinic letter", "", "Patient name: Ada Hill", "Date of birth: 03/04/1951"], Random(1)).convert("RGB")
    box = BytesIO()
    sheet.save(box, "TIFF", compression="tiff_lzw", save_all=True, append_images=[letter.crop((0, 0, 1240, 500))])
    return box.getvalue()


@pytest.mark.parametrize(
    ("known", "allowed", "goes_to", "code"), [(True, True, CLINIC, ""), (True, False, REGISTRY, "IN-526"), (False, True, REGISTRY, "IN-525")]
)  # fmt: skip
def test_a_scan_after_a_cover_sheet(tmp_path: Path, known: bool, allowed: bool, goes_to: PartnerId, code: str) -> None:
    covers = FileCovers(tmp_path / "covers.jsonl")
    if known:
        covers.add(COVER)
    clinic = PartnerProfile(CLINIC, "Clinic", scans_from=(REGISTRY,) if allowed else ())
    profiles = {CLINIC: clinic, REGISTRY: PartnerProfile(REGISTRY, "Registry")}
    x = replace(plain_exchange(profiles=profiles), covers=covers)
    whole, child = list(receive(x, [arrival(scan(COVER), partner="registry")]))
    assert whole.state is State.UNPACKED and [i.code for i in whole.issues] == ["IN-524"]
    assert child.original.partner == goes_to and child.original.parent == whole.original.id
    assert child.state is (State.WAITING if code else State.READ) and (not code or code in {i.code for i in child.issues})
    again = list(receive(x, [arrival(scan(COVER), partner="registry")]))
    assert [r.original.id for r in again] == [whole.original.id, child.original.id]
