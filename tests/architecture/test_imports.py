"""Imports only go down, and each kind of dependency has one home."""

import ast
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src" / "vado"

FLOORS = [
    {"cli"},
    {"web"},
    {"wiring"},
    {"channels", "incoming", "outgoing", "store", "place"},
    {"exchange"},
    {"linkage", "record", "extract"},
    {"tools", "terms", "settings"},
    {"model"},
    {"errors"},
]
FLOOR = {room: n for n, rooms in enumerate(FLOORS) for room in rooms}
PURE = {"linkage", "record", "extract", "model"}  # thought: no disk, network, clock or random source
ONLY = {
    "sqlite3": {"store"}, "sqlalchemy": {"store"}, "alembic": {"store"}, "psycopg": {"store"},
    "starlette": {"web"}, "prometheus_client": {"web"}, "uvicorn": {"web", "cli"}, "jinja2": {"web"}, "babel": {"web", "tools"},
    "subprocess": {"tools"}, "multiprocessing": {"tools"}, "rapidocr": {"tools"}, "cv2": {"tools", "place"},
    "pypdfium2": {"tools"}, "zxingcpp": {"tools"}, "pikepdf": {"tools"}, "reportlab": {"place", "outgoing"}, "openpyxl": {"place", "outgoing"},
    "python_calamine": {"tools"}, "click": {"cli"}, "rich": {"cli"}, "socket": {"channels", "web", "cli"},
    "paramiko": {"channels"}, "aiosmtpd": {"channels"}, "fsspec": {"channels"}, "imaplib": {"channels"}, "smtplib": {"channels"},
    "argon2": {"tools"}, "webauthn": {"tools"}, "zxcvbn": {"tools"}, "limits": {"web"}, "typst": {"tools"}, "joserfc": {"tools"}, "jsonschema_rs": {"tools"}, "fhirkit": {"tools"}, "pickle": set(), "requests": set(), "httpx": {"channels"},
}  # fmt: skip
NOT_PURE = {"os", "pathlib", "random", "time", "socket", "subprocess", "logging", "tempfile", "shutil", "io"}
FILES = sorted(SRC.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def absolute_imports(path: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: write the import in full, not relative"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_imports_only_go_down(path: Path) -> None:
    here = room(path)
    for name in absolute_imports(path):
        top, _, rest = name.partition(".")
        assert here in ONLY.get(top, {here}), f"only {sorted(ONLY[top])} may import {top}"
        if here in PURE:
            assert top not in NOT_PURE, f"{here} is thought: pass in what {top} gives"
        there = rest.partition(".")[0]
        if top == "vado" and there != here and there in FLOOR and here != "__init__":
            assert FLOOR[here] < FLOOR[there], (
                f"{here} may not know {there}: move the noun down to model, or pass it in from wiring"
            )
            assert not (here in {"linkage", "record", "extract"} and there in {"settings", "tools"}), (
                f"{here} gets values, never {there}"
            )


def test_formats_do_not_know_each_other() -> None:
    for shelf in ("incoming", "outgoing"):
        for path in (SRC / shelf).rglob("*.py"):
            parts = path.relative_to(SRC).parts
            for name in absolute_imports(path):
                if name.startswith(f"vado.{shelf}."):
                    assert name.split(".")[2] == parts[1], f"{parts[1]} may not know {name}: share through extract or model"


def test_every_room_has_a_floor() -> None:
    rooms = {room(p) for p in FILES} - {"__init__", "__main__"}
    assert rooms <= set(FLOOR), "a new room must be given a floor"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_files_stay_small(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= 500, f"{lines} lines: find the second noun in this file and give it a file of its own"
