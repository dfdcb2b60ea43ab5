"""Cheap keys: two patients that may be the same share at least one."""

from itertools import islice

from vado.model.person import Demographics

_LIMIT = 60  # keys a patient; more would only find chance


def keys(d: Demographics) -> tuple[str, ...]:
    """Give the blocking keys, most telling first; the same demographics always give the same keys."""
    found = [f"id|{i.system}|{i.value}" for i in d.identifiers if i.system]
    surnames = dict.fromkeys((*d.family, *d.former))
    for birth in _births(d.birth_date):
        found += [f"bs|{birth}|{_sound(s)}" for s in surnames]
        found += [f"bg|{birth}|{g[0]}" for g in d.given[:2]]
        found += [f"bp|{birth}|{p}" for p in d.postal_codes]
    year = d.birth_date[:4]
    found += [f"sgy|{s}|{g}|{year}" for s in surnames for g in d.given[:1] if year]
    found += [f"n|{'.'.join(sorted((*d.given, *d.family)))}|{year}"] if year and d.given and d.family else []
    if len(d.birth_date) == 10:  # a slip in the year
        found += [f"smd|{_sound(s)}|{d.birth_date[5:]}" for s in surnames]
        found += [f"gmd|{g}|{d.birth_date[5:]}" for g in d.given[:1]]
    found += [f"sgs|{_sound(s)}|{_sound(g)}|{year}" for s in surnames for g in d.given[:1] if year]
    found += [f"tel|{p}" for p in d.phones]
    found += [f"mail|{e}" for e in d.emails]
    found += [f"sgp|{_sound(s)}|{g}|{p}" for s in surnames for g in d.given[:1] for p in d.postal_codes]
    return tuple(islice(dict.fromkeys(found), _LIMIT))


def _births(date: str) -> tuple[str, ...]:
    """Give the date and the same with day and month swapped."""
    if len(date) != 10:
        return ()
    swapped = f"{date[:4]}-{date[8:]}-{date[5:7]}"
    return tuple(dict.fromkeys((date, swapped))) if int(date[8:]) <= 12 else (date,)


def _sound(name: str) -> str:
    """Spell roughly as heard in English and Spanish: first letter and the next consonants, doubles and h dropped."""
    heard = name.translate(str.maketrans("vzyqk", "bsicc")).replace("ph", "f").replace("h", "")
    rest = "".join(c for c in heard[1:] if c not in "aeiou")
    return (heard[:1] + "".join(c for n, c in enumerate(rest) if not n or rest[n - 1] != c))[:4]
