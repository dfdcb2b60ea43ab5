"""The report of a round: what the pages show is in it, what they hide is not, in both languages, as a page, a file and a PDF."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from lxml.html import fromstring  # pyright: ignore[reportAttributeAccessIssue] - lxml ships no types
from starlette.testclient import TestClient

from money_example import LINES
from plain import plain_exchange
from spoken import SIZES, answers, asked, kept, two_rounds
from vado.collaboration.picture import Picture as Answered
from vado.collaboration.picture_gaps import GAP
from vado.collaboration.respondents import CITIZENS, ROLES, of
from vado.collaboration.shown import Figure, Shown
from vado.exchange.collaboration.results import act, agree, results
from vado.exchange.ports import Exchange
from vado.model.account import Role
from vado.model.flow import Heads, Monthly
from vado.model.original import PartnerId
from vado.model.record import Viewer
from vado.model.report import Cell, Picture, Section, Table
from vado.model.survey import Roster, Tie
from vado.outgoing.report.write import write
from vado.web.access import Door
from vado.web.app import build
from vado.web.pages.report import answered, laid
from vado.web.pages.report.laid import Laid, laid_out
from vado.web.render import Reader
from vado.web.words import catalog

HERE = "http://testserver"
MANAGER = Viewer("manager", role=Role.MANAGER)
PACKAGE = Path(laid.__file__).parent


@pytest.fixture(scope="module")
def x() -> Exchange:
    """A place with two closed rounds, a workshop, a network, a proposal; and a round that is open."""
    made = plain_exchange()
    two_rounds(made)
    open_ = asked("open", SIZES, closes=date(2030, 1, 1))
    kept(made, open_, answers(open_, SIZES, 12, 5))
    agree(made, "autumn", "bri1", 2, ("letters come late", "not in the <north>"), MANAGER)
    act(made, "autumn", "bri1", "One bridge for letters", "hosp", "2026-03-01", MANAGER)
    with made.store.begin() as tx:
        tx.collaboration.put(Roster("autumn/hosp", "autumn", "hosp", (Tie("gp", 3, means=("coded",), effort=2),)))
        tx.flow.note_heads(
            Heads(made.clock(), held=(((PartnerId("gp"), PartnerId("hospital")), 23),), opened=(), monthly=Monthly())
        )
    asking = client(made)
    asking.post("/money", data={"title": "A ford for letters", "currency": "GBP", "rate": "0"})
    brought = asking.post("/money/a-ford-for-letters/bring", files={"file": ("lines.csv", LINES, "text/csv")})
    asking.post(brought.url.path, data={"keep": "yes"})
    return made


def client(x: Exchange, role: Role = Role.MANAGER, language: str = "en") -> TestClient:
    app = build(x, language=language, hosts=("testserver",), door=Door(guest=Viewer("somebody", role=role)))
    return TestClient(app, base_url=HERE, headers={"Origin": HERE})


def report(x: Exchange, language: str = "en", role: Role = Role.MANAGER, round_id: str = "autumn") -> Laid:
    made = laid_out(Reader(x, Viewer("somebody", role=role, language=language)), round_id)
    assert made
    return made


def section(of: Laid, id_: str) -> Section:
    return next(s for s in of.report.sections if s.id == id_)


def tables(some: Section) -> list[Table]:
    return [b for b in some.blocks if isinstance(b, Table)]


def told(cell: Cell, figure: Figure, *, n: bool = True) -> bool:
    """Say whether a field is that figure, or tells nothing but that it is hidden."""
    if not isinstance(figure, Shown):
        return (cell.kind, cell.note) == ("hidden", "") and not re.search(r"\d", cell.text)
    numbers = [f"{figure.low:g} to {figure.high:g}"] if figure.interval else []
    numbers += [f"n {figure.n}"] if n else []
    return (cell.text.removesuffix(" %"), cell.note) == (f"{figure.value:g}", ", ".join(numbers))


def maps_are_the_pages(maps: list[Table], shown: Answered) -> bool:
    """Say whether each field of the map of gaps is the page's: its points and n, or that it is hidden."""
    fields = sorted((c.text, c.note.partition(",")[0]) for t in maps for row in t.rows for c in row[1:])
    words = {"hidden": "hidden", "nobody": "nobody answered", "cannot": "cannot be said"}
    differences = [g.difference for g in shown.gaps]
    return fields == sorted(
        (f"{d.value:+g}", f"n {d.n}") if isinstance(d, Shown) else (words[d.why.value], "") for d in differences
    )


def text_of(content: bytes) -> str:
    document = pypdfium2.PdfDocument(BytesIO(content))
    return " ".join(" ".join(page.get_textpage().get_text_bounded().split()) for page in document)


@pytest.mark.parametrize("round_id", ["spring", "autumn"])
def test_every_score_is_that_of_the_page(x: Exchange, round_id: str) -> None:
    shown = results(x, round_id, MANAGER).picture
    assert shown
    by_voice, *by_organisation, sound = tables(section(report(x, round_id=round_id), "scores"))
    for n, d in enumerate(by_voice.rows):
        assert all(told(c, shown.scores[v][n]) for c, v in zip(d[1:], ("system", *ROLES, CITIZENS), strict=True))
    voices = ["staff", *(of(o) for o in SIZES)]
    columns = [[row[n] for row in t.rows] for t in by_organisation for n in range(1, len(t.heads))]
    assert len(columns) == len(voices)
    for voice, column in zip(voices, columns, strict=True):
        assert all(told(c, f) for c, f in zip(column, shown.scores[voice], strict=True))
    for n, row in enumerate(sound.rows):
        assert told(row[1], shown.together[n]) and told(row[2], shown.importance[n])


def test_every_gap_question_and_voice_is_that_of_the_page(x: Exchange) -> None:
    made, shown = report(x), results(x, "autumn", MANAGER).picture
    assert shown
    named, *maps = tables(section(made, "gaps"))
    gaps = [g for g in (*shown.gaps, *shown.item_gaps) if g.test and g.test.verdict == GAP]
    assert len(named.rows) == len(gaps) > 0
    assert {c.text for row in named.rows for c in row[3:4]} == {
        f"{g.difference.value:+g}" for g in gaps if isinstance(g.difference, Shown)
    }
    assert maps_are_the_pages(maps, shown)
    (each,) = tables(section(made, "questions"))
    for row, q in zip(each.rows, shown.questions, strict=True):
        assert all(told(c, q.means[g]) for c, g in zip(row[1:4], (*ROLES, CITIZENS), strict=True))
        assert told(row[4], q.named, n=False) and told(row[5], q.cannot_say, n=False)
    register = tables(section(made, "voices"))[0]
    for row, cell in zip(register.rows, shown.voices.cells, strict=True):
        assert told(row[3], cell.answered, n=False)
        assert row[4].text == "hidden" if row[3].text == "hidden" else True


def test_what_is_hidden_is_in_no_form_of_it() -> None:
    """A place of few people: each figure that its pages hide is hidden in the report, whichever form it has."""
    few = plain_exchange()
    sizes = {"hosp": (12, 6), "gp": (4, 1), "cross": (7, 3)}
    round_ = asked("small", sizes)
    kept(few, round_, answers(round_, sizes, 3, 4))
    shown, made, browser = results(few, "small", MANAGER).picture, report(few, round_id="small"), client(few)
    assert shown and not isinstance(shown.voices.n[CITIZENS], Shown)
    for n, row in enumerate(tables(section(made, "scores"))[0].rows):
        assert all(told(c, shown.scores[v][n]) for c, v in zip(row[1:], ("system", *ROLES, CITIZENS), strict=True))
        assert row[4].kind == "hidden"  # three citizens
    assert maps_are_the_pages(tables(section(made, "gaps"))[-2:], shown) and any(
        not isinstance(g.difference, Shown) for g in shown.gaps
    )
    cells = [c for s in made.report.sections for t in tables(s) for row in t.rows for c in row]
    assert sum(c.kind == "hidden" for c in cells) > 100
    for ending in ("", ".html"):
        found = fromstring(browser.get(f"/rounds/small/report{ending}").content).xpath("//article//tbody//tr/*")
        assert ["".join(f.text_content().split()) for f in found] == ["".join((c.text + c.note).split()) for c in cells]
        assert "Citizens: hidden" in browser.get(f"/rounds/small/report{ending}").text
    paper = text_of(browser.get("/rounds/small/report.pdf").content)
    assert "Citizens: hidden" in paper
    words = ("hidden", "nobody answered", "cannot be said")
    assert sum(paper.count(w) for w in words) >= sum(c.kind == "hidden" and c.text in words for c in cells)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "In short",
                "What people see differently",
                "not shown to differ",
                "What stands in the way",
                "Nobody is",
                "Page 1 of",
            ),
        ),
        (
            "es",
            (
                "En pocas palabras",
                "Qué se ve de distinta manera",
                "no se ve que difieran",
                "Qué estorba",
                "Nadie está",
                "Página 1 de",
            ),
        ),
    ],
)
def test_page_file_and_pdf_say_the_same_in_both_languages(x: Exchange, language: str, words: tuple[str, ...]) -> None:
    browser, made = client(x, language=language), report(x, language)
    page, file, pdf = (browser.get(f"/rounds/autumn/report{ending}") for ending in ("", ".html", ".pdf"))
    assert f'<html lang="{language}"' in page.text and f'<html lang="{language}"' in file.text
    paper, bare = text_of(pdf.content), "".join(text_of(pdf.content).split())
    for s in made.report.sections:
        assert f">{s.title}<" in page.text and f">{s.title}<" in file.text and s.title in paper
        for t in tables(s):
            for c in (c for row in t.rows for c in row):
                assert "".join(c.text.split()) in bare, (s.id, c.text)
    for word in words[:1] + words[-1:]:
        assert word in paper
    for text in ("letters come late", "not in the <north>", "One bridge for letters"):
        assert text in paper and text.replace("<", "&lt;").replace(">", "&gt;") in page.text


def test_the_file_fetches_nothing_and_the_page_runs_nothing(x: Exchange) -> None:
    answer = client(x).get("/rounds/autumn/report.html")
    assert answer.headers["content-disposition"] == 'attachment; filename="autumn.html"'
    assert not re.search(r"""(?:src|srcset|href)=["'](?!data:|#)""", answer.text)
    assert not re.search(r"url\((?!['\"]?data:)", answer.text)
    assert "<script" not in answer.text
    assert len(answer.content) < 600_000
    assert len(client(x).get("/rounds/autumn/report").content) < 150_000


def test_the_pdf_is_tagged_named_and_in_its_language(x: Exchange) -> None:
    content = client(x, language="es").get("/rounds/autumn/report.pdf").content
    document = pypdfium2.PdfDocument(BytesIO(content))
    assert document.get_metadata_value("Title") == "Round autumn"
    assert b"/MarkInfo" in content or b"/StructTreeRoot" in content
    assert re.search(rb"/Lang\s*\(es\)", content)
    assert 5 < len(document) < 40
    laid_ = report(x, "es")
    assert write(laid_.report, laid_.draw, datetime(2026, 1, 1, tzinfo=UTC)) == write(
        laid_.report, laid_.draw, datetime(2026, 1, 1, tzinfo=UTC)
    )


def test_money_is_for_whoever_may_read_it_and_nobody_else(x: Exchange) -> None:
    assert "A ford for letters" in client(x).get("/rounds/autumn/report").text
    citizen = client(x, Role.CITIZEN)
    for ending in ("", ".html"):
        text = citizen.get(f"/rounds/autumn/report{ending}").text
        assert "A ford for letters" not in text and "GBP" not in text and "In short" in text
    assert "GBP" not in text_of(citizen.get("/rounds/autumn/report.pdf").content)
    assert "GBP" in text_of(client(x).get("/rounds/autumn/report.pdf").content)


def test_an_open_round_has_no_report(x: Exchange) -> None:
    for ending in ("", ".html", ".pdf"):
        answer = client(x).get(f"/rounds/open/report{ending}", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/rounds/open/picture")
    assert laid_out(Reader(x, MANAGER), "open") is None
    assert client(x).get("/rounds/none/report").status_code == 404


def test_a_place_with_nothing_in_it_says_so() -> None:
    bare = plain_exchange()
    kept(bare, asked("first", SIZES), [])
    made = report(bare, round_id="first")
    assert not any(isinstance(b, Picture) and b.name != "network" for s in made.report.sections for b in s.blocks)
    text = client(bare).get("/rounds/first/report").text
    for words in ("No two groups are shown to differ", "Nothing has been agreed yet", "No tie is said or seen"):
        assert words in text
    assert text_of(client(bare).get("/rounds/first/report.pdf").content)


def test_every_picture_has_words_a_table_and_an_address_that_the_pages_have(x: Exchange) -> None:
    made, browser = report(x), client(x)
    pictures = [(s, b) for s in made.report.sections for b in s.blocks if isinstance(b, Picture)]
    assert {p.name for _, p in pictures} == set(made.draw) >= {"picture", "talk", "network"}
    for s, p in pictures:
        assert p.says and tables(s)
        assert browser.get(p.address).headers["content-type"] == "image/svg+xml"


def test_the_look_is_noted(x: Exchange) -> None:
    client(x).get("/rounds/autumn/report")
    with x.store.begin() as tx:
        assert any((a.action, a.subject) == ("see-report", "autumn") for a in tx.audits())


def test_every_text_of_it_is_in_spanish() -> None:
    spanish = catalog("es")
    every = [text for path in PACKAGE.glob("*.py") for text in _said(path)] + [*laid.NAMES.values(), answered.NOT_AGREEMENT]
    assert len(every) > 150
    for text in every:
        found = spanish.get(text)
        assert found is not None and found.string, f"no Spanish for {text!r} in locale/es.po"


def _said(path: Path) -> Iterator[str]:
    """Give the texts that code hands to `say`, also those of map(say, ...)."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and (_is_say(node.func) or (node.args and _is_say(node.args[0]))):
            yield from (
                c.value for arg in node.args for c in ast.walk(arg) if isinstance(c, ast.Constant) and isinstance(c.value, str)
            )


def _is_say(name: ast.expr) -> bool:
    return (isinstance(name, ast.Name) and name.id == "say") or (isinstance(name, ast.Attribute) and name.attr == "say")
