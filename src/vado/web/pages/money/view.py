"""Proposals as pages: the list, and one with who gains, who pays, how it could be shared and how sure that is."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.collaboration.money import card as reckoned
from vado.collaboration.money import rows
from vado.collaboration.money.card import Card, Odds, Rule, Sharing
from vado.errors import VadoError
from vado.exchange import allow
from vado.exchange.collaboration import funding
from vado.exchange.collaboration.funding import Terms
from vado.model.funding import Proposal
from vado.outgoing.table.cells import neutral
from vado.outgoing.table.file import XLSX, csv_file, xlsx_file
from vado.outgoing.xlsform.write import write
from vado.web.charts import Chart, picture
from vado.web.forms import small_form
from vado.web.pages.money.pictures import charts
from vado.web.pages.money.words import RULES, Words, results
from vado.web.render import Asked, Complaint, asked, page

_CSV = "text/csv; charset=utf-8"
YES = ("yes", "no")


@dataclass(frozen=True, slots=True)
class Row:
    """One proposal of the list."""

    of: Proposal
    gist: str


@dataclass(frozen=True, slots=True)
class Listed:
    """The list."""

    rows: tuple[Row, ...]
    complaint: Complaint | None = None
    terms: Terms = Terms("", "EUR", "3.5")


@dataclass(frozen=True, slots=True)
class Near:
    """One proposal."""

    of: Proposal
    words: Words
    card: Card
    sharing: Sharing
    rule: Rule
    rules: tuple[tuple[str, str, str], ...]  # name, as the switch says it, what it does; those that were reckoned
    odds: Odds
    charts: dict[str, Chart]
    exact: int = reckoned.EXACT
    draws: int = reckoned.DRAWS


def proposals(request: Request) -> Response:
    """List them."""
    return _listed(asked(request))


async def make(request: Request) -> Response:
    """Make one without lines, and go to where lines are brought."""
    who, form = asked(request), await small_form(request)
    return await run_in_threadpool(_made, who, Terms(form.get("title", ""), form.get("currency", ""), form.get("rate", "")))


def proposal(request: Request) -> Response:
    """Show who gains and who pays."""
    who = asked(request)
    of = funding.proposal(who.x, request.path_params["proposal"], who.viewer)
    words = Words(who.say, who.viewer.language, of)
    card, shared, odds = reckoned.card(of), reckoned.shares(of), reckoned.odds(of)
    rule = shared.rule(request.query_params.get("rule", "shapley")) or shared.rules[0]
    rules = tuple((r.name, who.say(RULES[r.name][0]), who.say(RULES[r.name][1])) for r in shared.rules)
    shown = charts(of, words, card, odds) if of.lines else {}
    return page(who, "money/page.html", Near(of, words, card, shared, rule, rules, odds, shown))


def chart(request: Request) -> Response:
    """Draw one of its charts."""
    who = asked(request)
    of = funding.proposal(who.x, request.path_params["proposal"], who.viewer, "draw-proposal")
    found = charts(of, Words(who.say, who.viewer.language, of), reckoned.card(of), reckoned.odds(of)) if of.lines else {}
    if (shown := found.get(request.path_params["chart"])) is None:
        raise HTTPException(404)
    return picture(request, shown)


def take(request: Request) -> Response:
    """Give lines or results as a file."""
    who, what = asked(request), request.path_params["what"]
    made = _TAKEN.get(what)
    if made is None:
        raise HTTPException(404)
    of = funding.proposal(who.x, request.path_params["proposal"], who.viewer, "export-proposal")
    content, kind = made(who, of)
    return _file(content, kind, f"{of.id}-{what}")


def template(request: Request) -> Response:
    """Give the table to fill in: a workbook with a sheet that explains it, or the headings as CSV."""
    who, form = asked(request), request.path_params["form"]
    allow.check(who.viewer, "money.read")
    language = who.viewer.language
    if form == "csv":
        return _file(_csv([list(rows.HEADINGS[language])]), _CSV, "money.csv")
    if form != "xlsx":
        raise HTTPException(404)
    return _file(write(_template(who), who.x.clock()), XLSX, "money.xlsx")


def _template(who: Asked) -> dict[str, list[dict[str, str]]]:
    heads, say = rows.HEADINGS[who.viewer.language], who.say
    return {
        say("lines"): [dict.fromkeys(heads, "")],
        say("how to fill it in"): [
            {say("column"): head, say("what it is"): say(what), say("for example"): say(example)}
            for head, (what, example) in zip(heads, EXPLAINED, strict=True)
        ],
        say("rules"): [{say("rules"): say(text)} for text in RULES_OF_FILES],
    }


EXPLAINED = (  # of each column, in the order of rows.COLUMNS
    ("Whose cost or benefit it is: the same name in every row", "Hospital"),
    ("cost or benefit", "cost"),
    ("What it is, in a few words; the same words in every year", "Interface to the practices"),
    ("A whole number: 0 is now, 1 is in a year", "1"),
    ("The least that it could be; empty: as likely", "50"),
    ("The most likely amount; never below 0", "60"),
    ("The most that it could be; empty: as likely", "90"),
    ("1: sure, with figures of one's own; 6: a guess", "2"),
    ("yes where a budget really becomes smaller; no, or empty, where it is time or wellbeing", "yes"),
    ("Organisations without which it does not happen, with a semicolon between two", "Council; Practice North"),
)
RULES_OF_FILES = (
    "One row is one cost or one benefit of one organisation in one year.",
    "The last of . and , in a number is its decimal mark. Where one mark stands before exactly three digits, the other numbers of the "
    "file decide; where none does, the row is refused.",
    "In a workbook, numbers that are numbers are taken as they are.",
    "A row whose organisation or label is total is no line: it is compared with its lines, and a difference is said.",
    "Nothing is kept before you have seen what would be taken and what would not.",
)


def _listed(who: Asked, complaint: Complaint | None = None, terms: Terms | None = None, status: int = 200) -> Response:
    found = funding.proposals(who.x, who.viewer)
    listed = tuple(
        Row(p, Words(who.say, who.viewer.language, p).gist(reckoned.card(p)) if p.lines else who.say("No lines yet."))
        for p in found
    )
    return page(who, "money/list.html", Listed(listed, complaint, terms or Terms("", "EUR", "3.5")), status)


def _made(who: Asked, terms: Terms) -> Response:
    try:
        made = funding.make(who.x, terms, who.viewer)
    except VadoError as fault:
        if fault.code != "MO-035":
            raise
        return _listed(who, who.told(fault), terms, fault.kind.http)
    return RedirectResponse(f"/money/{made.id}/lines", 303)


def lines_of(who: Asked, of: Proposal) -> list[list[str | float]]:
    """Give the lines as the table that can be brought again."""
    yes, no = map(who.say, YES)
    return rows.written(of.lines, of.names, who.viewer.language, (yes, no))


def _results(who: Asked, of: Proposal) -> list[list[str | float]]:
    words = Words(who.say, who.viewer.language, of)
    return results(words, of, reckoned.card(of), reckoned.shares(of), reckoned.odds(of))


def _csv(some: list[list[str]] | list[list[str | float]]) -> bytes:
    """Write a table with `;` and, for numbers, `.`: every spreadsheet opens it with its accents."""
    told = [[neutral(c) if isinstance(c, str) else f"{c:.12g}" for c in row] for row in some]
    return b"\xef\xbb\xbf" + csv_file(told, ";", "utf-8")[0]


def _as_csv(table: Callable[[Asked, Proposal], list[list[str | float]]]) -> Callable[[Asked, Proposal], tuple[bytes, str]]:
    return lambda who, of: (_csv(table(who, of)), _CSV)


def _as_xlsx(table: Callable[[Asked, Proposal], list[list[str | float]]]) -> Callable[[Asked, Proposal], tuple[bytes, str]]:
    return lambda who, of: (xlsx_file(table(who, of), who.say("lines")), XLSX)


_TAKEN = {
    "lines.csv": _as_csv(lines_of), "lines.xlsx": _as_xlsx(lines_of), "results.csv": _as_csv(_results), "results.xlsx": _as_xlsx(_results),
}  # fmt: skip


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
