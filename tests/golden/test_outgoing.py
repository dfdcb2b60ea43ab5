"""Golden files of what goes out: the very bytes that each writer makes of one record, and what it could not say.

`outgoing/<form>/<case>/{facts.json, expected-<n>.*, losses.json, about.toml}`; `facts.json` holds facts of several partners about one
person, `about.toml` the options of the wish. `make golden` rewrites the expected files; look at the difference before you commit it.
"""

import os
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import orjson
import pytest

from outward import record
from vado.model.codec import from_plain
from vado.model.fact import Fact
from vado.model.original import PartnerId
from vado.model.outgoing import Wish
from vado.model.partner import PartnerProfile
from vado.settings.profile import load_profile

HERE = Path(__file__).parent
FORMS = ("hl7v2", "cda", "table")
CASES = sorted(p.parent for form in FORMS for p in (HERE / "outgoing" / form).glob("*/about.toml"))
WRITE = os.environ.get("VADO_GOLDEN") == "write"


def profile_of(case: Path) -> PartnerProfile:
    path = case / "hospital.toml"
    return load_profile(path) if path.exists() else PartnerProfile(PartnerId("hospital"), "Hospital", timezone="Europe/Madrid")


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.parent.name}/{c.name}")
def test_golden(case: Path) -> None:
    about = tomllib.loads((case / "about.toml").read_text("utf-8"))
    assert about.keys() >= {"origin", "licence", "purpose"}
    facts = [from_plain(Fact, f) for f in orjson.loads((case / "facts.json").read_bytes())]
    (plugin,) = entry_points(group="vado.writers", name=case.parent.name)
    writer = plugin.load()()
    wish = Wish(PartnerId("hospital"), "golden", writer.form, "file", options=about.get("options", {}))
    writer.check(wish)
    out = list(writer.write([record(facts)], profile_of(case), wish))
    losses = orjson.dumps([o.losses for o in out], option=orjson.OPT_INDENT_2)
    made = {f"expected-{n}{Path(o.name).suffix}": o.content for n, o in enumerate(out)} | {"losses.json": losses + b"\n"}
    if WRITE:
        for name, content in made.items():
            (case / name).write_bytes(content)
    assert {p.name for p in case.glob("expected-*")} == made.keys() - {"losses.json"}
    for name, content in made.items():
        assert content == (case / name).read_bytes(), f"{case}/{name} differs: run `make golden` and look"


def test_every_form_has_a_case() -> None:
    assert {case.parent.name for case in CASES} == set(FORMS)
