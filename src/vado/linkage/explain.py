"""Contributions in plain words; each text is also the key of its translation."""

from collections.abc import Iterable

from vado.model.person import Contribution

_FIELDS = {
    "identifier": "number", "family": "surname", "given": "given name", "birth_date": "birth date", "gender": "sex",
    "phone": "phone", "email": "e-mail", "postal_code": "postal code", "address": "address", "city": "town", "partner": "the partner's word",
}  # fmt: skip
_LEVELS = {
    "two-national": "both the same",
    "exact": "the same", "two": "both the same", "national": "the same national number", "close": "nearly the same",
    "different": "different", "swapped": "the same in another order", "partial": "the same as far as given",
    "former": "the same as an earlier surname", "shared": "one surname in common", "subset": "the same, one name left out",
    "initial": "the same initial", "alike": "somewhat alike", "crossed": "given name and surname exchanged",
    "nickname": "another form of the name", "slip": "one slip apart",
    "user": "the same before the @", "unequal": "another number", "said-same": "says that they are one person",
}  # fmt: skip


def explain(why: Iterable[Contribution]) -> tuple[tuple[str, str, float], ...]:
    """Give (field, how it agrees, bits) in plain English, the most telling first; fields not given are left out."""
    told = [c for c in why if c.level != "missing"]
    told.sort(key=lambda c: (-abs(c.bits), c.field))
    return tuple((_FIELDS.get(c.field, c.field), _LEVELS.get(c.level, c.level), c.bits) for c in told)
