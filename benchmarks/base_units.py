"""`make bench ARGS=base_units`: write src/vado/tools/base_units.csv, what the usual units of laboratories come to in base units."""

from pathlib import Path

from vado.terms.units import ucum
from vado.tools import units

WHERE = Path(units.__file__).parent / "base_units.csv"
_USUAL = (
    "% /L /min /uL 10*12/L 10*3/uL 10*6/uL 10*9/L Cel U/L U/mL [IU]/L [IU]/mL [in_i] [lb_av] a cm d deg fL g g/L g/dL h kPa kg kg/m2 km L L/min "
    "m m[IU]/L m[IU]/mL mL mL/h mL/min mL/min/{1.73_m2} meq/L mg mg/(24.h) mg/L mg/dL mg/g mg/kg min mm mm/h mm[Hg] mmol/L mmol/mol mo "
    "mosm/kg ng/dL ng/mL nmol/L pg pg/mL pmol/L s u[IU]/mL ug ug/L ug/dL ug/min umol/L wk {cells}/uL [degF] dL kcal {score} 1"
)


def base_units() -> str:
    """Write the file; say how many units."""
    units._shipped.cache_clear()  # noqa: SLF001 - it is this file
    WHERE.write_text("", "utf-8")
    found = {code: units._factor(code) for code in sorted({*_USUAL.split(), *filter(None, map(ucum, _USUAL.split()))})}  # noqa: SLF001
    rows = [
        f"{code},{scale!r},{zero!r},{dimensions}" for code, (scale, zero, dimensions) in ((c, f) for c, f in found.items() if f)
    ]
    WHERE.write_text("code,factor,zero,base\n" + "\n".join(rows) + "\n", "utf-8")
    return f"{len(rows)} units"
