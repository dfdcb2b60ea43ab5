"""The pages of the network and of the direction of travel: what they say, in both languages, and when there is nothing."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest
from starlette.testclient import TestClient

from plain import OPEN, arrival, plain_exchange
from vado.collaboration.ecosystem import LAYERS
from vado.collaboration.instrument import shipped
from vado.collaboration.network import ROLES
from vado.collaboration.picture import SYSTEM
from vado.collaboration.shown import Shown
from vado.exchange.collaboration.results import results
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.account import Role
from vado.model.delivery import Delivery, DeliveryState
from vado.model.flow import Heads
from vado.model.original import OriginalId, PartnerId
from vado.model.record import Viewer
from vado.model.survey import Answer, Organisation, Roster, Round, Tie, Who
from vado.web.app import build
from vado.web.pages.direction import view as direction
from vado.web.pages.network import view as network
from vado.web.words import catalog

HOSPITAL, GP, COUNCIL = (PartnerId(p) for p in ("hospital", "gp", "council"))
ROUND = Round(
    "r1", "Spring", "ford|1", date(2025, 3, 1), date(2025, 4, 1),
    (Organisation("H", "Hospital <b> $x_$", "hospital", HOSPITAL), Organisation("G", "Health centre", "primary care", GP), Organisation("V", "Volunteers")),
)  # fmt: skip
ROSTERS = (
    Roster("r1/H", "r1", "H", (Tie("G", 3, means=("coded",), effort=2), Tie("Inés Prado's shop", 1))),
    Roster("r1/G", "r1", "G", (Tie("H", 3), Tie("V", 2, means=("talk",)))),
)


@pytest.fixture
def x() -> Exchange:
    return plain_exchange()


@pytest.fixture
def place(x: Exchange) -> Exchange:
    """Three who are registered, and a council that is connected and is not; forty people."""
    held = (((COUNCIL,), 2), ((COUNCIL, GP), 3), ((COUNCIL, GP, HOSPITAL), 12), ((GP, HOSPITAL), 23))
    with x.store.begin() as tx:
        tx.collaboration.put(ROUND)
        for roster in ROSTERS:
            tx.collaboration.put(roster)
        tx.flow.note_heads(Heads(x.clock(), held=held, opened=()))
    return x


def client(x: Exchange, language: str = "en") -> TestClient:
    made = TestClient(build(x, door=OPEN, hosts=("testserver",)), headers={"origin": "http://testserver"})
    made.cookies.set("language", language)
    return made


@pytest.mark.parametrize(
    ("language", "words"), [("en", "There is no organisation yet"), ("es", "Todavía no hay ninguna organización")]
)
def test_an_empty_place_says_what_to_do(x: Exchange, language: str, words: str) -> None:
    shown = client(x, language).get("/network")
    assert shown.status_code == 200 and words in shown.text
    assert client(x).get("/network/map/difference.svg").status_code == 200


@pytest.mark.parametrize(("language", "words"), [("en", "Who works with whom"), ("es", "Quién trabaja con quién")])
@pytest.mark.parametrize("layer", LAYERS)
def test_the_network_is_shown(place: Exchange, layer: str, language: str, words: str) -> None:
    shown = client(place, language).get(f"/network?layer={layer}&leaves=H")
    assert shown.status_code == 200 and words in shown.text
    assert "Hospital &lt;b&gt;" in shown.text and "Prado" not in shown.text, "what is not registered is not named"
    assert len(shown.content) < 60_000


def test_people_are_rounded_and_few_are_not_told(place: Exchange) -> None:
    text = client(place).get("/network").text
    assert "of 40 whom two or more" in text, "38, rounded"
    rows = {
        name: re.findall(r'data-label="people made whole">([^<]+)', row)
        for name, row in re.findall(r'row">([^<]+ – [^<]+)</th>(.*?)</tr>', text)
    }
    assert rows["Health centre – Hospital &lt;b&gt; $x_$"] == ["25"], "23, rounded"
    assert rows["Health centre – council"] == ["under 5"], "three are held by these two alone"


def listed(text: str) -> dict[tuple[str, str], list[str]]:
    """Give from the list of ties what is seen: (from, to) -> how, people in common, people opened."""
    rows = re.findall(r'<tr><th scope="row">(?:<span.*?</span>)*\s*([^<]*)</th>(<td data-label="to".*?)</tr>', text)
    return {(a.strip(), cells[0]): cells[3:] for a, row in rows if (cells := re.findall(r">([^<]*)</td>", row))}


def test_kinds_of_ties_that_are_seen_are_told_apart(x: Exchange) -> None:
    opened = ((GP, HOSPITAL, 12), (COUNCIL, GP, 4), (HOSPITAL, COUNCIL, 7))
    with x.store.begin() as tx:
        tx.collaboration.put(ROUND)
        tx.flow.note_heads(Heads(x.clock(), held=(((GP, HOSPITAL), 23),), opened=opened))
        made = x.clock()
        tx.outbox.add(
            Delivery("d", HOSPITAL, "w", "", made, "d", "", OriginalId(""), "text/plain", state=DeliveryState.SENT, sent=made)
        )
    assert listed(client(x).get("/network").text) == {
        ("Health centre", "Hospital &lt;b&gt; $x_$"): ["sent and opened", "25", "10"],
        ("Hospital &lt;b&gt; $x_$", "council"): ["opened", "", "5"],
    }, "four are too few to be a tie"
    for layer, words in (("observed", {"sent and opened", "opened"}), ("difference", {"seen, not said"})):
        said = "".join(ET.fromstring(client(x).get(f"/network/map/{layer}.svg").content).itertext())  # noqa: S314 - our own
        assert all(w in said for w in words)
    kumu = client(x).get("/network/network.kumu.json").json()
    assert [(c["attributes"]["seen_as"], c["attributes"].get("people"), c["attributes"]["people_opened"]) for c in kumu["connections"]] == [
        ("sent and opened", 25, 10), ("opened", None, 5),
    ]  # fmt: skip


def test_the_round_whose_ties_are_shown_can_be_chosen(place: Exchange) -> None:
    later = replace(ROUND, id="r2", title="Autumn", opens=date(2025, 9, 1), closes=date(2025, 10, 1))
    still = replace(ROUND, id="r3", title="Winter", opens=date(2025, 12, 1), closes=None)
    with place.store.begin() as tx:
        for made in (later, still):
            tx.collaboration.put(made)
        tx.collaboration.put(Roster("r2/V", "r2", "V", (Tie("H", 4),)))
    page = client(place).get("/network").text
    assert re.findall(r'<option value="(r\d)"( selected)?>', page) == [("r2", " selected"), ("r1", "")], (
        "the open one is not among them"
    )
    assert "“Autumn”: 1 of 3" in page and "?dark&amp;round" not in page
    chosen = client(place).get("/network?round=r1&leaves=H").text
    assert (
        re.findall(r'<option value="(r\d)"( selected)?>', chosen) == [("r2", ""), ("r1", " selected")]
        and "“Spring”: 2 of 3" in chosen
    )
    assert chosen.count("round=r1") == 9 and '<input type="hidden" name="round" value="r1">' in chosen, "it stays chosen"
    for path in ("/network/network.graphml", "/network/network.kumu.json", "/network/map/declared.svg"):
        assert client(place).get(f"{path}?round=r1").content != client(place).get(f"{path}?round=r2").content
        assert client(place).get(f"{path}?round=none").status_code == 404
    assert client(place).get("/network?round=none").status_code == 404


def test_the_best_bridges_and_who_is_asked(place: Exchange) -> None:
    text = client(place).get("/network").text
    assert "2 of 3 said whom they work with" in text and "1 tie goes to an organisation that the register does not have" in text
    assert "Best first bridge: Health centre and Hospital &lt;b&gt; $x_$" in text
    assert "Best two together" in text


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("look", ["", "?dark", "?narrow", "?dark&narrow"])
def test_the_map_is_a_picture_for_each_layer_and_look(place: Exchange, layer: str, look: str) -> None:
    shown = client(place).get(f"/network/map/{layer}.svg{look}")
    assert shown.headers["content-type"].startswith("image/svg+xml")
    said = "".join(ET.fromstring(shown.content).itertext())  # noqa: S314 - our own
    assert "Health centre" in said and "$x_$" in said


def test_no_other_map(place: Exchange) -> None:
    assert client(place).get("/network/map/other.svg").status_code == 404


def test_files_for_other_programs(place: Exchange) -> None:
    graph = client(place).get("/network/network.graphml")
    assert b"<graphml" in graph.content and "network.graphml" in graph.headers["content-disposition"]
    kumu = json.loads(client(place).get("/network/network.kumu.json").content)
    assert {e["label"] for e in kumu["elements"]} == {"Hospital <b> $x_$", "Health centre", "Volunteers", "council"}
    assert "Prado" not in json.dumps(kumu)


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("No month of the exchange", "No round is closed")), ("es", ("Todavía no ha terminado", "Todavía no se ha cerrado"))]
)  # fmt: skip
def test_no_direction_yet(x: Exchange, language: str, words: tuple[str, str]) -> None:
    text = client(x, language).get("/direction").text
    assert all(w in text for w in words)
    assert client(x).get("/direction/chart/live.svg").status_code == 404


def test_the_direction_of_months_and_rounds(place: Exchange) -> None:
    list(receive(place, [arrival(f"Hello {n}") for n in range(3)]))
    start = place.clock()
    object.__setattr__(place, "clock", lambda: start + timedelta(days=70))
    items = [i.id for i in shipped("ford").dimensions[0].items]
    with place.store.begin() as tx:
        for n in range(6):
            tx.collaboration.answer(Answer(f"a{n}", "r1", "H", Who.PRACTITIONER, dict.fromkeys(items, 3 + n % 3)))
            tx.collaboration.answer(Answer(f"b{n}", "r1", "G", Who.MANAGER, dict.fromkeys(items, 1 + n % 3)))
    text = client(place).get("/direction").text
    assert "Live bridges" in text and "too early" in text
    picture = results(place, "r1", Viewer("manager", role=Role.MANAGER)).picture
    whole = picture.scores[SYSTEM][0] if picture else None
    assert isinstance(whole, Shown) and (whole.value, whole.n) == (50, 12), "75 and 25, each weighing the same"
    assert 'class="n">50 <span class="quiet">n=12' in text, "as the round's own page shows it"
    assert "hidden" in text, "nobody answered anything else"
    for name in ("live", "originals", "values"):
        assert client(place).get(f"/direction/chart/{name}.svg").status_code == 200
    assert client(place).get("/direction/chart/other.svg").status_code == 404


def test_a_round_that_is_open_says_nothing(place: Exchange) -> None:
    with place.store.begin() as tx:
        tx.collaboration.put(Round("r1", "Spring", "ford|1", date(2025, 3, 1)))
    assert "No round is closed yet" in client(place).get("/direction").text


def test_every_word_of_the_views_is_in_spanish(place: Exchange) -> None:
    spanish = catalog("es")
    words = {*ROLES, *direction._ARROWS, *(w for pair in direction._NAMES.values() for w in pair)}
    with_views = [network.__file__, direction.__file__]
    for path in with_views:
        text = open(path).read()  # noqa: SIM115, PTH123
        words |= set(re.findall(r'who\.say\(\s*"([^"]+)"', text))
    shown = client(place).get("/network").text
    table = shown[shown.index('id="measures"') :]
    words |= set(re.findall(r"<td>([A-Z][^<]+)</td>", table))
    for word in words:
        word = word.replace("&#39;", "'")
        assert spanish.get(word), f"no Spanish for {word!r}"


def test_a_large_place_stays_a_small_page(x: Exchange) -> None:
    many = tuple(Organisation(f"o{n}", f"Organisation {n}") for n in range(60))
    ties = [Roster(f"r1/o{n}", "r1", f"o{n}", tuple(Tie(f"o{k}", 2) for k in range(60) if k != n)) for n in range(6)]
    with x.store.begin() as tx:
        for sheet in (Round("r1", "Spring", "ford|1", date(2025, 3, 1), None, many), *ties):
            tx.collaboration.put(sheet)
    shown = client(x).get("/network")
    assert "the matrix would not fit" in shown.text and "And 478 more" in shown.text, (
        "6 x 59 ties and back, less those among the six"
    )
    assert len(shown.content) < 150_000
