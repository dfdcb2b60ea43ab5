"""vado audit: who saw or did what, and whether that list is as it was written."""

from pathlib import Path

import click
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import as_json, out
from vado.exchange.trail import anchors_in, listed
from vado.exchange.trail import verify as verify_trail


@click.group()
def audit() -> None:
    """List the audit trail, and verify that nobody altered it."""


@audit.command("list")
@click.option("--subject", default="", metavar="ID", help="Only what is about this person, patient, fact or original.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--json", "as_lines", is_flag=True, help="One JSON line each.")
@click.pass_obj
def list_(context: Context, subject: str, limit: int, as_lines: bool) -> None:
    """List who saw or did what, newest first. That you looked is noted too."""
    with context.exchange() as x:
        found = listed(x, subject, limit, context.viewer)
    if as_lines:
        for a in found:
            click.echo(as_json({"at": a.at.isoformat(), "who": a.who, "action": a.action, "subject": a.subject}))
        return
    table = Table("when", "who", "what", "subject", box=None)
    for a in found:
        table.add_row(f"{a.at:%Y-%m-%d %H:%M:%S}", a.who, a.action, a.subject)
    out.print(table)


@audit.command()
@click.option("--anchor", type=click.Path(dir_okay=False, path_type=Path), help="File of anchors; else data/audit-anchors.jsonl.")
@click.option("--no-anchor", is_flag=True, help="Do not add the end of the trail to the file.")
@click.pass_obj
def verify(context: Context, anchor: Path | None, no_anchor: bool) -> None:
    """Go through the whole trail: every row must follow from the one before, and be there as it was anchored.

    The end of the trail is added to the file of anchors. Copy that file to where the people who run the database cannot write:
    only then would a trail that was written anew from the beginning be seen, or one whose end was cut off.
    """
    path = anchor or context.settings().place / "data" / "audit-anchors.jsonl"
    known = anchors_in(path.read_bytes()) if path.exists() else []
    with context.exchange() as x:
        rows, end = verify_trail(x, known)
    if end and not no_anchor and (not known or known[-1].seq != end.seq):
        with path.open("a", encoding="utf-8") as file:
            file.write(as_json({"at": end.at.isoformat(), "seq": end.seq, "hash": end.hash}) + "\n")
    click.echo(f"{rows} rows follow one from the other, through {len(known)} anchors. The last: {end.hash if end else '-'}")
