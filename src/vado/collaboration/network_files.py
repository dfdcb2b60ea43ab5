"""The network as files for other programs. Numbers of people are rounded to fives, and none under five is told."""

from typing import Any

import networkx as nx

from vado.collaboration.ecosystem import Ecosystem, losers, measures, shares, told, top_role, what_if


def as_graphml(place: Ecosystem) -> bytes:
    """Write the network for Gephi, yEd and others; people rounded to fives, nothing under five."""
    graph = nx.DiGraph()
    for a in place.actors:
        graph.add_node(a.id, label=a.name, sector=a.sector, connected=bool(a.partner))
    for way in sorted(place.links("difference")):
        graph.add_edge(*way, **_tie(place, way))
    return "\n".join(nx.generate_graphml(graph)).encode()


def as_kumu(place: Ecosystem) -> dict[str, Any]:
    """Give the network as Kumu imports it (elements and connections)."""
    names = {a.id: a.name for a in place.actors}
    return {
        "elements": [
            {"id": a.id, "label": a.name, "type": a.sector or "organisation", "attributes": {"connected": bool(a.partner)}}
            for a in place.actors
        ],
        "connections": [
            {"from": names[way[0]], "to": names[way[1]], "direction": "directed", "type": _tie(place, way)["seen_or_said"]}
            | {"attributes": {k: v for k, v in _tie(place, way).items() if k != "seen_or_said"}}
            for way in sorted(place.links("difference"))
        ],
    }


def _tie(place: Ecosystem, way: tuple[str, str]) -> dict[str, Any]:
    said, kinds = place.said.get(way), place.ways_seen(way)
    both = "confirmed" if said and kinds else "said" if said else "seen"
    tie: dict[str, Any] = {"seen_or_said": both}
    if said:
        tie |= {"often": said.often, "fidelity": said.rung, "both_ends": said.confirmed}
    if kinds:
        tie["seen_as"] = " and ".join(kinds)
    tie |= {name: told(ties[way]) for name, ties in (("people", place.sent), ("people_opened", place.opened)) if way in ties}
    return tie


def as_lines(place: Ecosystem, layer: str, leaves: str = "") -> dict[str, Any]:
    """Give what the page says, for programs: people rounded to fives, None where under five or where there is no figure."""
    found, more, names = measures(place, layer), what_if(place), {a.id: a.name for a in place.actors}
    pair = lambda link: [names[link[0]], names[link[1]]]  # noqa: E731 - said four times
    return {
        "layer": layer, "organisations": len(place.actors), "ties": found.ties, "density": shares(found.density),
        "centralisation": shares(found.centralisation), "fragmentation": shares(found.fragmentation),
        "confirmation": shares(found.confirmed), "jaccard": shares(found.compared.jaccard), "kappa": shares(found.compared.kappa),
        "isolated": list(found.isolates), "not_registered": place.strangers,
        "seen": [
            {"between": pair(way), "as": list(place.ways_seen(way)), "people": told(place.sent.get(way, 0)),
             "people_opened": told(place.opened.get(way, 0))}
            for way in sorted(place.seen)
        ],
        "standing": [
            {"name": s.actor.name, "ties": s.degree, "between": shares(s.between), "constraint": shares(s.constraint),
             "cut_point": s.cut, "role": top_role(s.roles)}
            for s in found.standings
        ],
        "joined": shares(more.now.share), "people": told(more.now.people), "whole": told(more.now.whole),
        "bridges": [
            {"between": pair(c.link), "pairs_by_path": told(c.path.joined), "whole_by_path": told(c.path.whole),
             "pairs_direct": told(c.direct.joined), "whole_direct": told(c.direct.whole)}
            for c in more.chances
        ],
        "best_two": [pair(b.link) for b in more.two],
        "if_it_leaves": [{"between": pair(link), "people": told(n)} for link, n in losers(place, leaves)] if leaves else [],
    }  # fmt: skip
