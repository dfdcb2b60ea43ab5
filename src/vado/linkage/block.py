"""Cheap keys: two patients that may be the same share at least one."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

from vado.linkage.sound import sound
from vado.model.person import Demographics

_ROADS = frozenset(
    (
        "calle",
        "avda",
        "avenida",
        "plaza",
        "paseo",
        "camino",
        "carretera",
        "ronda",
        "street",
        "road",
        "avenue",
        "lane",
        "close",
        "place",
        "drive",
        "flat",
    )
)
_LIMIT = 60  # keys a patient; more would only find chance


def keys(d: Demographics) -> tuple[str, ...]:
    """Give the blocking keys, most telling first; the same demographics always give the same keys.

    Names count by how they sound, given names and surnames alike, for senders swap them.
    """
    return tuple(islice(dict.fromkeys(_keys(d)), _LIMIT))


def blocks(people: Sequence[Demographics], prefixes: tuple[str, ...] = ("",)) -> dict[str, list[int]]:
    """Give the places in `people` of those who share a key; of keys that begin so."""
    found: dict[str, list[int]] = defaultdict(list)
    for n, d in enumerate(people):
        for key in keys(d):
            if key.startswith(prefixes):
                found[key].append(n)
    return found


def _keys(d: Demographics) -> Iterator[str]:
    yield from (f"id|{i.system}|{i.value}" for i in d.identifiers if i.system)
    yield from (f"tel|{p}" for p in d.phones)
    yield from (f"mail|{e}" for e in d.emails)
    surnames, given = [sound(s) for s in dict.fromkeys((*d.family, *d.former))], [sound(g) for g in d.given[:2]]
    initials = dict.fromkeys(n[:1] for n in (*surnames, *given))
    where = [*d.postal_codes] or [d.city] * bool(d.city)
    for birth in _births(d.birth_date):
        yield from (f"bi|{birth}|{i}" for i in initials)
        yield from (f"bw|{birth}|{w}" for w in where)
    year, day = d.birth_date[:4], d.birth_date[5:] if len(d.birth_date) == 10 else ""
    # one name as it sounds and the initial of another: a slip in the second does no harm
    heard = dict.fromkeys((*given[:1], *surnames))
    some = list(dict.fromkeys(f"{one}.{other[:1]}" for one in heard for other in heard if other != one))
    yield from (f"ny|{n}|{year}" for n in some if year)
    yield from (f"nd|{n}|{day}" for n in some if day)
    yield from (f"nw|{n}|{w}" for n in some for w in where)
    yield from (f"yw|{s}|{year}|{w}" for s in surnames for w in where if year)
    house = next((w for w in d.address if w.isdigit()), "")
    road = next((w for w in d.address if len(w) > 3 and not w.isdigit() and w not in _ROADS), "")
    if road:
        yield from (f"hw|{house}|{sound(road)}|{w[:2]}|{n}" for w in where for n in dict.fromkeys((*given[:1], *surnames)))
    if given and surnames:
        yield f"nn|{'.'.join(sorted((*d.given, *d.family)))}"
    yield from (f"mu|{e.partition('@')[0]}" for e in d.emails if len(e.partition("@")[0]) > 4)


def _births(date: str) -> tuple[str, ...]:
    """Give the date and the same with day and month swapped."""
    if len(date) != 10:
        return ()
    swapped = f"{date[:4]}-{date[8:]}-{date[5:7]}"
    return tuple(dict.fromkeys((date, swapped))) if int(date[8:]) <= 12 else (date,)
