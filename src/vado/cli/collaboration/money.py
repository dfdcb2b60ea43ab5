"""vado collaboration money: proposals, who gains and who pays."""

from pathlib import Path

import click
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import out
from vado.collaboration.money import card as reckoned
from vado.exchange.collaboration import funding
from vado.exchange.ports import Exchange
from vado.model.funding import Proposal
from vado.model.reading import Issue
from vado.outgoing.table.cells import neutral
from vado.outgoing.table.file import csv_file, xlsx_file
from vado.web.pages.money.words import RULES, Words, results
from vado.web.words import translations


@click.command()
@click.argument("proposal_id", metavar="[PROPOSAL]", default="")
@click.option(
    "--lines",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV or workbook with lines, to keep in place of those before.",
)
@click.option("--add", is_flag=True, help="Keep them besides those before.")
@click.option("--out", "target", type=click.Path(dir_okay=False, path_type=Path), help="CSV or XLSX to write: the results.")
@click.option("--make", "title", metavar="TITLE", help="Make a proposal.")
@click.option("--currency", default="EUR", show_default=True, help="Of a proposal that is made.")
@click.option(
    "--rate", default="3.5", show_default=True, metavar="PERCENT", help="Discount rate of a proposal that is made, a year."
)
@click.pass_context
def money(  # noqa: PLR0913, PLR0917 - one option each
    ctx: click.Context, proposal_id: str, file: Path | None, add: bool, target: Path | None, title: str | None, currency: str, rate: str
) -> None:  # fmt: skip
    """List proposals, or show one: who gains, who pays, and how the gain could be shared. Says why a row is not taken.

    Exit code 1 when a row was not taken.
    """
    context: Context = ctx.obj
    refused = 0
    with context.exchange() as x:
        language, viewer = context.settings().language, context.viewer
        if title:
            proposal_id = funding.make(x, funding.Terms(title, currency, rate), viewer).id
        if not proposal_id:
            _list(x, language, context)
            return
        if file:
            table = funding.look(x, proposal_id, file.read_bytes(), viewer)
            _say(tuple(i for r in table.refused for i in r.issues) + table.doubts)
            refused = len(table.refused)
            funding.take(x, proposal_id, table, viewer, add=add)
            out.print(f"{len(table.lines)} lines taken, {refused} rows not taken")
        of = funding.proposal(x, proposal_id, viewer)
    words = Words(translations(language).gettext, language, of)
    if of.lines:
        _show(of, words)
    else:
        out.print(f"{of.id}: {words.say('No lines yet.')}", markup=False)
    if target:
        target.write_bytes(_file(of, words, target))
        out.print(str(target))
    if refused:
        ctx.exit(1)


def _list(x: Exchange, language: str, context: Context) -> None:
    found = funding.proposals(x, context.viewer)
    for p in found:
        words = Words(translations(language).gettext, language, p)
        out.print(f"{p.id}: {p.title}. {words.gist(reckoned.card(p)) if p.lines else words.say('No lines yet.')}", markup=False)
    if not found:
        out.print("There is no proposal yet: `vado collaboration money --make TITLE`.", markup=False)


def _say(issues: tuple[Issue, ...]) -> None:
    for i in issues:
        out.print(f"{i.code} {i.what}. {i.do}.", markup=False)


def _show(of: Proposal, words: Words) -> None:
    card, shared, odds = reckoned.card(of), reckoned.shares(of), reckoned.odds(of)
    out.print(words.gist(card), style="bold", markup=False)
    table = Table(box=None, header_style="bold")
    for head in ("organisation", "net today", "chance of losing"):
        table.add_column(words.say(head), justify="left" if head == "organisation" else "right")
    for rule in shared.rules:
        table.add_column(words.say(RULES[rule.name][0]), justify="right")
    for p in card.positions:
        told = [words.amount(r.share[p.organisation]) for r in shared.rules]
        table.add_row(p.name, words.amount(p.net), words.part(odds.chances.loses(p.organisation)), *told)
    out.print(table)
    if text := words.left_out(shared):
        out.print(text, markup=False)
    for rule in shared.rules:
        out.print(f"{words.say(RULES[rule.name][0])}: {words.verdict(rule)}", markup=False)


def _file(of: Proposal, words: Words, target: Path) -> bytes:
    rows = results(words, of, reckoned.card(of), reckoned.shares(of), reckoned.odds(of)) if of.lines else []
    if target.suffix.casefold() == ".xlsx":
        return xlsx_file(rows, "results")
    return (
        b"\xef\xbb\xbf"
        + csv_file([[neutral(c) if isinstance(c, str) else f"{c:.12g}" for c in r] for r in rows], ";", "utf-8")[0]
    )
