"""vado replay: read kept originals anew, see the difference, put it in force. `vado reread` is the same, by format."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import as_json, out
from vado.errors import CODES, SettingsError
from vado.exchange import replay as story
from vado.exchange.ports import Exchange
from vado.exchange.replay import THEN, TODAY, Difference
from vado.exchange.rows import Which, chosen
from vado.model.original import PartnerId, State
from vado.wiring.plugins import load_readers


@dataclass(frozen=True, slots=True)
class _How:
    version: str
    dry_run: bool
    yes: bool
    as_lines: bool


_DAYS = click.DateTime(("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"))


@click.command()
@click.option("--partner", metavar="ID", help="Only originals of this partner.")
@click.option(
    "--state", "states", multiple=True, type=click.Choice([s.value for s in State]), help="Only in this state; may be repeated."
)
@click.option(
    "--format", "reader", default="", metavar="NAME", help="Only what this reader has read: hl7v2, cda, fhir, table ..."
)
@click.option("--code", default="", metavar="CODE", help="Only with this issue: IN-003 ...")
@click.option("--from", "since", type=_DAYS, help="Only received then or later (UTC).")
@click.option("--to", "until", type=_DAYS, help="Only received before (UTC).")
@click.option("--original", default="", metavar="ID", help="Only the original whose id begins so.")
@click.option(
    "--version", default=TODAY, metavar="NAME", show_default=True,
    help="today: read anew. then: put back what was said at the first reading. hl7v2/2: what that version said, as it was kept.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show the difference; change nothing.")
@click.option("--yes", is_flag=True, help="Put it in force without asking.")
@click.option("--json", "as_lines", is_flag=True, help="One JSON line per original.")
@click.pass_obj
def replay(  # noqa: PLR0913 - options
    context: Context, partner: str | None, states: tuple[str, ...], reader: str, code: str, since: datetime | None,
    until: datetime | None, original: str, version: str, dry_run: bool, yes: bool, as_lines: bool,
) -> None:  # fmt: skip
    """Replay kept originals, on today's version or on the one that ran then.

    First the difference in facts is shown; then, if you say so, it is put in force. What was said before is kept with the version
    that had read it, and links stay. It may be stopped and begun again.
    """
    if code and code not in CODES:
        raise click.BadParameter("no such code; see docs/reference/errors.md", param_hint="--code")
    which = Which(
        PartnerId(partner) if partner else None, frozenset(map(State, states)), reader, code,
        since.replace(tzinfo=UTC) if since else None, until.replace(tzinfo=UTC) if until else None, original.lower(),
    )  # fmt: skip
    _replay(context, which, _How(version, dry_run, yes, as_lines))


@click.command()
@click.option("--reader", required=True, metavar="NAME", help="Which format: hl7v2, cda, fhir, table ...")
@click.option("--partner", metavar="ID", help="Only originals of this partner.")
@click.option("--original", default="", metavar="ID", help="Only the original whose id begins so.")
@click.option("--dry-run", is_flag=True, help="Show the difference; change nothing.")
@click.option("--yes", is_flag=True, help="Put it in force without asking.")
@click.option("--json", "as_lines", is_flag=True, help="One JSON line per original.")
@click.pass_obj
def reread(context: Context, reader: str, partner: str | None, original: str, dry_run: bool, yes: bool, as_lines: bool) -> None:  # noqa: PLR0913 - options
    """Run today's reader, profile and accepted maps over kept originals: `vado replay --format NAME`."""
    which = Which(PartnerId(partner) if partner else None, format=reader, original=original.lower())
    _replay(context, which, _How(TODAY, dry_run, yes, as_lines))


def _replay(context: Context, which: Which, how: _How) -> None:
    readers = {r.name for r in load_readers()}
    if which.format and which.format not in readers:
        raise SettingsError("CO-009", reader=which.format, known=", ".join(sorted(readers)))
    with context.exchange() as x:
        if which.partner and which.partner not in x.profiles:
            raise SettingsError("CO-004", partner=which.partner)
        if how.dry_run or not how.yes:
            shown = _show(story.replay(x, which, version=how.version, dry_run=True), x, which, as_lines=how.as_lines)
            if how.dry_run or how.as_lines or not shown or not click.confirm("Put this in force?", default=False):
                return
        found = story.replay(x, which, version=how.version, by=context.viewer.name)
        done = _show(found, x, which, as_lines=how.as_lines, quiet=not how.yes)
        if not how.as_lines:
            out.print(f"{done} originals replayed on {_named(how.version)}; what they said before is kept.")


def _show(found: Iterable[Difference], x: Exchange, which: Which, *, as_lines: bool, quiet: bool = False) -> int:
    """Print differences as they come, or their sum; give how many there are."""
    shown: list[Difference] = []
    for d in found if as_lines else _with_bar(found, sum(1 for _ in chosen(x, which))):
        shown.append(d)
        if as_lines:
            click.echo(as_json(_plain(d)))
    if not as_lines and not quiet:
        _tell(shown)
    return len(shown)


def _with_bar(found: Iterable[Difference], total: int) -> Iterator[Difference]:
    columns = (TextColumn("replaying"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True) as progress:
        yield from progress.track(found, total=total)


def _named(version: str) -> str:
    return {TODAY: "today's version", THEN: "the version that read them first"}.get(version, version)


def _plain(d: Difference) -> dict[str, object]:
    return {
        "original": d.row.original.id, "partner": d.row.original.partner, "before": d.before, "now": d.now, "added": dict(d.added),
        "removed": dict(d.removed), "changed": dict(d.changed), "same": d.same, "understood": d.understood,
        "linked": d.linked, "asked": d.asked,
    }  # fmt: skip


def _tell(shown: list[Difference]) -> None:
    """Print the sums over all originals."""
    table = Table("facts", "added", "removed", "changed in", box=None)
    added: Counter[str] = sum((d.added for d in shown), Counter())
    removed: Counter[str] = sum((d.removed for d in shown), Counter())
    changed: Counter[str] = sum((d.changed for d in shown), Counter())
    for kind in sorted({*added, *removed, *(c.partition(".")[0] for c in changed)}):
        names = ", ".join(f"{c.partition('.')[2]} {n}" for c, n in changed.most_common() if c.startswith(f"{kind}."))
        table.add_row(kind, str(added[kind] or ""), str(removed[kind] or ""), names)
    ways = Counter(f"{d.before or 'unread'} -> {d.now or 'stays as it is'}" for d in shown)
    out.print(", ".join(f"{n} originals {what}" for what, n in ways.most_common()) or "Nothing is meant by this choice.")
    if table.row_count:
        out.print(table)
    if shown:
        more, linked, asked = (sum(getattr(d, name) for d in shown) for name in ("understood", "linked", "asked"))
        out.print(f"{sum(d.same for d in shown)} facts stay as they are. Elements newly understood: {more}.")
        out.print(f"Patients that join others than before: {linked}. New doubts: {asked}. No link is taken away.")
