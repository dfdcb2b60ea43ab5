"""Form profiles on disk: <name>.form.toml says what each box holds, for people to correct; <name>.form.npz how a page is recognised."""

import json
import re
import tomllib
import zipfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from vado.errors import SettingsError
from vado.model.form import FieldKind, Form, FormField, FormPage, Printed
from vado.model.reading import Box

END = ".form.toml"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
MAX_PAGES = 40
_MAX_BYTES = 50_000_000  # of a companion, unpacked
_KEYS = {"label", "kind", "page", "box", "option", "cells", "lines"}
_HEAD = """# What this blank form asks for. Correct a label, a kind or a box here; the picture beside this file shows the boxes.
# kind: text, date, number, check, comb (one letter a cell), signature. box: left, top, right, bottom, in fractions of the page.
# Check boxes with one label are one choice; option is what a tick means. lines = true takes more than one line.
"""


def load_form(path: Path) -> Form:
    """Read a form profile; read again only when its files changed.

    Raises:
        SettingsError: CO-010, it cannot be used; says what is wrong.
    """
    try:
        stamps = tuple(p.stat().st_mtime_ns for p in (path, companion(path)))
    except OSError as fault:
        raise SettingsError("CO-010", form=_name(path), fault="one of its two files is missing") from fault
    return _loaded(path, stamps)


def companion(path: Path) -> Path:
    """Give the file beside a profile that holds how its pages are recognised."""
    return path.with_name(path.name.removesuffix(".toml") + ".npz")


@lru_cache(maxsize=256)
def _loaded(path: Path, _: tuple[int, ...]) -> Form:
    try:
        toml = tomllib.loads(path.read_text("utf-8"))
        pages = _pages(companion(path))
        if unknown := sorted(toml.keys() - {"title", "field"}):
            raise ValueError(f"unknown key {unknown[0]}")
        fields = tuple(_field(n, plain, len(pages)) for n, plain in enumerate(toml.get("field", ()), 1))
        return Form(_name(path), str(toml.get("title", "")), pages, fields)
    except (OSError, ValueError, KeyError, TypeError, EOFError, AttributeError, zipfile.BadZipFile) as fault:
        raise SettingsError("CO-010", form=_name(path), fault=str(fault)[:200]) from fault


def _name(path: Path) -> str:
    return path.name.removesuffix(END)


def _field(n: int, plain: Mapping[str, Any], pages: int) -> FormField:
    where = f"field {n}"
    if unknown := sorted(plain.keys() - _KEYS):
        raise ValueError(f"{where}: unknown key {unknown[0]}")
    label, box, page = str(plain.get("label", "")).strip(), plain.get("box", ()), plain.get("page", 1)
    if not label:
        raise ValueError(f"{where}: label is missing")
    if plain.get("kind") not in set(FieldKind):
        raise ValueError(f"{where}: kind is one of {', '.join(FieldKind)}")
    if not isinstance(page, int) or not 1 <= page <= pages:
        raise ValueError(f"{where}: the form has pages 1 to {pages}")
    if not (isinstance(box, list) and len(box) == 4 and all(isinstance(v, int | float) and 0 <= v <= 1 for v in box)):
        raise ValueError(f"{where}: box is left, top, right, bottom, each from 0 to 1")
    if not (box[0] < box[2] and box[1] < box[3]):
        raise ValueError(f"{where}: the box is empty")
    cells = plain.get("cells", 0)
    if not isinstance(cells, int) or not 0 <= cells <= 100:
        raise ValueError(f"{where}: cells is a number up to 100")
    sides = Box(*(float(v) for v in box))
    return FormField(
        label, FieldKind(plain["kind"]), page, sides, str(plain.get("option", "")), cells, plain.get("lines") is True
    )


def _pages(path: Path) -> tuple[FormPage, ...]:
    with zipfile.ZipFile(path) as packed:
        if sum(entry.file_size for entry in packed.infolist()) > _MAX_BYTES:
            raise ValueError("the file of keypoints is too large")
    with np.load(path, allow_pickle=False) as kept:
        about = json.loads(bytes(kept["about"]))
        if not 1 <= len(about) <= MAX_PAGES:
            raise ValueError(f"a form has 1 to {MAX_PAGES} pages")
        return tuple(_page(one, kept, n) for n, one in enumerate(about))


def _page(one: Mapping[str, Any], kept: Any, n: int) -> FormPage:
    printed = tuple(Printed(text, Box(*box)) for text, box in one["printed"])
    sizes = [int(v) for v in one["size"]]
    if len(sizes) != 4 or not all(16 <= v <= 10_000 for v in sizes):
        raise ValueError("the size of a page is none")
    points, marks, ink = (bytes(kept[f"{what}{n}"]) for what in ("points", "marks", "ink"))
    if len(points) // 4 != len(marks) // 32:
        raise ValueError("keypoints and their marks do not fit together")
    return FormPage(sizes[0], sizes[1], points, marks, ink, sizes[2], sizes[3], printed)


def form_text(form: Form) -> str:
    """Write what the boxes of a form hold, as a person corrects it."""
    lines = [_HEAD, f"title = {_quoted(form.title)}"]
    for f in form.fields:
        b = f.box
        sides = ", ".join(f"{v:.4f}" for v in (b.left, b.top, b.right, b.bottom))
        lines += ["", "[[field]]", f"label = {_quoted(f.label)}", f'kind = "{f.kind}"', f"page = {f.page}", f"box = [{sides}]"]
        lines += [f"option = {_quoted(f.option)}"] if f.option else []
        lines += [f"cells = {f.cells}"] if f.cells else []
        lines += ["lines = true"] if f.lines else []
    return "\n".join(lines) + "\n"


def save_form(folder: Path, form: Form) -> Path:
    """Write both files of a form; gives the path of its text."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{form.name}{END}"
    arrays: dict[str, Any] = {}
    for n, page in enumerate(form.pages):
        for what in ("points", "marks", "ink"):
            arrays[f"{what}{n}"] = np.frombuffer(getattr(page, what), np.uint8)
    about = [
        {
            "size": [p.width, p.height, p.ink_width, p.ink_height],
            "printed": [[x.text, [x.box.left, x.box.top, x.box.right, x.box.bottom]] for x in p.printed],
        }
        for p in form.pages
    ]
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    with companion(path).open("wb") as out:
        np.savez_compressed(out, allow_pickle=False, **arrays)
    path.write_text(form_text(form), "utf-8")
    return path


def _quoted(text: str) -> str:
    """A basic string of TOML 1.0 takes the escapes of JSON."""
    return json.dumps(text).replace("\x7f", "\\u007f")
