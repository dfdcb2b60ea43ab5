"""A small place reckoned by hand: the example of the design, with what is said beside it."""

import json
from math import isnan

import networkx as nx
import pytest

from vado.collaboration.ecosystem import (
    Actor,
    Ecosystem,
    Said,
    grades,
    losers,
    measures,
    positions,
    said_ties,
    sent_ties,
    told,
    what_if,
)
from vado.collaboration.network_files import as_graphml, as_kumu, as_lines
from vado.model.survey import Roster, Tie

# hospital, GP, social services, voluntary, mental health: ten people of each kind of the design's example
HOLDINGS = {frozenset(k): 10 for k in ("HG", "HGS", "GS", "SVM", "GM", "HS")}
SECTORS = {"H": "hospital", "G": "primary care", "S": "council", "V": "third sector", "M": "hospital"}


def place(seen: tuple[str, ...] = ("HG", "SV"), said: tuple[str, ...] = ("HG", "GS")) -> Ecosystem:
    actors = tuple(Actor(i, f"The {i}", SECTORS[i], i.lower(), i in "HGS") for i in "HGSVM")
    return Ecosystem(actors, {(t[0], t[1]): Said(3, 4, t == "HG") for t in said}, {(t[0], t[1]): 20 for t in seen}, {}, HOLDINGS)


def test_numbers_of_people_are_told_in_fives_and_none_under_five() -> None:
    assert [told(n) for n in (0, 4, 5, 7, 8, 12, 13)] == [None, None, 5, 5, 10, 10, 15]


def test_rosters_say_ties_each_way_and_two_who_say_the_same_confirm_it() -> None:
    rosters = [
        Roster("r/H", "r", "H", (Tie("G", 3, "send", means=("paper", "coded")), Tie("S", 2, means=("talk",)), Tie("V"))),
        Roster("r/G", "r", "G", (Tie("H", 4, "receive", effort=2, keeps_word=4, same_aim=3), Tie("The corner shop", 1))),
    ]
    said, strangers = said_ties(rosters, "HGSVM")
    assert said == {("H", "G"): Said(4, 5, True), ("H", "S"): Said(2, 0), ("S", "H"): Said(2, 0)}, "never is no tie"
    assert strangers == 1
    assert grades(rosters) == ({("G", "H"): 2.0}, {("G", "H"): 3.5})


def test_a_tie_is_seen_to_who_was_sent_something_when_five_people_are_in_common() -> None:
    holdings = {frozenset("AB"): 5, frozenset("AC"): 4, frozenset("BC"): 9}
    assert sent_ties(holdings, ["B", "C"]) == {("A", "B"): 5, ("C", "B"): 9, ("B", "C"): 9}


def test_the_measures_of_what_is_seen() -> None:
    found = measures(place(), "observed")
    assert (found.ties, found.density, found.isolates) == (2, pytest.approx(0.2), ("The M",))
    assert found.fragmentation == pytest.approx(0.8)
    assert (found.compared.jaccard, len(found.compared.confirmed), found.compared.neither) == (pytest.approx(1 / 3), 1, 7)
    assert found.compared.kappa == pytest.approx((0.8 - 0.68) / 0.32)
    assert found.confirmed == 0.5, "of the two ways said between those who were asked, both ends tell of one"
    assert isnan(next(s for s in found.standings if s.actor.id == "M").constraint)


def test_the_measures_of_both_together() -> None:
    found = measures(place(), "difference")  # a line: H - G - S - V, and M alone
    first = found.standings[0]
    assert found.ties == 3 and {s.actor.id for s in found.standings if s.cut} == {"G", "S"}
    assert first.actor.id == "G" and first.between == pytest.approx(2 / 6)
    assert first.roles["liaison"] == 1, "from the hospital to the council, by primary care"


def test_one_more_bridge_weighted_by_people() -> None:
    found = what_if(place())
    assert (found.now.share, found.now.whole, found.now.people) == (pytest.approx(0.3), 10, 60)
    best = found.chances[0]
    assert best.link == ("G", "S") and (best.path.joined, best.path.whole) == (40, 30)
    assert (best.direct.joined, best.direct.whole) == (20, 10)
    assert [b.link for b in found.two] == [("G", "S"), ("G", "M")]
    assert (found.then.joined, found.then.whole) == (100, 60)


def test_who_loses_when_one_leaves() -> None:
    whole = place(("HG", "GS", "SV"))
    loss = {s.actor.id: s.loss for s in measures(whole, "observed").standings}
    assert (loss["G"].own, loss["G"].transit, loss["H"].transit) == (40, 20, 0)
    assert losers(whole, "G") == [(("G", "H"), 20), (("G", "S"), 20), (("H", "S"), 20)]


@pytest.mark.parametrize("empty", [Ecosystem(()), Ecosystem((Actor("A", "A"),))])
@pytest.mark.parametrize("layer", ["declared", "observed", "difference"])
def test_a_place_without_ties_has_no_figures_and_breaks_nothing(empty: Ecosystem, layer: str) -> None:
    found = measures(empty, layer)
    assert found.ties == 0 and isnan(found.density) and isnan(found.compared.kappa) and isnan(found.confirmed)
    assert what_if(empty).chances == () and len(positions(empty)) == len(empty.actors)
    assert as_lines(empty, layer)["density"] is None and b"graphml" in as_graphml(empty)


def test_the_map_lies_the_same_each_time() -> None:
    assert positions(place()) == positions(place())


def test_files_for_other_programs_name_what_is_said_and_seen() -> None:
    graph = nx.parse_graphml(as_graphml(place()).decode())
    assert graph.edges["H", "G"] == {
        "seen_or_said": "confirmed",
        "often": 3,
        "fidelity": 4,
        "both_ends": True,
        "seen_as": "sent",
        "people": 20,
    }
    kumu = json.loads(json.dumps(as_kumu(place())))
    assert [(c["from"], c["to"], c["type"]) for c in kumu["connections"]] == [
        ("The G", "The S", "said"), ("The H", "The G", "confirmed"), ("The S", "The V", "seen"),
    ]  # fmt: skip
    assert as_lines(place(), "observed", "H")["if_it_leaves"] == [{"between": ["The G", "The H"], "people": 20}]
