"""A paper form is learned from its blank; a phone photo of a filled copy comes in; a person confirms what it says at the desk."""

import io
import re
from pathlib import Path
from random import Random

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from starlette.testclient import TestClient

from made_form import blank, filled
from plain import OPEN, arrival, plain_exchange
from vado.cli.main import Context
from vado.cli.partner import partner
from vado.errors import VadoError
from vado.exchange import consult
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.fact import Fact
from vado.model.original import PartnerId
from vado.model.reading import Fidelity
from vado.model.record import Viewer
from vado.place.damage import photographed, scanned
from vado.settings.profile import load_profile
from vado.web.app import build

HERE = "http://testserver"
ME = Viewer("me")
GROUP = PartnerId("group")
INES = {
    "Surname": "Prado", "First name": "Inés", "Date of birth": "04/07/1951", "Weight (kg)": "61.5", "Allergies": "Penicillin",
    "Sex": "Female", "Signature": "x",
}  # fmt: skip
OMAR = {"Surname": "Haddad", "First name": "Omar", "Date of birth": "19/02/1948", "Sex": "Male"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("place")
    (place / "vado.toml").write_text("")
    (place / "partners").mkdir()
    (place / "partners" / "group.toml").write_text('# kept\n[partner]\nname = "Group"\nreview_below = 0.999\n')
    (place / "card.pdf").write_bytes(blank(fields=False))
    code, said = learn(place, "--yes")
    assert code == 0 and '"Allergies" = "AllergyIntolerance' in said and "12 boxes on 1 pages" in said
    return place


def learn(place: Path, *words: str, answer: str = "", to: str = "group") -> tuple[int, str]:
    asked = ["learn-form", str(place / "card.pdf"), "--partner", to, *words]
    done = CliRunner().invoke(partner, asked, obj=Context(str(place)), input=answer)
    if isinstance(done.exception, VadoError):
        return done.exception.kind.exit, str(done.exception)
    return done.exit_code, done.output


def photo_of(values: dict[str, str]) -> bytes:
    grey = np.asarray(Image.fromarray(filled(values)).convert("L"))
    box = io.BytesIO()
    Image.fromarray(photographed(grey, Random(4))[0]).save(box, "JPEG", quality=90)
    return box.getvalue()


def facts_of(x: Exchange, original: str) -> dict[str, Fact]:
    with x.store.begin() as tx:
        return {f.kind: f for f in tx.facts_from(GROUP, original)}  # type: ignore[arg-type]


def test_what_is_learned_is_written_beside_the_profile(place: Path) -> None:
    beside = sorted(p.name for p in (place / "partners" / "group").iterdir())
    assert beside == ["card.form-1.png", "card.form.npz", "card.form.toml"]
    profile = (place / "partners" / "group.toml").read_text()
    assert profile.startswith("# kept\n") and profile.count("[[form]]") == 1
    assert "Nothing was changed" in learn(place, answer="n\n")[1]
    assert (place / "partners" / "group.toml").read_text() == profile
    done = CliRunner().invoke(partner, ["check", "group"], obj=Context(str(place)))
    assert done.output == "group: good\n"
    assert "CO-004" in learn(place, to="nobody")[1]
    assert learn(place, "--name", "../x")[0] == 2


def test_from_a_phone_photo_to_the_record(place: Path) -> None:
    x = plain_exchange(profiles={GROUP: load_profile(place / "partners" / "group.toml")})
    (row,) = receive(x, [arrival(photo_of(INES), "IMG_1.jpg", GROUP)])
    assert row.fidelity == Fidelity.FIELDS
    facts = facts_of(x, row.original.id)
    assert facts["Patient"].resource["birthDate"] == "1951-07-04" and facts["Patient"].resource["gender"] == "female"
    weight = facts["Observation"]
    assert weight.resource["valueQuantity"] == {"value": 61.5, "unit": "kg"}, "nothing read from pixels is coded"
    assert all(f.evidence.fidelity is Fidelity.IMAGE and f.evidence.confidence < 1 for f in facts.values())
    assert "/ form card / field Weight (kg)" in weight.evidence.places[0].path

    client = TestClient(build(x, hosts=("testserver",), door=OPEN), base_url=HERE, headers={"Origin": HERE})
    (person,) = consult.find_persons(x, "prado", ME)
    assert "allergies" not in {line.kind for line in consult.show_record(x, person.id, ME).lines}
    desk = client.get("/desk").text
    assert 'value="Penicillin"' in desk, "an allergy comes first"
    (crop,) = re.findall(r'src="(/fact/\w+/crop.png)"', desk)
    wide, high = Image.open(io.BytesIO(client.get(crop).content)).size
    assert wide > high
    (fact,) = re.findall(r'action="/desk/(\w+)"', desk)
    client.post(f"/desk/{fact}", data={"verdict": "accept", "value:code.text": "Penicillin"})
    assert [line.title for line in consult.show_record(x, person.id, ME).lines if line.kind == "allergies"] == ["Penicillin"]


def test_two_filled_copies_in_one_file_are_two_persons(place: Path) -> None:
    frames = []
    for n, values in enumerate((INES, OMAR)):
        grey = np.asarray(Image.fromarray(filled(values)).convert("L"))
        frames.append(Image.fromarray(scanned(grey, Random(n))[0]))
    box = io.BytesIO()
    frames[0].save(box, "TIFF", compression="tiff_lzw", save_all=True, append_images=frames[1:], dpi=(200, 200))
    x = plain_exchange(profiles={GROUP: load_profile(place / "partners" / "group.toml")})
    assert [r.fidelity for r in receive(x, [arrival(box.getvalue(), "both.tif", GROUP)])] == [
        Fidelity.IMAGE,
        Fidelity.FIELDS,
        Fidelity.FIELDS,
    ]
    assert consult.find_persons(x, "prado", ME) and consult.find_persons(x, "haddad", ME)
    assert consult.find_persons(x, "prado", ME)[0].id != consult.find_persons(x, "haddad", ME)[0].id


def test_a_broken_form_profile_is_said_and_the_page_is_read_as_any(place: Path) -> None:
    path = place / "partners" / "group" / "card.form.toml"
    whole = path.read_text()
    path.write_text(whole.replace('kind = "text"', 'kind = "words"', 1))
    try:
        x = plain_exchange(profiles={GROUP: load_profile(place / "partners" / "group.toml")})
        (row,) = receive(x, [arrival(photo_of(INES), "IMG_2.jpg", GROUP)])
        assert "IN-532" in {i.code for i in row.issues} and row.fidelity == Fidelity.IMAGE
        done = CliRunner().invoke(partner, ["check", "group"], obj=Context(str(place)))
        assert "CO-010" in done.output and done.exit_code == 2
    finally:
        path.write_text(whole)
