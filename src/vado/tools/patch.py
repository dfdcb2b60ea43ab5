"""JSON Patch (RFC 6902), with limits."""

from typing import Any

import jsonpatch
import jsonpointer

_MOST = 1_000  # steps of one patch
_OPERATIONS = {"add", "remove", "replace", "move", "copy", "test"}


class WrongPatch(Exception):
    """The patch cannot be applied; `why` holds no value. `test`: a test of it failed, so the resource is not as expected."""

    def __init__(self, why: str, *, test: bool = False) -> None:
        super().__init__(why)
        self.why, self.test = why, test


def patched(resource: dict[str, Any], steps: Any) -> dict[str, Any]:
    """Give the resource with all steps done; the one given stays as it is. Raises WrongPatch."""
    if not isinstance(steps, list) or len(steps) > _MOST or any(not isinstance(s, dict) for s in steps):
        raise WrongPatch("a JSON Patch is a list of steps")
    if any(not all(isinstance(s.get(name), str) for name in ("op", "path")) or s["op"] not in _OPERATIONS for s in steps):
        raise WrongPatch("a step needs an op and a path")
    if sum(s["op"] == "copy" for s in steps) > 20:  # each may double what is there
        raise WrongPatch("too many copies")
    try:
        made = jsonpatch.apply_patch(resource, steps)
    except jsonpatch.JsonPatchTestFailed:
        raise WrongPatch("a test of the patch failed", test=True) from None
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, KeyError, TypeError, ValueError, IndexError):
        raise WrongPatch("a step does not fit the resource") from None
    if not isinstance(made, dict):
        raise WrongPatch("the patch leaves no resource")
    return made
