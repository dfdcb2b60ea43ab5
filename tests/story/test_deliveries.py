"""The way out as an operator sees it: the command line in a place of its own, and the page in both languages."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from sending import IpsForm, Receiver, away, bundle, exchange, folder_contents, profiles, refused, said_in, sent, told
from vado.cli.main import vado
from vado.errors import VadoError
from vado.exchange import deliveries as story
from vado.exchange.ports import Exchange
from vado.model.delivery import DeliveryState
from vado.model.original import original_id
from vado.model.record import Viewer
from vado.settings.settings import Settings
from vado.wiring import build

SEND = """
[[channel]]
name = "out"
kind = "folder"
folder = "for/{0}"
[[send]]
name = "summary"
form = "summary"
channel = "out"
"""


class Place:
    """A place, and `vado` in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "partners").mkdir(parents=True)
        (folder / "vado.toml").write_text("read_processes = 1\n")
        for partner in ("hospital", "council"):
            trusted = '[partner]\ntrusted = ["urn:nhs"]\n'
            (folder / "partners" / f"{partner}.toml").write_text(trusted + SEND.format(partner))

    def __call__(self, *words: str, code: int = 0) -> Result:
        done = CliRunner().invoke(vado, ["--place", str(self.folder), *words])
        assert done.exit_code == code, (done.output, done.exception)
        return done

    def lines(self, *words: str) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self(*words, "--json").stdout.splitlines()]

    def tell(self, partner: str, content: bytes) -> None:
        inbox = self.folder / "inbox" / partner
        inbox.mkdir(parents=True, exist_ok=True)
        (inbox / f"{len(list(inbox.iterdir()))}.json").write_bytes(content)
        self("receive", str(inbox))

    def got(self, partner: str) -> list[set[str]]:
        return [said_in(c) for c in folder_contents(self.folder / "for" / partner)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(build, "load_writers", lambda: {"summary": IpsForm()})
    return Place(tmp_path / "place")


def test_an_operator_sends_looks_holds_releases_and_sends_once_more(place: Place) -> None:
    place.tell("hospital", bundle("77", "Asthma"))
    place.tell("council", bundle("77", "Falls"))
    would = place.lines("deliver", "--dry-run")
    assert [(d["to"], d["form"], d["pieces"]) for d in would] == [
        ("council/summary", "summary", 1),
        ("hospital/summary", "summary", 1),
    ]
    assert "2 records would go out" in place("deliver", "--dry-run").stdout
    place("hold", "council", "--why", "new system")
    assert "1 sent, 0 to be tried again" in place("deliver").stdout
    assert (place.got("hospital"), (place.folder / "for" / "council").exists()) == ([{"Asthma", "Falls"}], False)
    assert "new system" in place("deliveries").stdout
    place("release", "council")
    assert "1 sent" in place("deliver").stdout
    assert "0 sent" in place("deliver", "--all").stdout, "what is no news is not sent"
    assert place.got("council") == [{"Asthma", "Falls"}]
    (first,) = place.lines("deliveries", "--to", "council/summary", "--state", "sent")
    shown = place("deliveries", "--show", first["delivery"], "--content", str(place.folder / "as-sent")).stdout
    assert first["content"] in shown
    assert (place.folder / "as-sent").read_bytes() == folder_contents(place.folder / "for" / "council")[0]
    assert "2 carried, and the record says the same now" in place("deliveries", "--compare", first["delivery"]).stdout
    assert {f["stands"] for f in place.lines("deliveries", "--compare", first["delivery"])} == {"same"}
    asthma = original_id(bundle("77", "Asthma"))
    traced = place("trace", asthma).stdout
    assert f"went out: council/summary {first['delivery']}" in traced and "sent, 2 facts" in traced
    (story_of,) = place.lines("trace", asthma)
    where = {w["to"]: (w["state"], w["facts"]) for w in story_of["went"]}
    assert where == {"hospital/summary": ("sent", 2), "council/summary": ("sent", 2)}
    assert "1 would be sent again" in place("resend", "--to", "council", "--dry-run").stdout
    place("resend", "--to", "council")
    (again,) = place.lines("deliver")
    assert (again["replays"], again["content"]) == (first["delivery"], first["content"])
    assert place.got("council") == [{"Asthma", "Falls"}] * 2
    place("release", "council", code=1)
    place("hold", "nobody", "--why", "x", code=1)
    place("deliveries", "--show", "none", code=1)


def test_what_failed_is_tried_again_under_its_own_id(place: Place) -> None:
    place.tell("hospital", bundle("77", "Asthma"))
    place.tell("council", bundle("77", "Falls"))
    (place.folder / "for").mkdir()
    (place.folder / "for" / "council").write_text("a file where a folder should be")
    done = place("deliver", code=1)
    assert "1 sent, 1 to be tried again" in done.stdout
    (waiting,) = place.lines("deliveries", "--state", "waiting")
    assert (waiting["why"], waiting["word"], waiting["attempts"]) == ("DE-001", "EEXIST", 1)
    (place.folder / "for" / "council").unlink()
    assert "0 sent" in place("deliver").stdout, "it is not due yet"
    place("deliveries", "--retry", waiting["delivery"])
    assert [d["delivery"] for d in place.lines("deliver")] == [waiting["delivery"]]


def test_what_is_received_while_vado_serves_is_sent_without_being_asked(place: Place) -> None:
    settings = Settings.load(place.folder, {})
    with build.open_exchange(settings) as x, build.open_post(settings, x):
        told(x, "hospital", bundle("77", "Asthma"))
        told(x, "council", bundle("77", "Falls"))
        until = time.monotonic() + 20
        while (
            not all((place.folder / "for" / p).exists() and place.got(p) for p in ("hospital", "council"))
            and time.monotonic() < until
        ):
            time.sleep(0.05)
    assert place.got("hospital") == place.got("council") == [{"Asthma", "Falls"}]


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ('form = "summary"', 'form = "telepathy"'), ('channel = "out"', 'channel = "none"'), ('kind = "folder"', 'kind = "pigeon"'),
        ('name = "summary"', 'name = "Sum mary"'), ('form = "summary"', 'form = "summary"\nwhen = "never"'),
        ('form = "summary"', 'form = "summary"\ncolour = "red"'), ('form = "summary"', 'form = "summary"\nwhose = "mine"'),
    ],
)  # fmt: skip
def test_a_send_that_is_wrong_stops_the_start_and_names_the_profile(place: Place, wrong: str, fault: str) -> None:
    path = place.folder / "partners" / "council.toml"
    path.write_text(path.read_text().replace(wrong, fault))
    done = CliRunner().invoke(vado, ["--place", str(place.folder), "deliver"])
    assert isinstance(done.exception, VadoError) and done.exception.code in {"CO-001", "CO-002"}
    assert "council.toml" in str(done.exception)


# the page

WORDS = {"en": ("Deliveries", "Release council", "Try again now"), "es": ("Envíos", "Liberar council", "Intentar de nuevo ahora")}

CARRIED = {"en": "What it carried", "es": "Lo que llevaba"}
SAME = {"en": "carried, and the record says the same now: 3", "es": "enviado, y la historia dice lo mismo ahora: 3"}


@pytest.fixture
def x() -> Iterator[Exchange]:
    """An exchange of which one destination is held, one has a failure and one a success."""
    made = exchange(profiles("hospital", "council", "gp"))
    to = {"hospital": Receiver([refused()]), "council": Receiver(), "gp": Receiver([away()])}
    for partner, problem in (("hospital", "Asthma"), ("council", "Falls"), ("gp", "Gout")):
        told(made, partner, bundle("77", problem))
    story.hold(made, "council", "their system is being replaced", Viewer("ana"))
    sent(made, to)
    yield made


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_says_what_stands_where_and_holds_releases_and_tries_again(
    browser: Any, serve: Callable[[Exchange], str], x: Exchange, language: str
) -> None:
    address, me = serve(x), Viewer("me")
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    page.goto(f"{address}/language/{language}?back=/deliveries")
    heading, free, again = WORDS[language]
    assert page.inner_text("h1") == heading
    assert "their system is being replaced" in page.inner_text("main")
    assert all(word not in page.content() for word in ("García", "Asthma", "Gout", "1970"))
    if folder := os.environ.get("PICTURES_TO"):
        page.screenshot(path=f"{folder}/deliveries-{language}.png", full_page=True)
    page.get_by_role("button", name=free).click()
    assert {s.partner: s.hold for s in story.standings(x, me)}["council"] is None
    page.get_by_role("textbox").first.fill("moving house")
    page.get_by_role("button", name="council/summary").click()
    assert {s.partner: s.hold.why if s.hold else "" for s in story.standings(x, me)}["council"] == "moving house"
    assert len(story.deliveries(x, me, state=DeliveryState.FAILED)) == 1
    page.get_by_role("link", name=CARRIED[language]).first.click()
    assert page.inner_text("h1").startswith(("Delivery", "Envío")) and SAME[language] in page.inner_text("main")
    assert all(word not in page.content() for word in ("García", "Asthma", "Gout", "1970"))
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 1100, "height": 900})
    page.goto(f"{address}/deliveries?state=failed")
    page.get_by_role("button", name=again).click()
    assert len(story.deliveries(x, me, state=DeliveryState.FAILED)) == 0
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{address}/deliveries")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    if folder:
        page.screenshot(path=f"{folder}/deliveries-narrow-{language}.png", full_page=True)
    page.close()
