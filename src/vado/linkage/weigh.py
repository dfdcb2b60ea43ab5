"""From levels to bits: log2(m/u), after Fellegi and Sunter (1969)."""

import tomllib
from importlib.resources import files
from math import log2

from vado.linkage.compare import compare
from vado.model.person import Contribution, Demographics

_TABLE = tomllib.loads((files("vado.linkage") / "weights.toml").read_text())
_BITS = {(field, level): round(log2(m / u), 2) for field, levels in _TABLE["m_u"].items() for level, (m, u) in levels.items()}
_COMMON = frozenset(_TABLE["common"])
_AGREES = {"exact", "two", "swapped", "partial", "subset"}


def weigh(a: Demographics, b: Demographics) -> tuple[Contribution, ...]:
    """Give what each field adds, in bits; a missing field adds nothing."""
    return tuple(Contribution(f, level, _bits(f, level, a, b)) for f, level in compare(a, b))


def _bits(field: str, level: str, a: Demographics, b: Demographics) -> float:
    bits = _BITS.get((field, level), 0.0)
    if field in {"family", "given"} and level in _AGREES and _is_common(getattr(a, field), getattr(b, field)):
        bits += _TABLE["common_bits"]
    return bits


def _is_common(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Say whether all names that both bear are common ones."""
    return set(a) & set(b) <= _COMMON
