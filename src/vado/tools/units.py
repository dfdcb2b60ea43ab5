"""What a quantity comes to in base units, by ucumvert (UCUM on pint). Loading it takes a second: the usual units are in base_units.csv.

benchmarks/base_units.py makes that file; a test holds that it says what ucumvert says.
"""

import csv
from functools import cache
from importlib.resources import files
from typing import Any


def canonical(value: float, code: str) -> tuple[float, str] | None:
    """Give (value, dimensions) in SI base units: (1.0, 'g') and (1000.0, 'mg') agree; None when the code is not UCUM or has no such form."""
    found = _factor(code)
    return None if found is None else (value * found[0] + found[1], found[2])


@cache
def _factor(code: str) -> tuple[float, float, str] | None:
    return _shipped().get(code) or _asked(code)


@cache
def _shipped() -> dict[str, tuple[float, float, str]]:
    rows = csv.reader((files("vado.tools") / "base_units.csv").read_text("utf-8").splitlines()[1:])
    return {code: (float(scale), float(zero), dimensions) for code, scale, zero, dimensions in rows}


def _asked(code: str) -> tuple[float, float, str] | None:
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
