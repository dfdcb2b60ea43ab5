"""Units as written to UCUM codes, where there is no doubt. Source: UCUM 2.1, table of units; usual spellings in English and Spanish laboratories."""

import re
from functools import lru_cache

UCUM = "http://unitsofmeasure.org"
_USUAL = {
    "mg/dl": "mg/dL", "g/dl": "g/dL", "mcg": "ug", "mcg/dl": "ug/dL", "ug/dl": "ug/dL", "mcg/l": "ug/L", "ug/l": "ug/L",
    "ng/ml": "ng/mL", "pg/ml": "pg/mL", "mg/l": "mg/L", "g/l": "g/L", "mmol/l": "mmol/L", "umol/l": "umol/L",
    "nmol/l": "nmol/L", "pmol/l": "pmol/L", "meq/l": "meq/L", "mosm/kg": "mosm/kg", "u/l": "U/L", "ui/l": "[IU]/L", "iu/l": "[IU]/L",
    "mui/ml": "m[IU]/mL", "miu/ml": "m[IU]/mL", "uiu/ml": "u[IU]/mL", "uui/ml": "u[IU]/mL", "miu/l": "m[IU]/L", "mui/l": "m[IU]/L",
    "ui/ml": "[IU]/mL", "iu/ml": "[IU]/mL", "k/ul": "10*3/uL", "m/ul": "10*6/uL",
    "10^3/ul": "10*3/uL", "x10^3/ul": "10*3/uL", "x10e3/ul": "10*3/uL",
    "10^6/ul": "10*6/uL", "x10^6/ul": "10*6/uL", "x10e6/ul": "10*6/uL", "10^9/l": "10*9/L", "x10^9/l": "10*9/L",
    "10^12/l": "10*12/L", "x10^12/l": "10*12/L", "/ul": "/uL", "cells/ul": "{cells}/uL", "celulas/ul": "{cells}/uL", "mmhg": "mm[Hg]",
    "mm hg": "mm[Hg]", "°c": "Cel", "ºc": "Cel", "°f": "[degF]", "ºf": "[degF]", "bpm": "/min", "lpm": "/min", "beats/min": "/min",
    "latidos/min": "/min", "rpm": "/min", "breaths/min": "/min", "resp/min": "/min", "/min": "/min", "kg/m2": "kg/m2", "kg/m²": "kg/m2", "%": "%",
    "fl": "fL", "pg": "pg", "mm/h": "mm/h", "mm/hr": "mm/h", "ml/min": "mL/min", "ml/min/1.73m2": "mL/min/{1.73_m2}",
    "ml/min/1,73m2": "mL/min/{1.73_m2}", "ml/min/1.73 m2": "mL/min/{1.73_m2}", "cm": "cm", "mm": "mm", "m": "m", "kg": "kg", "g": "g", "mg": "mg",
    "lb": "[lb_av]", "lbs": "[lb_av]", "ml": "mL", "l": "L", "dl": "dL", "cc": "mL", "h": "h", "min": "min", "s": "s", "sec": "s", "años": "a",
    "years": "a", "yr": "a", "mg/g": "mg/g", "mg/24h": "mg/(24.h)", "mg/24 h": "mg/(24.h)", "ng/dl": "ng/dL", "mmol/mol": "mmol/mol", "l/min": "L/min",
    "iu": "[IU]", "ui": "[IU]", "u/ml": "U/mL", "mg/kg": "mg/kg", "mcg/min": "ug/min", "ml/h": "mL/h", "ml/hr": "mL/h", "[in_i]": "[in_i]",
    "in": "[in_i]", "kpa": "kPa", "mval/l": "meq/L",
}  # fmt: skip # by lower case; no spelling here has a second meaning in a laboratory
_MICRO = str.maketrans("µμ", "uu")  # U+00B5, U+03BC
_PREFIX = "(?:da|[kdcmunpf])?"
_ATOM = rf"(?:{_PREFIX}(?:g|L|l|mol|m|s|eq|osm|Pa|kat|cal|J|U|\[IU\]|\[iU\]|m\[Hg\])|min|h|d|wk|mo|a|Cel|%|\[degF\]|\[lb_av\]|\[in_i\]|10\*\d{{1,2}}|1)"
_TERM = rf"(?:{_ATOM}(?:-?\d)?(?:\{{[^{{}}]{{0,20}}\}})?|\{{[^{{}}]{{1,20}}\}})"
_CODE = re.compile(rf"/?{_TERM}(?:[./]{_TERM}){{0,4}}")


@lru_cache(4096)
def ucum(written: str) -> str | None:
    """Give the UCUM code of a unit as written: a code of the units that medicine uses, or a usual spelling; None when in doubt."""
    text = " ".join(written.split())
    if found := _USUAL.get(text.casefold().translate(_MICRO) if len(text) > 1 else text):
        return found
    return text if 1 < len(text) <= 40 and _CODE.fullmatch(text) else None
