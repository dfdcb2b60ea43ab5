"""vado reread: read kept originals anew, see the difference, put it in force."""

from collections import Counter

import click
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import as_json, out
from vado.errors import SettingsError
from vado.exchange import reread as story
from vado.model.original import PartnerId
from vado.wiring.plugins import load_readers


@click.command()
@click.option("--reader", required=True, metavar="NAME", help="Which format: hl7v2, cda, fhir, table ...")
@click.option("--partner", metavar="ID", help="Only originals of this partner.")
@click.option("--original", default="", metavar="ID", help="Only the original whose id begins so.")
@click.option("--dry-run", is_flag=True, help="Show the difference; change nothing.")
@click.option("--yes", is_flag=True, help="Put it in force without asking.")
@click.option("--json", "as_lines", is_flag=True, help="One JSON line per original.")
@click.pass_obj
def reread(context: Context, reader: str, partner: str | None, original: str, dry_run: bool, yes: bool, as_lines: bool) -> None:  # noqa: PLR0913 - options
    """Run today's reader, profile and accepted maps over kept originals.

    First the difference in facts is shown; then, if you say so, it is put in force. What was said before is kept with the version
    that had read it, and links stay.
    """
    readers = {r.name: r.version for r in load_readers()}
    if reader not in readers:
        raise SettingsError("CO-009", reader=reader, known=", ".join(sorted(readers)))
    with context.exchange() as x:
        if partner and partner not in x.profiles:
            raise SettingsError("CO-004", partner=partner)
        only = PartnerId(partner) if partner else None
        shown = list(story.reread(x, reader=reader, partner=only, original=original, dry_run=True))
        if as_lines:
            for d in shown:
                click.echo(as_json(_plain(d)))
        else:
            _tell(shown)
        if dry_run or not shown:
            return
        if not yes and not as_lines and not click.confirm("Put this in force?", default=False):
            return
        n = sum(1 for _ in story.reread(x, reader=reader, partner=only, original=original))
        if not as_lines:
            out.print(f"{n} originals read anew; what they said before is kept.")


def _plain(d: story.Difference) -> dict[str, object]:
    return {
        "original": d.row.original.id, "partner": d.row.original.partner, "before": d.before, "now": d.now, "added": dict(d.added),
        "removed": dict(d.removed), "changed": dict(d.changed), "same": d.same, "understood": d.understood,
    }  # fmt: skip


def _tell(shown: list[story.Difference]) -> None:
    """Print the sums over all originals."""
    table = Table("facts", "added", "removed", "changed in", box=None)
    added: Counter[str] = sum((d.added for d in shown), Counter())
    removed: Counter[str] = sum((d.removed for d in shown), Counter())
    changed: Counter[str] = sum((d.changed for d in shown), Counter())
    for kind in sorted({*added, *removed, *(c.partition(".")[0] for c in changed)}):
        names = ", ".join(f"{c.partition('.')[2]} {n}" for c, n in changed.most_common() if c.startswith(f"{kind}."))
        table.add_row(kind, str(added[kind] or ""), str(removed[kind] or ""), names)
    stale = Counter(f"{d.before} -> {d.now or 'not readable'}" for d in shown)
    out.print(", ".join(f"{n} originals {what}" for what, n in stale.most_common()) or "Nothing was read by this reader.")
    if table.row_count:
        out.print(table)
    if shown:
        more = sum(d.understood for d in shown)
        out.print(f"{sum(d.same for d in shown)} facts stay as they are. Elements newly understood: {more}.")
