"""Which elements of a fact a person may correct, and the fact as corrected."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from decimal import Decimal, InvalidOperation
from typing import Any

from vado.model.fact import FhirJson

_NOT_READ = {  # set by the reader, not written on the paper
    "resourceType", "id", "meta", "status", "use", "reference", "system", "code", "coding", "contained", "category", "type", "extension",
    "clinicalStatus", "verificationStatus", "url", "contentType", "interpretation",
}  # fmt: skip
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def correctable(resource: FhirJson) -> tuple[tuple[str, str], ...]:
    """List what was read from the paper: ('code.text', 'Penicillin'), ('valueQuantity.value', '13.5')."""
    return tuple((path, str(value)) for path, value in _leaves(resource, ""))


def corrected(resource: FhirJson, changes: Mapping[str, str]) -> FhirJson:
    """Copy with these elements as a person says they are. An emptied element goes; a code that came of a misread word goes too.

    Raises:
        ValueError: no such element, or not a number where one must be.
    """
    known = dict(correctable(resource))
    made = deepcopy(resource)
    for path, said in changes.items():
        if path not in known:
            raise ValueError(path)
        said = said.strip()
        if said != known[path]:
            _put(made, [name or int(n) for name, n in _STEP.findall(path)], said)
    return _without_gaps(made)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in _NOT_READ or (name == "code" and isinstance(inner, dict)):
                yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{n}]")
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield path, value


def _put(resource: Any, steps: list[str | int], said: str) -> None:
    """Set one leaf; what was derived from what stood there (coding of a text, code of a unit) is no longer known."""
    around = resource
    for step in steps[:-1]:
        around = around[step]
    last = steps[-1]
    if isinstance(around[last], int | float):
        around[last] = _number(said) if said else None
    else:
        around[last] = said or None
    if last == "text":
        around.pop("coding", None)
    if last == "unit":
        around.pop("code", None)
        around.pop("system", None)


def _number(said: str) -> int | float:
    try:
        number = Decimal(said.replace(",", "."))
    except InvalidOperation:
        raise ValueError("number") from None
    if not number.is_finite():
        raise ValueError("number")
    return int(number) if number == number.to_integral_value() and "." not in str(number) else float(number)


def _without_gaps(value: Any) -> Any:
    """FHIR knows no empty element."""
    if isinstance(value, dict):
        kept = {k: _without_gaps(v) for k, v in value.items()}
        return {k: v for k, v in kept.items() if v not in (None, {}, [])}
    if isinstance(value, list):
        return [v for v in map(_without_gaps, value) if v not in (None, {}, [])]
    return value
