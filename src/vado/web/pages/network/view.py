"""The network of the place: map, matrix, measures, what one more bridge would do, what breaks when one leaves. Aggregates alone."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from math import isnan

import orjson
from babel.numbers import format_decimal
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from vado.collaboration import ecosystem as place
from vado.collaboration.ecosystem import LAYERS, Ecosystem, Measures, Standing, WhatIf, told
from vado.collaboration.network import Comparison, Link
from vado.collaboration.network_files import as_graphml, as_kumu
from vado.collaboration.texts import OFTENS
from vado.exchange.collaboration.ecosystem import SEEN, choices, ecosystem
from vado.model.flow import Heads
from vado.model.survey import Round
from vado.tools import chart
from vado.tools.chart_network import Dot, Line, network
from vado.web.charts import HEADERS
from vado.web.pages.few import people, share
from vado.web.render import Asked, asked, page

_HEIGHT = 520  # pixels of the map
_LOSERS = 10  # pairs that are listed
_MATRIX = 40  # organisations up to which it is shown
_TIES = 200  # that are listed


@dataclass(frozen=True, slots=True)
class Tie:
    """One direction of one tie, as the list has it."""

    a: str  # names
    b: str
    state: str  # 'both' (said and seen), 'said', 'seen'
    often: str  # in words; "": not said
    means: int  # fidelity of the best means named; 0 talk, -1 not said
    seen: tuple[str, ...]  # how, by words of `SEEN`
    people: str  # in common; "": nothing was sent
    opened: str  # people of whom something was opened; "": of fewer than five, or of nobody


@dataclass(frozen=True, slots=True)
class Row:
    """One organisation of the table of measures."""

    standing: Standing
    between: str
    constraint: str
    role: str
    own: str
    transit: str


@dataclass(frozen=True, slots=True)
class Chance:
    """One bridge that is not there."""

    a: str
    b: str
    pairs: str
    whole: str
    direct_pairs: str
    direct_whole: str
    effort: str
    trust: str


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    place: Ecosystem
    round: Round | None
    rounds: tuple[Round, ...]  # that can be chosen, the newest first; the one that is shown among them
    chosen: str  # id of the round that was asked for; "": none was
    counted: datetime
    layer: str
    layers: tuple[str, ...]
    measures: Measures
    figures: tuple[tuple[str, str, str], ...]  # name, figure, how it is computed
    says: str  # the map in words
    rows: tuple[Row, ...]
    matrix: tuple[tuple[str, tuple[str, ...]], ...]  # name, state of the tie to each other; "": none, "-": itself
    ties: tuple[Tie, ...]  # the first of them
    all_ties: int
    share: str
    whole: str
    people: str
    chances: tuple[Chance, ...]
    two: tuple[tuple[str, str], ...]
    then: tuple[str, str]  # share of pairs joined, people whole, after both
    leaves: str
    losers: tuple[tuple[str, str, str], ...]  # names, people
    more: int  # losing pairs that are not listed
    days: int = SEEN
    height: int = _HEIGHT


def show(request: Request) -> Response:
    """Show the network."""
    who = asked(request)
    found, round_, heads, query = *_found(who), request.query_params
    layer = query["layer"] if query.get("layer") in LAYERS else LAYERS[-1]
    leaves = next((a.id for a in found.actors if a.id == query.get("leaves")), "")
    measured, more, names = place.measures(found, layer), place.what_if(found), {a.id: a.name for a in found.actors}
    lost = place.losers(found, leaves) if leaves else []
    return page(
        who, "network/page.html",
        View(
            found, round_, _rounds(who, round_), query.get("round", ""), heads.at, layer, LAYERS, measured,
            _figures(who, measured), _says(who, measured, layer),
            tuple(_row(who, s) for s in measured.standings), _matrix(found), tuple(_ties(who, found)[:_TIES]),
            len(found.links("difference")), share(more.now),
            people(who, more.now.whole), people(who, more.now.people), _chances(who, more, names),
            tuple((names[b.link[0]], names[b.link[1]]) for b in more.two), (share(more.then), people(who, more.then.whole)), leaves,
            tuple((names[a], names[b], people(who, n)) for (a, b), n in lost[:_LOSERS]), max(0, len(lost) - _LOSERS),
        ),
    )  # fmt: skip


def drawn_map(request: Request) -> Response:
    """Draw the map of one layer."""
    who, layer = asked(request), request.path_params["layer"]
    if layer not in LAYERS:
        raise HTTPException(404)
    found = _found(who)[0]
    narrow = "narrow" in request.query_params
    look = chart.DARK if "dark" in request.query_params else chart.LIGHT
    look = replace(look, width=chart.NARROW[0] if narrow else look.width, height=420 if narrow else _HEIGHT)
    return Response(_map(*_dots(who, found, layer), look), media_type="image/svg+xml", headers=HEADERS)


def graphml(request: Request) -> Response:
    """Give the network as GraphML."""
    who = asked(request)
    return _file(as_graphml(_found(who)[0]), "application/xml", "network.graphml")


def kumu(request: Request) -> Response:
    """Give the network as Kumu imports it."""
    who = asked(request)
    return _file(orjson.dumps(as_kumu(_found(who)[0])), "application/json", "network.kumu.json")


def _found(who: Asked) -> tuple[Ecosystem, Round | None, Heads]:
    """Give the network as asked for: with the register and the ties of one round, or of the latest that has ties."""
    return ecosystem(who.x, who.viewer, who.request.query_params.get("round", ""))


def _rounds(who: Asked, shown: Round | None) -> tuple[Round, ...]:
    closed = choices(who.x, who.viewer)
    return closed if shown is None or shown in closed else (shown, *closed)


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(
        content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    )


@lru_cache(64)
def _map(dots: tuple[Dot, ...], lines: tuple[Line, ...], kinds: tuple[tuple[str, str], ...], look: chart.Look) -> bytes:
    return network(dots, lines, dict(kinds), look)


def _dots(who: Asked, found: Ecosystem, layer: str) -> tuple[tuple[Dot, ...], tuple[Line, ...], tuple[tuple[str, str], ...]]:
    at, measured = place.positions(found), place.measures(found, layer)
    between = {s.actor.id: s.between for s in measured.standings}
    most = max(between.values(), default=0) or 1
    dots = tuple(Dot(a.name, *at[a.id], round(between[a.id] / most, 2), who.say(a.sector)) for a in found.actors)
    place_of = {a.id: n for n, a in enumerate(found.actors)}
    kinds = {
        "declared": (("two", who.say("both ends say it")), ("one", who.say("one end says it"))),
        "observed": (
            ("both", who.say("sent and opened")),
            ("sent", who.say("sent")),
            ("opened", who.say("opened")),
        ),
        "difference": (
            ("both", who.say("said and seen")),
            ("said", who.say("said, not seen")),
            ("seen", who.say("seen, not said")),
        ),
    }[layer]
    lines = tuple(
        Line(place_of[a], place_of[b], _kind(found, layer, (a, b)), _width(found, layer, (a, b)))
        for a, b in sorted({(min(t), max(t)) for t in found.links(layer)})
    )
    return dots, lines, kinds


def _kind(found: Ecosystem, layer: str, link: Link) -> str:
    ways: tuple[Link, Link] = (link, (link[1], link[0]))
    if layer == "observed":
        kinds = {kind for w in ways for kind in found.ways_seen(w)}
        return "both" if len(kinds) > 1 else kinds.pop()
    if layer == "declared":
        return "two" if any(found.said[w].confirmed for w in ways if w in found.said) else "one"
    said, seen = any(w in found.said for w in ways), any(w in found.seen for w in ways)
    return "both" if said and seen else "said" if said else "seen"


def _width(found: Ecosystem, layer: str, link: Link) -> float:
    """Say how thick a tie is, 0 to 1: by how often, or by the people in common."""
    ways: tuple[Link, Link] = (link, (link[1], link[0]))
    often = max((found.said[w].often for w in ways if w in found.said), default=1) / 4
    seen = (found.sent, found.opened)
    people_, most = max(k.get(w, 0) for k in seen for w in ways), max((n for k in seen for n in k.values()), default=1)
    return often if layer == "declared" or not people_ else round((told(people_) or 0) / most, 2)


def _number(who: Asked, value: float, form: str = "0.00") -> str:
    return "–" if isnan(value) else str(format_decimal(value, form, locale=who.viewer.language))


def _figures(who: Asked, m: Measures) -> tuple[tuple[str, str, str], ...]:
    c: Comparison = m.compared
    said = (
        ("Density", m.density, "Ties there are, of all that could be. 1: everybody is tied to everybody."),
        ("Centralisation", m.centralisation, "How far all hangs on one organisation, by numbers of ties (Freeman). 0: all alike; 1: a star."),
        ("Fragmentation", m.fragmentation, "Share of pairs that cannot reach each other by any path (Borgatti)."),
        ("Ties that both ends say", m.confirmed, "Of ties said between two who were both asked, each way by itself."),
        ("Said and seen alike (Jaccard)", c.jaccard, "Pairs that are said and seen, of all that are said or seen."),
        ("Said and seen alike, beyond chance (kappa)", c.kappa, "Cohen's kappa over all pairs. 0: no more than chance; 1: the same."),
    )  # fmt: skip
    return tuple((who.say(name), _number(who, value), who.say(how)) for name, value, how in said)


def _says(who: Asked, m: Measures, layer: str) -> str:
    c = m.compared
    if layer == "difference":
        return who.say("{both} pairs are said and seen, {said} only said, {seen} only seen.").format(
            both=len(c.confirmed), said=len(c.said_only), seen=len(c.seen_only)
        )
    return who.say("{ties} ties between {n} organisations.").format(ties=m.ties, n=len(m.standings))


def _row(who: Asked, s: Standing) -> Row:
    role = who.say(place.top_role(s.roles))
    return Row(
        s, f"{round(100 * s.between)} %", _number(who, s.constraint), role, people(who, s.loss.own), people(who, s.loss.transit)
    )


def _state(found: Ecosystem, way: Link) -> str:
    if way[0] == way[1]:
        return "-"
    return {(True, True): "both", (True, False): "said", (False, True): "seen"}.get((way in found.said, way in found.seen), "")


def _matrix(found: Ecosystem) -> tuple[tuple[str, tuple[str, ...]], ...]:
    ids = [a.id for a in found.actors] if len(found.actors) <= _MATRIX else []
    return tuple((a.name, tuple(_state(found, (a.id, other)) for other in ids)) for a in found.actors[: len(ids)])


def _ties(who: Asked, found: Ecosystem) -> list[Tie]:
    names = {a.id: a.name for a in found.actors}
    ties = []
    for way in sorted(found.links("difference"), key=lambda w: (names[w[0]], names[w[1]])):
        said, kinds = found.said.get(way), found.ways_seen(way)
        often = OFTENS[said.often][who.viewer.language] if said else ""
        ties.append(
            Tie(
                names[way[0]], names[way[1]], _state(found, way), often, said.rung if said else -1,
                kinds, *(people(who, ties[way]) if way in ties else "" for ties in (found.sent, found.opened)),
            )
        )  # fmt: skip
    return ties


def _chances(who: Asked, more: WhatIf, names: dict[str, str]) -> tuple[Chance, ...]:
    return tuple(
        Chance(
            names[c.link[0]], names[c.link[1]], people(who, c.path.joined), people(who, c.path.whole),
            people(who, c.direct.joined), people(who, c.direct.whole), _number(who, c.path.effort, "0.0"),
            _number(who, c.path.trust, "0.0"),
        )
        for c in more.chances
    )  # fmt: skip
