"""The same for links with a direction: what one organisation knows reaches another, or does not."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from vado.collaboration.network.people import Bridge, Holdings, Joined, in_common
from vado.collaboration.network.shape import Link

_AT_ONCE = 20_000  # groups of people that are reckoned in one product


def joined_one_way(holdings: Holdings, arrows: Iterable[Link], *, by_path: bool = True) -> Joined:
    """Count ordered pairs (from, to) and people: a person is whole when what each of their organisations knows reaches all the others."""
    arrows = list(arrows)
    names = sorted({o for held in holdings for o in held} | {o for t in arrows for o in t})
    out = _masks(_reach(names, arrows, by_path))
    at = {o: n for n, o in enumerate(names)}
    pairs = linked = whole = people = 0
    for held, count in holdings.items():
        if len(held) > 1:
            mask, of_them = sum(1 << at[o] for o in held), len(held) * (len(held) - 1)
            now = sum((out[at[o]] & mask).bit_count() - 1 for o in held)
            people, pairs, linked, whole = (
                people + count,
                pairs + of_them * count,
                linked + now * count,
                whole + (now == of_them) * count,
            )
    return Joined(pairs, linked, whole, people)


def arrows(holdings: Holdings, there: Iterable[Link], organisations: Iterable[str], *, by_path: bool = True) -> list[Bridge]:
    """Reckon every link (from, to) that is not there: ordered pairs that it would join and people whom it would make whole, most first.

    A new arrow u to v joins a to b when a reached u and v reached b: all of them together are two products of matrices.
    """
    there, wanted = set(there), sorted(set(organisations))
    names = sorted(set(wanted) | {o for held in holdings for o in held} | {o for t in there for o in t})
    at = {o: n for n, o in enumerate(names)}
    reach = _reach(names, there, by_path)
    missing = np.zeros(reach.shape)
    for (a, b), count in in_common(holdings).items():
        missing[at[a], at[b]] = missing[at[b], at[a]] = count
    missing[reach] = 0
    through = reach.T.astype(float) if by_path else np.eye(len(names))
    gains, wholes = through @ missing @ through, _wholes(holdings, at, reach, by_path)
    found = [
        Bridge((u, v), round(gains[at[u], at[v]]), round(wholes[at[u], at[v]]))
        for u, v in permutations(wanted, 2)
        if (u, v) not in there
    ]
    return sorted(found, key=lambda b: b.rank)


def _reach(names: Sequence[str], arrows: Iterable[Link], by_path: bool) -> NDArray[np.bool_]:
    """Say what reaches whom; each reaches itself."""
    at = {o: n for n, o in enumerate(names)}
    reach = np.eye(len(names), dtype=bool)
    for a, b in arrows:
        reach[at[a], at[b]] = True
    steps = 1
    while by_path and steps < len(names):
        reach, steps = (reach.astype(np.float32) @ reach.astype(np.float32)) > 0, steps * 2
    return reach


def _masks(reach: NDArray[np.bool_]) -> list[int]:
    """Give each row as the bits of one number, the first organisation last."""
    return [int.from_bytes(np.packbits(row, bitorder="little").tobytes(), "little") for row in reach]


def _wholes(holdings: Holdings, at: dict[str, int], reach: NDArray[np.bool_], by_path: bool) -> NDArray[np.float64]:
    """Count people made whole by each arrow: from whatever all who are not heard reach, to whatever reaches all who do not hear."""
    n = len(at)
    out, into = _masks(reach), _masks(reach.T)
    ends: Counter[tuple[int, int]] = Counter()
    for held, count in holdings.items():
        mask = sum(1 << at[o] for o in held)
        unheard = [at[o] for o in held if mask & ~out[at[o]]]
        deaf = [at[o] for o in held if mask & ~into[at[o]]]
        if not unheard:
            continue
        if by_path:
            ends[_all(out, unheard), _all(into, deaf)] += count
        elif len(unheard) == len(deaf) == 1:
            ends[1 << unheard[0], 1 << deaf[0]] += count
    found, every = np.zeros((n, n)), list(ends.items())
    for start in range(0, len(every), _AT_ONCE):
        some = every[start : start + _AT_ONCE]
        weights = np.array([count for _, count in some], float)
        found += (_bits([u for (u, _), _ in some], n) * weights[:, None]).T @ _bits([v for (_, v), _ in some], n)
    return found


def _all(masks: Sequence[int], of: Sequence[int]) -> int:
    """Give the bits that all of them have."""
    found = masks[of[0]]
    for one in of[1:]:
        found &= masks[one]
    return found


def _bits(masks: Sequence[int], n: int) -> NDArray[np.float64]:
    width = (n + 7) // 8
    raw = np.frombuffer(b"".join(m.to_bytes(width, "little") for m in masks), np.uint8).reshape(len(masks), width)
    return np.unpackbits(raw, axis=1, bitorder="little")[:, :n].astype(float)
