"""Several bridges chosen together: what two gain is more than what each gains, when they meet."""

from collections.abc import Iterable
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from vado.collaboration.network.people import Bridge, Holdings, bridges, in_common, parts
from vado.collaboration.network.shape import Link

Parts = frozenset[str]  # two parts that one link joins


def best_bridges(holdings: Holdings, links: Iterable[Link], organisations: Iterable[str], count: int) -> list[Bridge]:
    """Choose so many links that by path join most together, each told with what it adds to those before it.

    What several bridges gain is not the sum of what each gains, nor does each gain less after another: the best first one need not be
    among the best two. The best two are found among all pairs of links; for more, the rest is added one by one.
    """
    links, names = list(links), sorted(set(organisations))
    wanted = _best_two(holdings, links, names) if count > 1 else []
    chosen: list[Bridge] = []
    while len(chosen) < count:
        there = [*links, *(b.link for b in chosen)]
        ranked, part = bridges(holdings, there, names), parts(there)
        aim = frozenset(part.get(o, o) for o in wanted[len(chosen)]) if len(chosen) < len(wanted) else None
        best = next((b for b in ranked if aim is None or {part.get(o, o) for o in b.link} == aim), None)
        if best is None or not best.joined:
            break
        chosen.append(best)
    return chosen


def _best_two(holdings: Holdings, links: list[Link], names: list[str]) -> list[Parts]:
    """Find the two pairs of parts whose joining gains most pairs, then most whole people; fewer than two: nothing is gained by a second.

    Two links that share no part gain what each gains. Two that meet join three parts, whichever two of the three links they are.
    """
    part = parts(links)
    order = sorted({part.get(n, n) for n in names})
    at = {p: n for n, p in enumerate(order)}
    worth, threes = _worth(holdings, part, at)
    apart, together = _apart(worth), _together(worth, threes)
    pairs = max(apart, together, key=lambda found: found[0])[1]
    return [frozenset((order[i], order[j])) for i, j in pairs]


def _worth(
    holdings: Holdings, part: dict[str, str], at: dict[str, int]
) -> tuple[NDArray[np.int64], dict[int, NDArray[np.int64]]]:
    """Give what joining two parts is worth, and what joining three adds in whole people, by the first of the three.

    One number holds both: pairs joined times more than all people there are, plus people made whole.
    """
    scale, n = sum(holdings.values()) + 1, len(at)
    worth = np.zeros((n, n), np.int64)
    for (a, b), count in in_common(holdings).items():
        i, j = at.get(part.get(a, a), -1), at.get(part.get(b, b), -1)
        if i != j and i >= 0 and j >= 0:
            worth[i, j] += count * scale
            worth[j, i] += count * scale
    threes: dict[int, NDArray[np.int64]] = {}
    for held, count in holdings.items():
        over = sorted({at.get(part.get(o, o), -1) for o in held})
        if over and over[0] >= 0 and len(over) == 2:
            worth[over[0], over[1]] += count
            worth[over[1], over[0]] += count
        elif over and over[0] >= 0 and len(over) == 3:
            threes.setdefault(over[0], np.zeros((n, n), np.int64))[over[1], over[2]] += count
    return worth, threes


def _apart(worth: NDArray[np.int64]) -> tuple[int, list[tuple[int, int]]]:
    """Find the best two links that share no part, or the best one."""
    i, j = np.triu_indices(len(worth), 1)
    order = np.argsort(-worth[i, j], kind="stable")
    links = [(int(i[n]), int(j[n]), int(worth[i[n], j[n]])) for n in order if worth[i[n], j[n]] > 0]
    best: tuple[int, list[tuple[int, int]]] = (links[0][2], [links[0][:2]]) if links else (0, [])
    for n, (a, b, gain) in enumerate(links):
        if n + 1 < len(links) and gain + links[n + 1][2] <= best[0]:
            break
        other = next((o for o in links[n + 1 :] if not {a, b} & {o[0], o[1]}), None)
        if other and gain + other[2] > best[0]:
            best = gain + other[2], [(a, b), other[:2]]
    return best


def _together(worth: NDArray[np.int64], threes: dict[int, NDArray[np.int64]]) -> tuple[int, list[tuple[int, int]]]:
    """Find the best three parts to join; of the three links the two that gain most by themselves stand for all."""
    n = len(worth)
    best, found = 0, (0, 0, 0)
    for a in range(n - 2):
        rest = worth[a, a + 1 :]
        value = rest[:, None] + rest[None, :] + worth[a + 1 :, a + 1 :]
        if a in threes:
            value = value + threes[a][a + 1 :, a + 1 :]
        value = np.triu(value, 1)
        if (top := int(value.max())) > best:
            b, c = np.unravel_index(int(value.argmax()), value.shape)
            best, found = top, (a, a + 1 + int(b), a + 1 + int(c))
    return best, sorted(combinations(found, 2), key=lambda p: -worth[p])[:2] if best else []
