"""vado collaboration forms|bring: the questionnaire of a round in its other forms, and answers back from them."""

from pathlib import Path

import click

from vado.cli.main import Context
from vado.cli.words import as_json, out
from vado.model.survey import Who

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("round_id", metavar="ROUND")
@click.option("--xlsform", type=_FILE, help="XLSX to write: the questions, for ODK and Kobo.")
@click.option("--roster", type=_FILE, help="XLSX to write: whom an organisation works with.")
@click.option("--questionnaire", type=_FILE, help="JSON to write: FHIR Questionnaire.")
@click.option("--csv", "table", type=_FILE, help="CSV to write: the table to fill in.")
@click.option("--paper", type=_FILE, help="PDF to write: the paper form.")
@click.option(
    "--who", type=click.Choice([w.value for w in Who]), default="practitioner", show_default=True, help="Whose paper form."
)
@click.option("--language", type=click.Choice(["en", "es"]), default="en", show_default=True, help="Of the paper form.")
@click.option("--voice", default="", metavar="ID", help="Organisation or group that gets the paper form.")
@click.pass_obj
def forms(  # noqa: PLR0913, PLR0917 - one option each
    context: Context, round_id: str, xlsform: Path | None, roster: Path | None, questionnaire: Path | None, table: Path | None,
    paper: Path | None, who: str, language: str, voice: str,
) -> None:  # fmt: skip
    """Write the questionnaire of a round in other forms, as many as are asked for."""
    from vado.exchange.collaboration import forms as made
    from vado.outgoing.table.file import for_spreadsheets
    from vado.outgoing.xlsform.write import write

    if not any((xlsform, roster, questionnaire, table, paper)):
        raise click.UsageError("Say what to write: --xlsform, --roster, --questionnaire, --csv or --paper")
    with context.exchange() as x:
        viewer = context.viewer
        for path, is_roster in ((xlsform, False), (roster, True)):
            if path:
                _write(path, write(made.workbook(x, round_id, viewer, roster=is_roster), x.clock()))
        if questionnaire:
            _write(questionnaire, as_json(made.fhir(x, round_id, viewer)).encode())
        if table:
            _write(table, for_spreadsheets(made.table(x, round_id, viewer)))
        if paper:
            _write(paper, made.blank(x, round_id, viewer, who=Who(who), language=language, voice=voice))


@click.command()
@click.argument("round_id", metavar="ROUND")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--empty", is_flag=True, help="Take paper forms with doubtful boxes left empty (else they wait for the page).")
@click.option("--voice", default="", metavar="ID", help="With --empty: whose forms they are that do not say it.")
@click.option("--json", "as_lines", is_flag=True, help="Say it as one line of JSON.")
@click.pass_context
def bring(ctx: click.Context, round_id: str, file: Path, empty: bool, voice: str, as_lines: bool) -> None:  # noqa: PLR0913, PLR0917
    """Take in a file of answers: a table, FHIR responses, or a scan of paper forms. Says why a row is not taken.

    Exit code 1 when something was not taken, or waits for somebody.
    """
    from vado.exchange.collaboration.bring_in import bring_in, settle

    context: Context = ctx.obj
    with context.exchange() as x:
        told = bring_in(x, round_id, file.read_bytes(), context.viewer)
        taken, again, refused, issues, waiting = told.taken, told.again, told.refused, list(told.issues), len(told.waiting)
        for sheet in told.waiting if empty else ():
            one = settle(x, round_id, sheet, {"voice": voice}, context.viewer)
            taken, again, refused, waiting = taken + one.taken, again + one.again, refused + one.refused, waiting - 1
            issues += one.issues
    if as_lines:
        said = [{"code": i.code, "what": i.what, "do": i.do} for i in issues]
        click.echo(
            as_json(
                {"taken": taken, "rosters": told.rosters, "again": again, "refused": refused, "waiting": waiting, "issues": said}
            )
        )
    else:
        for i in issues:
            out.print(f"{i.code} {i.what}. {i.do}.")
        out.print(f"{taken} taken, {again} here already, {refused} not taken, {waiting} waiting to be looked at")
        if told.rosters:
            out.print(f"{told.rosters} organisations said whom they work with")
        if waiting:
            out.print(f"Bring the scan on the page /rounds/{round_id}/forms to look at them, or use --empty")
    if refused or waiting:
        ctx.exit(1)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    out.print(str(path))
