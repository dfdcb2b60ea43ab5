"""From levels to bits: log2(m/u), after Fellegi and Sunter (1969)."""

from vado.linkage.compare import compare
from vado.linkage.model import Model, shipped
from vado.model.person import Contribution, Demographics

_AGREES = frozenset(("exact", "two", "swapped", "partial", "subset", "shared"))
_BY_NAME = frozenset((f, level) for f in ("family", "given") for level in _AGREES) | {("family", "crossed")}


def weigh(a: Demographics, b: Demographics, model: Model | None = None) -> tuple[Contribution, ...]:
    """Give what each field adds, in bits; a missing field adds nothing."""
    model = model or shipped()
    said = model.said  # made once: few are different, and many are asked for
    return tuple(
        [
            _of_name(pair, a, b, model) if pair in _BY_NAME else said.get(pair) or said.setdefault(pair, _of_level(pair, model))
            for pair in compare(a, b)
        ]
    )


def _of_level(pair: tuple[str, str], model: Model) -> Contribution:
    return Contribution(*pair, round(model.bits.get(pair, 0.0), 2))


def _of_name(pair: tuple[str, str], a: Demographics, b: Demographics, model: Model) -> Contribution:
    if pair == ("family", "crossed"):
        shared = {*a.given, *a.family} & {*b.given, *b.family}
    else:
        shared = set(a.family).intersection(b.family) if pair[0] == "family" else set(a.given).intersection(b.given)
    return Contribution(*pair, round(model.bits.get(pair, 0.0) + model.of_names(shared), 2))
