"""From levels to bits: log2(m/u), after Fellegi and Sunter (1969)."""

from vado.linkage.compare import compare
from vado.linkage.model import Model, shipped
from vado.model.person import Contribution, Demographics

_AGREES = {"exact", "two", "swapped", "partial", "subset", "shared", "crossed"}


def weigh(a: Demographics, b: Demographics, model: Model | None = None) -> tuple[Contribution, ...]:
    """Give what each field adds, in bits; a missing field adds nothing."""
    model = model or shipped()
    return tuple(Contribution(f, level, _bits(f, level, a, b, model)) for f, level in compare(a, b))


def _bits(field: str, level: str, a: Demographics, b: Demographics, model: Model) -> float:
    bits = model.bits.get((field, level), 0.0)
    if level in _AGREES and field in ("family", "given"):
        mine, theirs = getattr(a, field), getattr(b, field)
        bits += model.of_names(set(mine) & set(theirs) or set(mine) & set((*theirs, *b.given, *b.family)))
    return round(bits, 2)
