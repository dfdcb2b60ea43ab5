"""Make the reference pages from the code: `python -m vado.cli.reference docs/reference`."""

import ast
import inspect
import sys
from dataclasses import fields
from pathlib import Path

from vado.errors import CODES
from vado.settings.settings import Settings


def errors_page() -> str:
    """Give every code with what happened and what to do, as Markdown."""
    lines = [
        "# Errors and issues",
        "",
        "Made from `src/vado/errors.py` by `make reference`.",
        "",
        "| code | severity | what | what to do | exit | HTTP |",
        "|-|-|-|-|-:|-:|",
    ]
    for name, code in sorted(CODES.items()):
        stops = (str(code.exit), str(code.http)) if not name.startswith("IN-") else ("", "")
        lines.append(f"| {name} | {code.severity.value} | {code.what} | {code.do} | {stops[0]} | {stops[1]} |")
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """Give every setting with its default and meaning, as Markdown."""
    told = _docstrings()
    lines = [
        "# Settings",
        "",
        "Keys of `vado.toml`; `VADO_<KEY>` in the environment overrules them. Unknown keys stop the start.",
        "",
        "| key | default | meaning |",
        "|-|-|-|",
    ]
    for f in fields(Settings):
        if f.name != "place":
            lines.append(f"| {f.name} | `{f.default!r}` | {told[f.name]} |")
    return "\n".join([*lines, "", "`VADO_PLACE` names the place, as `--place` does.", ""])


def _docstrings() -> dict[str, str]:
    """Read the text under each field of Settings."""
    (kind,) = ast.parse(inspect.getsource(Settings)).body
    assert isinstance(kind, ast.ClassDef)  # noqa: S101 - it is one
    told: dict[str, str] = {}
    for one, following in zip(kind.body, kind.body[1:], strict=False):
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and isinstance(following, ast.Expr):
            told[one.target.id] = " ".join(str(ast.literal_eval(following.value)).split())
    return told


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "errors.md").write_text(errors_page(), "utf-8")
    (folder / "settings.md").write_text(settings_page(), "utf-8")
