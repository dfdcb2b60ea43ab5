"""Cheap keys: two patients that may be the same share at least one."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations, islice

from vado.linkage.sound import sound
from vado.model.person import Demographics

_ROADS = frozenset(
    [
        *("calle", "avda", "avenida", "plaza", "paseo", "camino", "carretera", "ronda"),
        *("street", "road", "avenue", "lane", "close", "place", "drive", "flat"),
    ]
)
_LIMIT = 60  # keys a patient; more would only find chance
_NAMES = 4  # names of a patient that keys are made of


def keys(d: Demographics) -> tuple[str, ...]:
    """Give the blocking keys, most telling first; the same demographics always give the same keys.

    Names count by how they sound, given names and surnames alike, for senders swap them; day and month as one pair, for they are swapped too.
    A key that says little of itself (a name, a year) is always joined with a second, so that few share it among millions.
    """
    return tuple(islice(dict.fromkeys(_keys(d)), _LIMIT))


Keys = Callable[[Demographics], Iterable[str]]


def blocks(people: Sequence[Demographics], of: Keys = keys) -> dict[str, list[int]]:
    """Give the places in `people` of those who share a key."""
    found: dict[str, list[int]] = defaultdict(list)
    for n, d in enumerate(people):
        for key in of(d):
            found[key].append(n)
    return found


def whole_name(d: Demographics) -> Iterator[str]:
    """Give one key: all names, in whatever order."""
    if d.given and d.family:
        yield f"nn|{'.'.join(sorted((*d.given, *d.family)))}"


def birth_and_initial(d: Demographics) -> Iterator[str]:
    """Give one key an initial: too rough to find anybody among millions, rough enough not to choose by the name."""
    if len(d.birth_date) == 10:
        yield from (f"bi|{d.birth_date}|{i}" for i in dict.fromkeys(n[:1] for n in (*d.given[:2], *d.family, *d.former)))


def _keys(d: Demographics) -> Iterator[str]:
    yield from (f"id|{i.system}|{i.value}" for i in d.identifiers if i.system)
    yield from (f"tel|{p}" for p in d.phones)
    yield from (f"mail|{e}" for e in d.emails)
    yield from (f"mu|{e.partition('@')[0]}" for e in d.emails if len(e.partition("@")[0]) > 4)
    heard = list(dict.fromkeys(sound(n) for n in (*d.given[:1], *d.family, *d.former)))[:_NAMES]
    begun = list(dict.fromkeys(n[:2] for n in heard))  # a slip further on does no harm
    two = [".".join(sorted(pair)) for pair in combinations(heard, 2)]
    where = [*d.postal_codes] or [d.city] * bool(d.city)
    year, whole = d.birth_date[:4], len(d.birth_date) == 10
    if whole:
        day = "-".join(sorted((d.birth_date[5:7], d.birth_date[8:])))
        yield from (f"bi|{year}-{day}|{i}" for i in dict.fromkeys(n[:1] for n in heard))
        yield from (f"bw|{year}-{day}|{w}" for w in where)
        yield from (f"nd|{names}|{d.birth_date[5:]}" for names in two)
    if year:
        yield from (f"ny|{names}|{year}" for names in two)
        yield from (f"yw|{n}|{year}|{w}" for n in heard for w in where)
    yield from (f"nw|{'.'.join(sorted(pair))}|{w}" for pair in combinations(begun, 2) for w in where)
    house = next((w for w in d.address if w.isdigit()), "")
    road = next((w for w in d.address if len(w) > 3 and not w.isdigit() and w not in _ROADS), "")
    if road:
        yield from (f"hw|{house}|{sound(road)}|{w[:2]}|{n}" for w in where for n in heard)
    yield from whole_name(d)
