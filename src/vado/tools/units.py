"""What a quantity comes to in base units, by ucumvert (UCUM on pint). Loading it takes most of a second, so it is loaded when first asked."""

from functools import cache
from typing import Any


def canonical(value: float, code: str) -> tuple[float, str] | None:
    """Give (value, dimensions) in SI base units: (1.0, 'g') and (1000.0, 'mg') agree; None when the code is not UCUM or has no such form."""
    found = _factor(code)
    return None if found is None else (value * found[0] + found[1], found[2])


@cache
def _factor(code: str) -> tuple[float, float, str] | None:
    try:
        none, one = (_registry().Quantity(v, _registry().from_ucum(code).units).to_base_units() for v in (0.0, 1.0))
        scale = float(_registry().from_ucum(code).magnitude)
        return (float(one.magnitude - none.magnitude) * scale, float(none.magnitude), str(one.units))
    except Exception:  # a library with errors of many kinds: all of them mean that it is no such unit
        return None


@cache
def _registry() -> Any:
    from ucumvert import PintUcumRegistry

    return PintUcumRegistry()
