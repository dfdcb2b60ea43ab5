"""The organisations of a place and their ties, as they say and as the exchange shows, measured together. Nothing here names a person."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import isnan, nan
from statistics import fmean

import networkx as nx

from vado.collaboration.network import (
    ROLES,
    Bridge,
    Comparison,
    Holdings,
    Joined,
    Link,
    Loss,
    best_bridges,
    bridges,
    brokers,
    compared,
    degree_centralisation,
    fragmentation,
    in_common,
    joined,
    leavers,
    who_loses,
)
from vado.model.survey import Roster

LEAST = 5  # people under whom a number of people is not told; others are rounded to as many
_LAID_WELL = 60  # organisations up to whom the slower, clearer layout is made
LAYERS = ("declared", "observed", "difference")
SEEN = ("sent", "opened")  # kinds of ties that the exchange shows
RUNGS = {"talk": 0, "paper": 1, "text": 2, "fields": 3, "structured": 4, "coded": 5}  # what an informant calls it -> fidelity


def told(people: int) -> int | None:
    """Give a number of people as it may be told: rounded to fives, so that no difference of two tells of one person; None: under five."""
    return None if people < LEAST else LEAST * round(people / LEAST)


@dataclass(frozen=True, slots=True)
class Actor:
    """One organisation, as the map has it."""

    id: str
    name: str
    sector: str = ""
    partner: str = ""  # what the exchange calls it; "": it is not connected
    asked: bool = False  # it said whom it works with


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a tie in one direction, by either end."""

    often: int  # 1 yearly .. 4 daily: the most that is said
    rung: int  # fidelity of the best means that is named; 0: talk, or nothing said
    confirmed: bool = False  # both ends say it


@dataclass(frozen=True, slots=True)
class Ecosystem:
    """What is said and seen of one place."""

    actors: tuple[Actor, ...]
    said: Mapping[Link, Said] = field(default_factory=dict)  # from, to
    sent: Mapping[Link, int] = field(
        default_factory=dict
    )  # from, to who was sent something -> people on whom both hold something
    opened: Mapping[Link, int] = field(default_factory=dict)  # from, to whose people opened it -> people whom it was about
    holdings: Holdings = field(default_factory=dict)  # by ids of actors
    effort: Mapping[Link, float] = field(default_factory=dict)  # as the first says of the second
    trust: Mapping[Link, float] = field(default_factory=dict)
    strangers: int = 0  # ties to organisations that the register does not have; what they are called is not shown

    @property
    def seen(self) -> frozenset[Link]:
        """Give what is seen, from and to, of either kind."""
        return frozenset(self.sent) | frozenset(self.opened)

    def ways_seen(self, way: Link) -> tuple[str, ...]:
        """Say of which kinds a tie is seen, by words of `SEEN`; (): it is not."""
        return tuple(kind for kind, ties in zip(SEEN, (self.sent, self.opened), strict=True) if way in ties)

    @property
    def observed(self) -> frozenset[Link]:
        """Give observed ties without direction, each in the order of names."""
        return frozenset((min(t), max(t)) for t in self.seen)

    def links(self, layer: str) -> frozenset[Link]:
        """Give the ties of one layer with their direction; 'difference': said or seen."""
        layers = {"declared": frozenset(self.said), "observed": self.seen}
        return layers.get(layer, layers["declared"] | layers["observed"])


def said_ties(rosters: Iterable[Roster], known: Iterable[str]) -> tuple[dict[Link, Said], int]:
    """Put together what rosters say: ties from and to, and how many go to an organisation that is not known.

    Who says "both" says two ties. A tie is confirmed when each end says it: one that it sends, the other that it receives.
    """
    known = set(known)
    by: dict[Link, dict[str, tuple[int, int]]] = {}
    strangers = 0
    for roster in rosters:
        for tie in roster.ties:
            if not tie.often:
                continue
            if tie.other not in known or roster.organisation not in known:
                strangers += 1
                continue
            one, rung = roster.organisation, max((RUNGS.get(m, 0) for m in tie.means), default=0)
            ways = {"send": [(one, tie.other)], "receive": [(tie.other, one)]}.get(
                tie.direction, [(one, tie.other), (tie.other, one)]
            )
            for way in ways:
                by.setdefault(way, {})[one] = (tie.often, rung)
    return {
        way: Said(max(often for often, _ in ends.values()), max(rung for _, rung in ends.values()), len(ends) > 1)
        for way, ends in by.items()
    }, strangers


def sent_ties(holdings: Holdings, receivers: Iterable[str]) -> dict[Link, int]:
    """Give what deliveries show: from A to B when B was sent something, and both hold something on five people or more.

    What B is sent is what others tell of a person; so what A tells of the people that they have in common goes to B. Which of several
    others told it is not taken apart.
    """
    receivers = set(receivers)
    found = {}
    for (a, b), people in in_common(holdings).items():
        for way in ((a, b), (b, a)):
            if people >= LEAST and way[1] in receivers:
                found[way] = people
    return found


def opened_ties(openings: Mapping[Link, int]) -> dict[Link, int]:
    """Give what looks show: from A to B when people or programs of B opened what A told of five people or more."""
    return {way: people for way, people in openings.items() if people >= LEAST and way[0] != way[1]}


def grades(rosters: Iterable[Roster]) -> tuple[dict[Link, float], dict[Link, float]]:
    """Give the effort and the trust (mean of three) that organisations say of others, 1 to 4; who said nothing is left out."""
    effort, trust = {}, {}
    for roster in rosters:
        for tie in roster.ties:
            if tie.effort:
                effort[roster.organisation, tie.other] = float(tie.effort)
            if given := [g for g in (tie.keeps_word, tie.open_bad_news, tie.same_aim) if g]:
                trust[roster.organisation, tie.other] = fmean(given)
    return effort, trust


@dataclass(frozen=True, slots=True)
class Standing:
    """How one organisation stands among the others."""

    actor: Actor
    degree: int  # organisations that it is tied to
    between: float  # share of shortest ways of others that go through it, 0 to 1
    constraint: float  # Burt's; NaN: it has no tie
    roles: Mapping[str, int]  # how often it stands between two others that are not tied, by whose sectors these are
    cut: bool  # without it the rest falls apart
    loss: Loss  # of observed ties, if it left


@dataclass(frozen=True, slots=True)
class Measures:
    """One layer, measured."""

    ties: int  # without direction
    density: float  # NaN: fewer than two organisations
    centralisation: float
    fragmentation: float
    isolates: tuple[str, ...]  # names
    confirmed: (
        float  # share of ties said between two who were both asked that both tell of, each way by itself; NaN: there are none
    )
    compared: Comparison
    standings: tuple[Standing, ...]  # most between first


def measures(place: Ecosystem, layer: str) -> Measures:
    """Measure one layer.

    Sources: Freeman 1979 (betweenness, centralisation), Burt 1992 (constraint), Borgatti 2006 (fragmentation), Gould and Fernandez 1989
    (roles), by networkx where it has them.
    """
    ids = [a.id for a in place.actors]
    way = nx.DiGraph()
    way.add_nodes_from(ids)
    way.add_edges_from(place.links(layer))
    graph = way.to_undirected()
    between, roles = nx.betweenness_centrality(graph), brokers(way, {a.id: a.sector for a in place.actors})
    constraint = nx.constraint(graph) if ids else {}
    cuts, lost = set(nx.articulation_points(graph)), leavers(place.holdings, place.observed, ids)
    standings = [
        Standing(
            a, graph.degree(a.id), between[a.id], constraint.get(a.id, nan), {r: roles[a.id][r] for r in ROLES}, a.id in cuts,
            lost[a.id],
        )
        for a in place.actors
    ]  # fmt: skip
    return Measures(
        graph.number_of_edges(), nx.density(graph) if len(ids) > 1 else nan, degree_centralisation(graph), fragmentation(graph),
        tuple(a.name for a in place.actors if not graph.degree(a.id)), _confirmed(place),
        compared(ids, place.said, place.seen),
        tuple(sorted(standings, key=lambda s: (-s.between, -s.degree, s.actor.name))),
    )  # fmt: skip


def _confirmed(place: Ecosystem) -> float:
    asked = {a.id for a in place.actors if a.asked}
    both = [s.confirmed for (a, b), s in place.said.items() if a in asked and b in asked]
    return sum(both) / len(both) if both else nan


@dataclass(frozen=True, slots=True)
class Chance:
    """One more bridge, reckoned both ways."""

    link: Link
    path: Bridge  # what was passed on may be passed on again
    direct: Bridge  # only this link counts


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What one more bridge would do, and two."""

    now: Joined  # by path
    direct: Joined
    chances: tuple[Chance, ...]  # best first
    two: tuple[Bridge, ...]  # the best two together, the first with what it adds alone
    then: Joined  # by path, with these two


def what_if(place: Ecosystem, most: int = 10) -> WhatIf:
    """Reckon links that are not observed, between organisations that hold something on people; those that join nobody are left out."""
    some = (place.effort.items(), place.trust.items())
    return _reckoned(frozenset(place.holdings.items()), place.observed, *map(frozenset, some), most)


@lru_cache(8)  # the same place is asked for by each page and picture
def _reckoned(
    held: frozenset[tuple[frozenset[str], int]], links: frozenset[Link], effort: frozenset[tuple[Link, float]],
    trust: frozenset[tuple[Link, float]], most: int,
) -> WhatIf:  # fmt: skip
    holdings = dict(sorted(held, key=lambda h: sorted(h[0])))
    ids, costs, trusted = {o for over in holdings for o in over}, dict(effort), dict(trust)
    direct = {b.link: b for b in bridges(holdings, links, ids, by_path=False, effort=costs, trust=trusted)}
    ranked = [b for b in bridges(holdings, links, ids, effort=costs, trust=trusted) if b.joined or direct[b.link].joined]
    two = tuple(best_bridges(holdings, links, ids, 2))
    return WhatIf(
        joined(holdings, links), joined(holdings, links, by_path=False),
        tuple(Chance(b.link, b, direct[b.link]) for b in ranked[:most]), two, joined(holdings, [*links, *(b.link for b in two)]),
    )  # fmt: skip


def losers(place: Ecosystem, who: str) -> list[tuple[Link, int]]:
    """List the pairs that are no longer joined when one organisation leaves, with the people they have in common, most first."""
    return who_loses(place.holdings, place.observed, who)


def positions(place: Ecosystem) -> dict[str, tuple[float, float]]:
    """Lay the map out, -1 to 1 each way; the same place lies the same each time, whichever layer is shown. Who has no tie stands below."""
    return dict(_laid(frozenset(a.id for a in place.actors), place.links("difference")))


@lru_cache(8)
def _laid(ids: frozenset[str], links: frozenset[Link]) -> Mapping[str, tuple[float, float]]:
    graph = nx.Graph(sorted(links))
    alone = sorted(i for i in ids if i not in graph)
    first = [max(sorted(part), key=graph.degree) for part in nx.connected_components(graph)]
    graph.add_edges_from((first[0], other) for other in first[1:])  # parts stay within sight of each other
    laid = (nx.kamada_kawai_layout if len(graph) <= _LAID_WELL else _by_springs)(graph) if graph else {}
    floor = -0.7 if alone else -1.0
    wide, high = (_spread([float(at[n]) for at in laid.values()]) for n in (0, 1))
    found = {node: (x, floor + (y + 1) / 2 * (1 - floor)) for node, x, y in zip(laid, wide, high, strict=True)}
    step = 2 / max(1, len(alone))
    return found | {node: (-1 + step * (n + 0.5), -1.0) for n, node in enumerate(alone)}


def _by_springs(graph: nx.Graph) -> dict[str, tuple[float, float]]:
    return {node: (float(x), float(y)) for node, (x, y) in nx.spring_layout(graph, seed=7).items()}


def _spread(values: list[float]) -> list[float]:
    """Spread values over -1 to 1."""
    low, high = min(values, default=0), max(values, default=0)
    return [2 * (v - low) / (high - low) - 1 if high > low else 0.0 for v in values]


def shares(value: float) -> float | None:
    """Give a figure for files: None where there is none."""
    return None if isnan(value) else round(value, 4)


def top_role(roles: Mapping[str, int]) -> str:
    """Name the role that an organisation plays most; "": it stands between nobody."""
    found = Counter(roles).most_common(1)
    return found[0][0] if found and found[0][1] else ""
