"""Golden files: what each reader sees and says of one original, word for word.

`incoming/<format>/<case>/{original.*, reading.json, facts.json, about.toml}`. `make golden` rewrites the
expected files (VADO_GOLDEN=write); look at the difference before you commit it.
"""

import os
import tomllib
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path

import orjson
import pytest

from vado.incoming.hl7v2.grammar import shape_of, structures
from vado.model.codec import to_plain
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import PartnerProfile
from vado.settings.profile import load_profile

HERE = Path(__file__).parent
CASES = sorted(p.parent for p in (HERE / "incoming").glob("*/*/about.toml"))
WRITE = os.environ.get("VADO_GOLDEN") == "write"


def profile_of(case: Path) -> PartnerProfile:
    path = case / "partner.toml"
    return load_profile(path) if path.exists() else PartnerProfile(PartnerId("golden"), "Golden", timezone="Europe/Madrid")


def normal(plain: object) -> bytes:
    return orjson.dumps(plain, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.parent.name}/{c.name}")
def test_golden(case: Path) -> None:
    about = tomllib.loads((case / "about.toml").read_text())
    assert about.keys() >= {"origin", "licence", "purpose"}, "about.toml says where the original comes from"
    (path,) = case.glob("original.*")
    content = path.read_bytes()
    (plugin,) = entry_points(group="vado.readers", name=case.parent.name)
    reader = plugin.load()()
    profile = profile_of(case)
    original = Original(
        original_id(content), profile.id, "golden", "", datetime(2026, 1, 1, tzinfo=UTC), size=len(content), name=path.name
    )
    assert reader.claims(original, content) > 0.5
    reading = reader.read(original, content, profile)
    facts = reader.facts(reading, profile)
    for name, value in (("reading.json", reading), ("facts.json", facts)):
        actual = normal(to_plain(value))
        if WRITE:
            (case / name).write_bytes(actual + b"\n")
        assert actual == (case / name).read_bytes().rstrip(b"\n"), f"{case}/{name} differs: run `make golden` and look"


def test_every_message_structure_has_a_case() -> None:
    told = set()
    for case in (HERE / "incoming" / "hl7v2").iterdir():
        kind = (case / "original.hl7").read_text("utf-8").split("|")[8].split("^")
        told.add(id(shape_of(*kind, *[""] * (3 - len(kind)))))
    assert [name for name in structures() if id(shape_of("", "", name)) not in told] == []
