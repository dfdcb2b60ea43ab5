"""The pages that learn a paper form: brought, looked at over its picture, corrected, saved; then filled copies are read by it."""

import io
import re
from html import unescape
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from made_form import blank, filled
from plain import arrival, plain_exchange
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.account import Role
from vado.model.original import PartnerId
from vado.model.reading import Fidelity
from vado.model.record import Viewer
from vado.place.damage import scanned
from vado.settings.form import load_form
from vado.settings.profile import load_profile
from vado.settings.settings import Settings
from vado.web.access import Door
from vado.web.app import build
from vado.wiring.bench import Bench

HERE = "http://testserver"
GROUP = PartnerId("group")
FORMS = "/bridges/group/forms"
INES = {"Surname": "Prado", "First name": "Inés", "Date of birth": "04/07/1951", "Weight (kg)": "61.5", "Sex": "Female"}
PDF = blank(fields=True)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "partners").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "partners" / "group.toml").write_text('# kept\n[partner]\nname = "The group"\n')
    return tmp_path


@pytest.fixture
def x(place: Path) -> Exchange:
    return plain_exchange(profiles={GROUP: load_profile(place / "partners" / "group.toml")})


def serving(x: Exchange, place: Path, role: Role = Role.OPERATOR, name: str = "otto", language: str = "en") -> TestClient:
    door = Door(guest=Viewer(name, role=role))
    app = build(x, language=language, hosts=("testserver",), door=door, bench=Bench(Settings(place), x))
    return TestClient(app, base_url=HERE, headers={"Origin": HERE}, follow_redirects=False)


def brought(client: TestClient, *files: tuple[str, bytes]) -> str:
    answer = client.post(FORMS, files=[("file", file) for file in files])
    assert (answer.status_code, answer.headers["location"]) == (303, f"{FORMS}#work")
    while "<progress" in (text := client.get(FORMS).text):
        pass
    return unescape(text)


def waiting(text: str) -> list[str]:
    return re.findall(rf'href="({FORMS}/\w+)"', text)


def typed(text: str) -> dict[str, str]:
    """Give what a browser would send of the page as it is."""
    form = dict(re.findall(r'<input name="([\w-]+)"[^>]*? value="([^"]*)"', text))
    for name, options in re.findall(r'<select name="(kind-\d+)">(.*?)</select>', text):
        form[name] = re.findall(r'value="(\w+)" selected', options)[0]
    form |= {n: "yes" for n in re.findall(r'name="(out-\d+)" value="yes" checked', text)}
    return {k: unescape(v) for k, v in form.items()}


def number_of(form: dict[str, str], label: str) -> str:
    return next(k.partition("-")[2] for k, v in form.items() if k.startswith("label-") and v == label)


def scan_of(values: dict[str, str]) -> Any:
    grey = np.asarray(Image.fromarray(filled(values)).convert("L"))
    box = io.BytesIO()
    Image.fromarray(scanned(grey, Random(4))[0]).save(box, "PNG", dpi=(200, 200))
    return arrival(box.getvalue(), "scan.png", GROUP)


def test_from_an_empty_copy_over_its_picture_to_filled_copies_that_are_read(x: Exchange, place: Path) -> None:
    list(receive(x, [scan_of(INES)]))
    client = serving(x, place)
    text = brought(client, ("Health card.pdf", PDF))
    assert "12 boxes" in text
    assert not (place / "partners" / "group").exists(), "nothing is written before somebody said so"
    (draft,) = waiting(text)
    text = client.get(draft).text
    form = typed(text)
    assert (form["name"], form["title"]) == ("health-card", "Community group: health card")
    assert "they are exact" in text and text.count("<rect ") == 12
    picture = client.get(f"{draft}/page/1.webp")
    assert Image.open(io.BytesIO(picture.content)).format == "WEBP" and client.get(f"{draft}/page/2.webp").status_code == 404

    # a name is corrected, a box left out; where the values go follows the names, and nothing that was typed is lost
    form |= {f"label-{number_of(form, 'Surname')}": "Apellidos", f"out-{number_of(form, 'Address')}": "yes", "title": "Card"}
    text = client.post(draft, data=form | {"do": "look"}).text
    assert typed(text) == form
    assert re.search(r'value="Apellidos".*?→ Family name', text, re.S)

    answer = client.post(draft, data=form | {"do": "save"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{FORMS}?saved=health-card")
    learned = load_form(place / "partners" / "group" / "health-card.form.toml")
    labels = [f.label for f in learned.fields]
    assert "Apellidos" in labels and "Address" not in labels and len(labels) == 11 and learned.title == "Card"
    assert (place / "partners" / "group" / "health-card.form-1.png").exists()
    profile = (place / "partners" / "group.toml").read_text()
    assert profile.startswith("# kept\n") and '"Apellidos" = "Patient.name.family"' in profile
    with x.store.begin() as tx:
        assert [a.who for a in tx.audits(subject="profile:group") if a.action == "learn-form"] == ["otto"]

    # it is in force, and what came on paper before can be read again
    text = client.get(f"{FORMS}?saved=health-card").text
    assert "The form health-card is known now" in text and "1 original came on paper before." in text
    assert not waiting(text), "what was saved waits no longer"
    (row,) = receive(x, [scan_of(INES | {"Surname": "Vega"})])
    assert row.fidelity == Fidelity.FIELDS


def test_what_no_form_can_be_learned_from_says_why_beside_what_can(x: Exchange, place: Path) -> None:
    text = brought(serving(x, place), ("notes.txt", b"nothing"), ("card.pdf", PDF), ("broken.pdf", b"%PDF-1.7 nothing"))
    assert len(waiting(text)) == 1
    assert "it is neither a PDF nor a picture" in text and "Give an empty copy" in text
    assert text.count("not learned") == 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "../x"}, "The name of a form is made of"),
        ({"label-2": " "}, "Box 3 has no name"),
        ({f"out-{n}": "yes" for n in range(12)}, "No box of the form is left"),
    ],
)
def test_what_will_not_do_is_said_and_nothing_is_written(x: Exchange, place: Path, change: dict[str, str], says: str) -> None:
    client = serving(x, place)
    (draft,) = waiting(brought(client, ("card.pdf", PDF)))
    form = typed(client.get(draft).text) | {"label-0": "Kept as typed"} | change
    answer = client.post(draft, data=form | {"do": "save"})
    assert answer.status_code == 422 and says in answer.text and 'value="Kept as typed"' in answer.text
    assert not (place / "partners" / "group").exists()


def test_a_form_is_replaced_only_where_that_is_said(x: Exchange, place: Path) -> None:
    client = serving(x, place)
    for change, status in (({}, 303), ({"title": "Other"}, 422), ({"title": "Other", "replace": "yes"}, 303)):
        (draft,) = waiting(brought(client, ("card.pdf", PDF)))
        form = typed(client.get(draft).text) | change
        assert client.post(draft, data=form | {"do": "save"}).status_code == status
    assert load_form(place / "partners" / "group" / "card.form.toml").title == "Other"
    assert (place / "partners" / "group.toml").read_text().count("[[form]]") == 1


def test_what_waits_is_its_own_readers_alone(x: Exchange, place: Path) -> None:
    client = serving(x, place)
    (draft,) = waiting(brought(client, ("card.pdf", PDF)))
    client.app.state.door = Door(guest=Viewer("olga", role=Role.OPERATOR))  # type: ignore[attr-defined]
    assert client.get(draft).status_code == client.get(f"{draft}/page/1.webp").status_code == 404
    assert not waiting(client.get(FORMS).text)


def test_nothing_brought_and_too_much_is_said(x: Exchange, place: Path) -> None:
    client = serving(x, place, language="es")
    none, many = (
        client.post(FORMS, files=[("file", ("", b""))]),
        client.post(FORMS, files=[("file", (f"{n}.pdf", PDF)) for n in range(11)]),
    )
    for answer in (none, many):
        assert answer.status_code == 422 and "elija un archivo como mínimo" in answer.text
    assert client.post(FORMS, files=[("file", ("big.pdf", b"%PDF" + bytes(41_000_000)))]).status_code == 400


def test_only_who_changes_partners_comes_here(x: Exchange, place: Path) -> None:
    assert serving(x, place, Role.MANAGER).get(FORMS).status_code == 403
    assert serving(x, place).get("/bridges/nobody/forms").status_code == 404
    assert f'href="{FORMS}"' in serving(x, place).get("/bridges/group").text
