"""Save what is good of a resource with a fault: an optional element that is wrong is left out and said, never guessed.

What changes the meaning of the rest (a modifier: status, doNotPerform ...) is never left out: then the whole resource is refused.
FHIR R4 2.1.0.1, modifier elements.
"""

import re
from copy import deepcopy
from typing import Any

from vado.model.fact import FhirJson

_STEP = re.compile(r"([A-Za-z_][A-Za-z]*)(?:\[(\d+)\])?$")
_NAMES = (
    "status doNotPerform verificationStatus clinicalStatus active deceasedBoolean deceasedDateTime comparator modifierExtension "
    "implicitRules intent lifecycleStatus resourceType id subject patient beneficiary reference code wasNotGiven notGiven notDone "
    "taken relationshipType link dataAbsentReason _status _clinicalStatus _verificationStatus _doNotPerform _deceasedBoolean "
    "related replaces wasNotTaken notPerformed"
)
_MODIFIERS = frozenset(_NAMES.split())
_MISSING = ("required element missing", "a code of the required value set is missing")


def mend(resource: FhirJson, found: list[tuple[str, str]]) -> tuple[FhirJson, list[str]] | None:
    """Give the resource without its wrong optional elements, and their FHIRPaths; None when it cannot be saved so."""
    made = deepcopy(resource)
    gone: list[str] = []
    for path, fault in found:
        target = path.rpartition(".")[0] if fault in _MISSING else path
        if fault == "expected an array, found an object" and _wrap(made, path):
            gone.append(path)
        elif "." in target and _drop(made, target):
            gone.append(sayable(target, fault))
        else:
            return None
    return made, sorted(set(gone))


def sayable(path: str, fault: str) -> str:
    """Give a path without a name that the sender made up: it may hold anything, a person's name too."""
    return f"{path.rpartition('.')[0]}.?" if fault == "unknown element" else path


def _steps(path: str) -> list[str | int]:
    steps: list[str | int] = []
    for part in path.split(".")[1:]:
        match = _STEP.match(part)
        if match is None:
            return []
        steps += [match[1], *([int(match[2])] if match[2] else [])]
    return steps


def _holder(made: FhirJson, steps: list[str | int]) -> Any:
    value: Any = made
    for step in steps:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _drop(made: FhirJson, path: str) -> bool:
    """Take the element out; False when it changes the meaning of the rest, or is not there."""
    steps = _steps(path)
    names = [s for s in steps if isinstance(s, str)]
    if not steps or not names or any(n in _MODIFIERS for n in names):
        return False
    holder, last = _holder(made, steps[:-1]), steps[-1]
    if isinstance(last, int):
        if not isinstance(holder, list) or last >= len(holder) or holder[last] is None:
            return False
        holder[last] = None
        rest = [x for x in holder if x is not None]
        outer = _holder(made, steps[:-2])
        if not rest:
            del outer[steps[-2]]
        else:
            holder[:] = rest
        return True
    if not isinstance(holder, dict) or last not in holder:
        return False
    del holder[last]
    if not holder and len(steps) > 1:  # nothing is left of what held it
        return _drop(made, path.rpartition(".")[0])
    return True


def _wrap(made: FhirJson, path: str) -> bool:
    """One where a list belongs: a list of one."""
    steps = _steps(path)
    holder = _holder(made, steps[:-1]) if steps else None
    last = steps[-1] if steps else ""
    if not isinstance(last, str) or not isinstance(holder, dict) or not isinstance(holder.get(last), dict):
        return False
    holder[last] = [holder[last]]
    return True
