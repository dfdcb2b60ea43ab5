"""From levels to bits: log2(m/u), after Fellegi and Sunter (1969)."""

from vado.linkage.compare import compare
from vado.linkage.model import Model, shipped
from vado.model.person import Contribution, Demographics

_AGREES = {"exact", "two", "swapped", "partial", "subset", "shared"}


def weigh(a: Demographics, b: Demographics, model: Model | None = None) -> tuple[Contribution, ...]:
    """Give what each field adds, in bits; a missing field adds nothing."""
    model = model or shipped()
    return tuple(Contribution(f, level, _bits(f, level, a, b, model)) for f, level in compare(a, b))


def _bits(field: str, level: str, a: Demographics, b: Demographics, model: Model) -> float:
    bits = model.bits.get((field, level), 0.0)
    if level == "crossed" and field == "family":
        bits += model.of_names({*a.given, *a.family} & {*b.given, *b.family})
    elif level in _AGREES and field in ("family", "given"):
        bits += model.of_names(set(getattr(a, field)) & set(getattr(b, field)))
    return round(bits, 2)
