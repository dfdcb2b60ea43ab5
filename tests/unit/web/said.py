"""Every text that code puts into words by `say`, found in the code itself."""

import ast
from collections.abc import Iterator
from pathlib import Path


def said_in(path: Path) -> Iterator[str]:
    """Give the texts that are handed to `say`, also those of map(say, ...)."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and _is_say(node.func):
            yield from (a.value for arg in node.args for a in ast.walk(arg) if isinstance(a, ast.Constant) and isinstance(a.value, str))
        elif isinstance(node, ast.Call) and node.args and _is_say(node.args[0]):
            rest = (c for arg in node.args[1:] for c in ast.walk(arg))
            yield from (c.value for c in rest if isinstance(c, ast.Constant) and isinstance(c.value, str))


def _is_say(name: ast.expr) -> bool:
    return isinstance(name, ast.Name | ast.Attribute) and (name.id if isinstance(name, ast.Name) else name.attr) == "say"
