"""The pages of who gains and who pays: from an uploaded table to the worked example's numbers, bad files, both languages, access."""

import ast
import csv
import io
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from money_example import HEAD, LINES
from plain import plain_exchange
from vado.exchange.collaboration import funding
from vado.exchange.ports import Exchange
from vado.incoming.returned import read as returned
from vado.model.account import Role
from vado.model.record import Viewer
from vado.web.access import Door
from vado.web.app import build
from vado.web.pages.money import view, words
from vado.web.words import catalog

ANA = Viewer("ana", role=Role.MANAGER)
PAGES = Path(words.__file__).parent


@pytest.fixture
def x() -> Exchange:
    return plain_exchange()


def serving(x: Exchange, who: Viewer = ANA) -> TestClient:
    app = build(x, door=Door(guest=who), hosts=("testserver",))
    return TestClient(app, headers={"origin": "http://testserver"}, follow_redirects=False)


def made(client: TestClient) -> str:
    return (
        client.post("/money", data={"title": "A ford <b>", "currency": "k GBP", "rate": "0"})
        .headers["location"]
        .removesuffix("/lines")
    )


def brought(client: TestClient, here: str, content: bytes, name: str = "lines.csv") -> str:
    answer = client.post(f"{here}/bring", files={"file": (name, content)})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize(
    ("language", "gist", "shares", "stay"),
    [
        (
            "en",
            "The place gains 80 k GBP; C and G lose 50 unless money moves.",
            ("38.33", "23.33", "18.33"),
            "Everybody would stay",
        ),
        (
            "es",
            "El lugar gana 80 k GBP; C y G pierden 50 si no se mueve dinero.",
            ("38,33", "23,33", "18,33"),
            "Se quedarían todos",
        ),
    ],
)
def test_the_worked_example_from_the_file_to_the_page(
    x: Exchange, language: str, gist: str, shares: tuple[str, ...], stay: str
) -> None:
    client = serving(x)
    client.cookies.set("language", language)
    here = made(client)
    seen = brought(client, here, LINES)
    assert "11" in client.get(seen).text and funding.proposal(x, here.rpartition("/")[2], ANA).lines == ()
    assert client.post(seen, data={"how": "replace"}).headers["location"] == f"{here}/lines"
    assert client.get(seen).status_code == 404, "what is decided waits no longer"
    told = text_of(client.get(here).text)
    assert gist in told and stay in told and "A ford &lt;b&gt;" in told
    for who, net, share in zip("HCG", ("130", "−40", "−10"), shares, strict=True):
        assert re.search(rf"{who} {net} {share} ", told), who
    refused = text_of(client.get(f"{here}?rule=none").text)
    assert ("Would refuse, because they do better by themselves: C; G." if language == "en" else "Se negarían") in refused
    assert client.get(f"{here}?rule=nothing").status_code == 200


def test_charts_are_drawn_and_each_has_its_table(x: Exchange) -> None:
    client = serving(x)
    here = made(client)
    client.post(brought(client, here, LINES), data={"how": "replace"})
    shown = client.get(here).text
    for chart in ("years", "steps", "fan", "lines"):
        assert f"{here}/chart/{chart}.svg" in shown
        for query in ("", "?dark&narrow"):
            drawn = client.get(f"{here}/chart/{chart}.svg{query}")
            assert drawn.headers["content-type"] == "image/svg+xml" and b"<path" in drawn.content
    assert client.get(f"{here}/chart/none.svg").status_code == 404 and shown.count("<figure") == 4


def test_bad_rows_are_kept_apart_and_given_back(x: Exchange) -> None:
    client = serving(x)
    here = made(client)
    bad = "H;cost;=cmd();0;20;10;5;9;;Nobody"
    seen = brought(client, here, LINES + f"{bad}\r\nTotal;cost;;;;101;;;;\r\n".encode())
    shown = client.get(seen).text
    assert all(code in shown for code in ("MO-004", "MO-005", "MO-006", "MO-021")) and "Nothing is kept yet" in shown
    left = list(csv.reader(io.StringIO(client.get(f"{seen}/left.csv").content.decode("utf-8-sig")), delimiter=";"))
    assert left[0][:10] == HEAD.split(";") and left[1][:3] == ["H", "cost", "'=cmd()"] and "Row 13" in left[1][10]
    corrected = client.get(f"{seen}/left.csv").content.replace(b";20;10;5;9;;Nobody", b";20;25;30;4;;G")
    client.post(seen, data={"how": "replace"})
    client.post(brought(client, here, corrected), data={"how": "add"})
    lines = funding.proposal(x, here.rpartition("/")[2], ANA).lines
    assert len(lines) == 12 and lines[-1].label == "=cmd()"


@pytest.mark.parametrize(
    ("content", "code", "status"), [(b"a;b\n1;2\n", "MO-030", 422), (b"\0\1\2", "MO-032", 422), (b"", "MO-032", 422)]
)
def test_files_that_are_none(x: Exchange, content: bytes, code: str, status: int) -> None:
    client = serving(x)
    here = made(client)
    for language, words_ in (("en", "Take the template"), ("es", "Use la plantilla")):
        client.cookies.set("language", language)
        answer = client.post(f"{here}/bring", files={"file": ("x.csv", content)})
        assert answer.status_code == status and code in answer.text
        assert code == "MO-032" or words_ in answer.text


def test_another_cannot_see_what_waits(x: Exchange) -> None:
    client = serving(x)
    here = made(client)
    seen = brought(client, here, LINES)
    other = made(client)
    assert client.get(seen.replace(here, other)).status_code == 404
    assert client.get(f"{here}/brought/{'0' * 32}").status_code == 404


def test_lines_one_by_one_and_what_is_reckoned_with(x: Exchange) -> None:
    client = serving(x)
    here = made(client)
    assert "No lines yet" in client.get(f"{here}/lines").text and "nothing to reckon" in client.get(here).text
    cells = {"organisation": "H", "side": "benefit", "label": "time", "year": "1", "mode": "110", "grade": "3", "cashable": "yes"}
    assert client.post(f"{here}/lines/add", data=cells).status_code == 303
    wrong = client.post(f"{here}/lines/add", data={**cells, "mode": "many"})
    assert wrong.status_code == 422 and "MO-002" in wrong.text and 'value="many"' in wrong.text
    grades = {f"grade-{n}": value for n, value in enumerate(("0", "5", "20", "30", "40", "50"), 1)}
    assert client.post(f"{here}/terms", data={"title": "T", "currency": "EUR", "rate": "10", **grades}).status_code == 303
    assert "The place gains 80 EUR; nobody loses." in text_of(client.get(here).text), "110 * (1 - 20 %) / 1.1"
    bad = client.post(f"{here}/terms", data={"title": "T", "currency": "EUR", "rate": "ten", **grades})
    assert bad.status_code == 422 and "MO-035" in bad.text
    shown = client.get(f"{here}/lines").text
    mark = re.search(r'name="mark" value="([^"]+)"', shown)
    assert mark and client.post(f"{here}/lines/remove", data={"number": "0", "mark": "other"}).status_code == 409
    assert client.post(f"{here}/lines/remove", data={"number": "0", "mark": mark[1]}).status_code == 303
    assert funding.proposal(x, here.rpartition("/")[2], ANA).lines == ()
    client.post(f"{here}/drop", data={})
    assert client.get(here).status_code == 200, "not without a tick"
    client.post(f"{here}/drop", data={"sure": "yes"})
    assert client.get(here).status_code == 404 and "There is no proposal yet" in client.get("/money").text


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_lines_taken_away_come_back_the_same(x: Exchange, language: str, form: str) -> None:
    client = serving(x)
    client.cookies.set("language", language)
    here = made(client)
    client.post(brought(client, here, LINES), data={"how": "replace"})
    before = funding.proposal(x, here.rpartition("/")[2], ANA).lines
    taken = client.get(f"{here}/take/lines.{form}").content
    seen = brought(client, here, taken, f"lines.{form}")
    client.post(seen, data={"how": "replace"})
    assert funding.proposal(x, here.rpartition("/")[2], ANA).lines == before


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_results_and_template_as_files(x: Exchange, form: str) -> None:
    client = serving(x)
    here = made(client)
    client.post(brought(client, here, LINES), data={"how": "replace"})
    rows = returned(client.get(f"{here}/take/results.{form}").content, {}).grids[0].rows
    hospital = dict(zip(rows[0], next(r for r in rows if r[0] == "H"), strict=True))
    assert (
        float(hospital["net today"]),
        round(float(hospital["share: Shapley"]), 2),
        round(float(hospital["moves: Shapley"]), 2),
    ) == (130, 38.33, -91.67)
    template = client.get(f"/money/template/{form}").content
    assert client.get("/money/template/doc").status_code == 404 and client.get(f"{here}/take/other.csv").status_code == 404
    if form == "xlsx":
        grids = {g.name: g.rows for g in returned(template, {}).grids}
        assert list(grids) == ["lines", "how to fill it in", "rules"] and grids["lines"][0] == tuple(HEAD.split(";"))
        assert [r[0] for r in grids["how to fill it in"][1:]] == HEAD.split(";")


def test_agreements(x: Exchange) -> None:
    client = serving(x)
    here = made(client)
    client.post(brought(client, here, LINES), data={"how": "replace"})
    query = {"spent": "110", "cap": "5", "baseline": "1000", "came": "920", "least": "2", "share": "50"}
    told = text_of(client.get(f"{here}/agreements", params=query).text)
    assert "Overspent by 10 k GBP." in told and "5 k GBP is over everybody's cap" in told.replace("&#39;", "'")
    assert "Saved: 80 k GBP. 40 k GBP goes to those who saved, 40 k GBP stays with the payer." in told
    wrong = client.get(f"{here}/agreements", params={"spent": "lots"}).text
    assert 'aria-invalid="true"' in wrong and "This is no number of 0 or more." in wrong
    assert client.get(f"{made(client)}/agreements").status_code == 200, "without lines too"


@pytest.mark.parametrize("role", [r for r in Role if r not in {Role.MANAGER, Role.MACHINE}])
def test_nobody_else_comes_in(x: Exchange, role: Role) -> None:
    here = made(serving(x))
    other = serving(x, Viewer("other", role=role))
    for path in (
        "/money",
        here,
        f"{here}/lines",
        f"{here}/agreements",
        f"{here}/take/lines.csv",
        f"{here}/chart/years.svg",
        "/money/template/csv",
    ):
        assert other.get(path).status_code in {303, 401, 403}, path
    assert other.post("/money", data={"title": "x", "currency": "EUR", "rate": "0"}).status_code in {303, 401, 403}
    assert other.post(f"{here}/drop", data={"sure": "yes"}).status_code in {303, 401, 403}
    assert funding.proposal(x, here.rpartition("/")[2], ANA)


def test_every_word_is_said_in_spanish() -> None:
    spanish = catalog("es")
    said = (
        {t for texts in words.RULES.values() for t in texts}
        | {t for t, _ in view.EXPLAINED}
        | set(view.RULES_OF_FILES)
        | set(view.YES)
    )
    for file in PAGES.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and re.search(r"\{(place|who|total|out|groups|low)\}", node.value)
            ):
                said.add(node.value)
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "say":
                said |= {a.value for a in ast.walk(node.args[0]) if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    missing = [t for t in said if (found := spanish.get(t)) is None or not found.string]
    assert len(said) > 60 and not missing, missing
