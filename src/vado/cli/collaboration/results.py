"""vado collaboration results: what a closed round says, on the terminal, as CSV, or as a report."""

from dataclasses import replace
from pathlib import Path

import click
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import out
from vado.collaboration.picture import SYSTEM, Picture
from vado.collaboration.picture_gaps import GAP
from vado.collaboration.picture_items import blocks, first_talked_of
from vado.collaboration.respondents import CITIZENS, ROLES
from vado.collaboration.shown import Figure, Shown
from vado.exchange.collaboration.results import Results, results, table
from vado.exchange.ports import Exchange
from vado.model.record import Viewer
from vado.outgoing.table.file import for_spreadsheets
from vado.web.words import LANGUAGES

_WAYS = (".pdf", ".html")
_FEW = 5  # questions to talk about first


@click.command("results")
@click.argument("round_id", metavar="ROUND")
@click.option(
    "--csv", "csv_file", type=click.Path(dir_okay=False, path_type=Path), help="Write every figure that is shown to this file."
)
@click.option(
    "--report",
    "report_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report of the round: FILE.pdf or FILE.html.",
)
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the report (else that of the place).")
@click.pass_obj
def show_results(context: Context, round_id: str, csv_file: Path | None, report_file: Path | None, lang: str | None) -> None:
    """Show what a round says, once it is closed: scores by voice, gaps, what to talk about first, what stands in the way.

    The questionnaire is not validated. Figures of few people are hidden, and "not shown to differ" does not mean that people agree.
    """
    if report_file and report_file.suffix.casefold() not in _WAYS:
        raise click.BadParameter("the name ends in .pdf or .html", param_hint="--report")
    with context.exchange() as x:
        found = results(x, round_id, context.viewer)
        if report_file and found.picture:
            _report(x, round_id, replace(context.viewer, language=lang or context.settings().language), report_file)
            return
    if found.picture is None:
        until = found.round.closes.isoformat() if found.round.closes else "somebody closes it"
        click.echo(f"The round takes answers until {until}; its figures are shown after that.")
    elif csv_file:
        csv_file.write_bytes(for_spreadsheets(table(found.picture)))
        click.echo(f"{csv_file} written.")
    else:
        _show(found, found.picture)


def _report(x: Exchange, round_id: str, viewer: Viewer, file: Path) -> None:
    from vado.web.pages.report.laid import laid_out
    from vado.web.pages.report.view import html, pdf
    from vado.web.render import Reader

    who = Reader(x, viewer)
    if laid := laid_out(who, round_id):
        file.write_bytes(pdf(who, laid) if file.suffix.casefold() == ".pdf" else html(who, laid).encode())
        click.echo(f"{file} written.")


def _show(found: Results, picture: Picture) -> None:
    lines = Table("dimension", "organisations", *ROLES, "citizens", box=None)
    names = {d.id: d.text["en"] for d in found.instrument.dimensions}
    for n, dimension in enumerate(picture.dimensions):
        lines.add_row(names[dimension], *(_text(picture.scores[v][n]) for v in (SYSTEM, *ROLES, CITIZENS)))
    out.print(lines)
    gaps = [g for g in (*picture.gaps, *picture.item_gaps) if g.test and g.test.verdict == GAP]
    items = found.instrument.items
    for g in gaps:
        of = names.get(g.about) or items[g.about].text["en"]
        out.print(f"gap: {' - '.join(g.pair)}, {_text(g.difference)}: {of}", markup=False)
    if not gaps:
        out.print("No two groups are shown to differ. That is not the same as agreement.")
    for q in first_talked_of(picture.questions)[:_FEW]:
        out.print(f"talk about: {q.item.text['en']}", markup=False)
    for q in blocks(picture.questions):
        out.print(f"block ({q.item.block or 'other'}): {q.item.text['en']}", markup=False)
    out.print(
        f"Scores 0 to 100 with 95 % intervals; {picture.hidden} of them hidden, where fewer than {picture.least} people would be told of."
    )


def _text(f: Figure) -> str:
    if not isinstance(f, Shown):
        return f.why.value
    return f"{f.value:g}" + (f" ({f.low:g} to {f.high:g})" if f.interval else "") + f", n {f.n}"
