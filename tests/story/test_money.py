"""A manager finds out who would gain and who would pay, in a real browser and from the terminal."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from citizens import ME, Town, town
from money_example import LINES
from vado.cli.collaboration import collaboration
from vado.cli.main import Context
from vado.errors import VadoError
from vado.exchange import accounts
from vado.model.account import Account, Role
from vado.web.access import Door
from visitors import PASSWORD, Visitor, fits, signed_in


@pytest.fixture(scope="module")
def t() -> Town:
    made = town()
    accounts.add(made.x, Account("", "mara", Role.MANAGER), ME)
    accounts.set_password(made.x, "mara", PASSWORD, ME)
    return made


@pytest.fixture(scope="module")
def address(t: Town, serve: Callable[..., str]) -> str:
    return serve(t.x, Door())


@pytest.fixture(scope="module")
def page(address: str, browser: Any, visitor: Visitor) -> Iterator[Any]:
    with signed_in(browser, address, visitor, "mara") as page:
        yield page


def test_from_a_table_to_who_would_refuse(page: Any, address: str, visitor: Visitor, tmp_path: Path) -> None:
    _ = visitor.say
    (tmp_path / "lines.csv").write_bytes(LINES + b"H;cost;oops;0;9;8;7;1;;\r\n")
    page.goto(f"{address}/money")
    page.fill("#title", f"A ford {visitor.name}")
    page.fill("#rate", "0")
    page.get_by_role("button", name=_("Make the proposal")).click()
    page.set_input_files("#file", tmp_path / "lines.csv")
    page.get_by_role("button", name=_("Look at it")).click()
    assert "MO-004" in page.inner_text(".reasons") and fits(page)
    page.locator("button[value=replace]").click()
    assert page.locator("tbody tr").count() == 11 and fits(page)
    page.get_by_role("link", name=_("Result"), exact=True).click()
    assert "80" in page.inner_text(".gist-of-money .do") and fits(page)
    page.get_by_role("link", name=_("No sharing"), exact=True).click()
    page.wait_for_selector("#rule .complaint")
    assert "C; G" in page.inner_text("#rule [role=status]") and fits(page)
    page.get_by_role("link", name=_("Agreements"), exact=True).click()
    assert fits(page)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "vado.toml").write_text("")
    (tmp_path / "partners").mkdir()
    return tmp_path


def vado(place: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(collaboration, ["money", *words], obj=Context(str(place)))
    if isinstance(done.exception, VadoError):
        return done.exception.kind.exit, str(done.exception)
    return done.exit_code, done.output


def test_from_the_terminal(place: Path) -> None:
    lines, more, results = place / "lines.csv", place / "more.csv", place / "results.csv"
    lines.write_bytes(LINES)
    more.write_bytes(LINES.splitlines()[0] + b"\r\nC;benefit;quiet;3;;40;;1;;\r\nC;cost;oops;0;9;8;7;1;;\r\n")
    assert vado(place)[1].startswith("There is no proposal yet")
    code, said = vado(place, "--make", "A ford", "--currency", "GBP", "--rate", "0", "--lines", str(lines), "--out", str(results))
    assert code == 0 and "The place gains 80 GBP; C and G lose 50 unless money moves." in " ".join(said.split())
    with results.open(encoding="utf-8-sig", newline="") as file:
        told = {row[0]: row[1] for row in csv.reader(file, delimiter=";")}
    assert (told["H"], told["C"], told["G"], told["all together"]) == ("130", "-40", "-10", "80")
    code, said = vado(place, "a-ford", "--lines", str(more), "--add")
    assert code == 1 and "MO-004 Row 3" in said and "1 lines taken, 1 rows not taken" in said
    assert "The place gains 120 GBP; G loses 10 unless money moves." in " ".join(vado(place)[1].split())
    code, said = vado(place, "none")
    assert code == 1 and "MO-033" in said
