"""Links counted by people: whose records are joined, what one more link would join and for whom, and what breaks when one leaves.

People are grouped by the set of organisations that hold something on them, so that a million of them take seconds.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import isnan, nan

import networkx as nx

from vado.collaboration.network.shape import Link

Holdings = Mapping[frozenset[str], int]  # set of organisations that hold something on a person -> how many persons
Gains = dict[frozenset[str], int]


@dataclass(frozen=True, slots=True)
class Joined:
    """How far the people of a place are joined up."""

    pairs: int  # of organisations that hold something on the same person, counted for each person; both ways where links have a direction
    joined: int  # of these, pairs that are linked
    whole: int  # people all of whose organisations are in one part
    people: int  # on whom two organisations or more hold something

    @property
    def share(self) -> float:
        """Give joined pairs over all pairs; NaN when nobody is held by two."""
        return self.joined / self.pairs if self.pairs else nan


def joined(holdings: Holdings, links: Iterable[Link], *, by_path: bool = True) -> Joined:
    """Count how many pairs and people are joined.

    Args:
        holdings: people counted by the set of organisations that hold something on them.
        links: ties between organisations, without direction.
        by_path: whether what was passed on may be passed on again; else only direct links count.
    """
    links = list(links)
    part = parts(links)
    direct = {frozenset(t) for t in links}
    pairs = linked = whole = people = 0
    for held, count in holdings.items():
        if len(held) < 2:
            continue
        of_them = len(held) * (len(held) - 1) // 2
        if by_path:
            now = sum(s * (s - 1) // 2 for s in Counter(part.get(o, o) for o in held).values())
        else:
            now = sum(frozenset(p) in direct for p in combinations(held, 2))
        people, pairs, linked, whole = (
            people + count,
            pairs + of_them * count,
            linked + now * count,
            whole + (now == of_them) * count,
        )
    return Joined(pairs, linked, whole, people)


def parts(links: Iterable[Link]) -> dict[str, str]:
    """Name each linked organisation's part by its first member."""
    graph = nx.Graph(list(links))
    return {o: first for part in nx.connected_components(graph) for first in (min(part),) for o in part}


def in_common(holdings: Holdings) -> Counter[Link]:
    """Count for each pair of organisations, first before second, the people on whom both hold something."""
    found: Counter[Link] = Counter()
    for held, count in holdings.items():
        for pair in combinations(sorted(held), 2):
            found[pair] += count
    return found


@dataclass(frozen=True, slots=True)
class Bridge:
    """What one more link would do. `who_gains` says for whom."""

    link: Link
    joined: int  # pairs that it would join, counted for each person
    whole: int  # people whose record it would make whole
    effort: float = nan  # as the two said, 1 little .. 4 a lot; NaN: nobody did
    trust: float = nan  # likewise

    @property
    def for_effort(self) -> float:
        """Give pairs joined for each point of effort; NaN when nobody said what it takes."""
        return self.joined / self.effort

    @property
    def rank(self) -> tuple[object, ...]:
        """Order bridges: most joined and made whole, then most for the effort (unknown last), then most trust, then by name."""
        return (-self.joined, -self.whole, _last(-self.for_effort), _last(-self.trust), self.link)


def bridges(  # noqa: PLR0913 - two are told by people, and are optional
    holdings: Holdings, links: Iterable[Link], organisations: Iterable[str], *, by_path: bool = True,
    effort: Mapping[Link, float] | None = None, trust: Mapping[Link, float] | None = None,
) -> list[Bridge]:  # fmt: skip
    """Reckon every link that is not there: what it would join, in the order of `Bridge.rank`.

    A link joins two parts; what it gains is counted once for each pair of parts (by path) or of organisations (direct).

    Args:
        holdings: people counted by the set of organisations that hold something on them.
        links: ties that are there.
        organisations: between whom links are thought of.
        by_path: whether what was passed on may be passed on again.
        effort: what each of a pair said, in either order; the mean of both counts.
        trust: likewise.
    """
    links = [(min(t), max(t)) for t in links]
    there = set(links)
    gains, wholes = _gain_by_path(holdings, links) if by_path else _gain_direct(holdings, links)
    part = parts(links) if by_path else {}
    found = []
    for pair in combinations(sorted(set(organisations)), 2):
        if pair not in there:
            key = frozenset(part.get(o, o) for o in pair)  # of one: they are joined already, and no gain has such a key
            found.append(Bridge(pair, gains.get(key, 0), wholes.get(key, 0), _said(effort, pair), _said(trust, pair)))
    return sorted(found, key=lambda b: b.rank)


def _last(value: float) -> tuple[bool, float]:
    return (isnan(value), 0.0 if isnan(value) else value)


def _said(by: Mapping[Link, float] | None, pair: Link) -> float:
    a, b = pair
    told = [by[p] for p in ((a, b), (b, a)) if p in by] if by else []
    return sum(told) / len(told) if told else nan


def _gain_by_path(holdings: Holdings, links: Iterable[Link]) -> tuple[Gains, Gains]:
    gains: Gains = defaultdict(int)
    wholes: Gains = defaultdict(int)
    for sizes, count in _in_parts(holdings, parts(links)).items():
        for (a, n), (b, m) in combinations(sizes, 2):
            key = frozenset((a, b))
            gains[key] += n * m * count
            wholes[key] += count if len(sizes) == 2 else 0
    return gains, wholes


def _in_parts(holdings: Holdings, part: Mapping[str, str]) -> Counter[tuple[tuple[str, int], ...]]:
    """Count people by how many of their organisations are in which part."""
    merged: Counter[tuple[tuple[str, int], ...]] = Counter()
    for held, count in holdings.items():
        if len(held) > 1:
            merged[tuple(sorted(Counter(part.get(o, o) for o in held).items()))] += count
    return merged


def _gain_direct(holdings: Holdings, links: Iterable[Link]) -> tuple[Gains, Gains]:
    there = {frozenset(t) for t in links}
    gains: Gains = defaultdict(int)
    wholes: Gains = defaultdict(int)
    for held, count in holdings.items():
        missing = [p for pair in combinations(held, 2) if (p := frozenset(pair)) not in there]
        for p in missing:
            gains[p] += count
        if len(missing) == 1:
            wholes[missing[0]] += count
    return gains, wholes


def who_gains(holdings: Holdings, links: Iterable[Link], link: Link, *, by_path: bool = True) -> list[tuple[Link, int]]:
    """List the pairs of organisations that a link would join, with the people on whom both hold something, most first."""
    links = list(links)
    return _changed(in_common(holdings), _Alike(links, by_path), _Alike([*links, link], by_path))


def who_loses(holdings: Holdings, links: Iterable[Link], who: str, *, by_path: bool = True) -> list[tuple[Link, int]]:
    """List the pairs of organisations that are no longer joined when one takes its links away, with their people, most first."""
    links = list(links)
    return _changed(in_common(holdings), _Alike([t for t in links if who not in t], by_path), _Alike(links, by_path))


class _Alike:
    """Whether two organisations are joined."""

    def __init__(self, links: list[Link], by_path: bool) -> None:
        self.part, self.direct = parts(links) if by_path else None, {frozenset(t) for t in links}

    def __call__(self, a: str, b: str) -> bool:
        if self.part is None:
            return frozenset((a, b)) in self.direct
        return self.part.get(a, a) == self.part.get(b, b)


def _changed(pairs: Counter[Link], less: _Alike, more: _Alike) -> list[tuple[Link, int]]:
    found = [(pair, count) for pair, count in pairs.items() if more(*pair) and not less(*pair)]
    return sorted(found, key=lambda f: (-f[1], f[0]))


@dataclass(frozen=True, slots=True)
class Loss:
    """What breaks when one organisation leaves. `who_loses` says for whom."""

    own: int  # joined pairs that it is one of
    transit: int  # joined pairs of others that are joined only through it


def leaver(holdings: Holdings, links: Iterable[Link], who: str) -> Loss:
    """Reckon what is lost when an organisation takes its links away: its own pairs, and those of others that go through it."""
    return leavers(holdings, links, [who])[who]


def leavers(holdings: Holdings, links: Iterable[Link], organisations: Iterable[str]) -> dict[str, Loss]:
    """Reckon for each organisation what is lost when it leaves. Only who holds parts together can cost others anything."""
    links, shared = list(links), in_common(holdings)
    alike, cut = _Alike(links, True), set(nx.articulation_points(nx.Graph(links)))
    own: Counter[str] = Counter()
    linked = {(a, b): count for (a, b), count in shared.items() if alike(a, b)}
    for (a, b), count in linked.items():
        own[a] += count
        own[b] += count
    found = {}
    for who in organisations:
        after = _Alike([t for t in links if who not in t], True) if who in cut else alike
        transit = sum(n for pair, n in linked.items() if who not in pair and not after(*pair)) if who in cut else 0
        found[who] = Loss(own[who], transit)
    return found
