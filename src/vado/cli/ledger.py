"""vado ledger: every original and its state."""

from collections.abc import Iterator

import click
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import as_json, out, row_line
from vado.exchange import consult
from vado.exchange.losses import losses as ranked
from vado.exchange.ports import Exchange, Row
from vado.model.codec import to_plain
from vado.model.fact import End
from vado.model.original import PartnerId, State
from vado.model.record import Viewer

_AT_ONCE = 500


@click.command()
@click.option("--verify", is_flag=True, help="Re-hash all kept bytes and compare with their names.")
@click.option("--state", type=click.Choice([s.value for s in State]), help="Only originals in this state.")
@click.option("--partner", metavar="ID", help="Only originals of this partner.")
@click.option("--losses", metavar="ID", help="What was not understood of this partner, ranked, with the line that would fix it.")
@click.option("--json", "as_lines", is_flag=True, help="One JSON line per original.")
@click.pass_obj
def ledger(context: Context, verify: bool, state: str | None, partner: str | None, losses: str | None, as_lines: bool) -> None:  # noqa: PLR0913 - options
    """List every original: where it stands, what it gave, what was not understood, what is wrong."""
    with context.exchange() as x:
        if losses:
            _losses(x, losses, context.viewer, as_lines=as_lines)
            return
        if verify:
            _verify(x)
            return
        rows = (r for r in _rows(x, State(state) if state else None, context.viewer) if partner in (None, r.original.partner))
        if as_lines:
            for row in rows:
                click.echo(as_json(row_line(row)))
            return
        table = Table("original", "partner", "format", "state", "facts", "not understood", "first issue", box=None)
        for r in rows:
            missed = str(r.ends.get(End.NOT_UNDERSTOOD.value, "") or "")
            first = f"{r.issues[0].code} {r.issues[0].what}" if r.issues else ""
            table.add_row(r.original.id[:12], r.original.partner, r.reader or "-", r.state.value, str(r.facts), missed, first)
        out.print(table)


def _losses(x: Exchange, partner: str, viewer: Viewer, *, as_lines: bool) -> None:
    found = ranked(x, PartnerId(partner), viewer)
    if as_lines:
        for one in found:
            click.echo(as_json(to_plain(one)))
        return
    table = Table("format", "not understood", "elements", "originals", "persons", "line that would fix it", box=None)
    for one in found:
        fix = one.fix or "no rule yet"
        table.add_row(one.format, one.path, str(one.count), str(one.originals), str(one.persons), fix)
    out.print(table if found else f"Everything that {partner} sent was understood.")


def _rows(x: Exchange, state: State | None, viewer: Viewer) -> Iterator[Row]:
    after = ""
    while rows := consult.inbox(x, viewer, state, after, _AT_ONCE):
        yield from rows
        after = rows[-1].original.cursor


def _verify(x: Exchange) -> None:
    good, differ, missing = consult.verify(x)
    for original in differ:
        click.echo(f"{original}: bytes differ from their hash. Restore this original from backup.")
    for original in missing:
        click.echo(f"{original}: no bytes. Restore this original from backup.")
    click.echo(f"{good} good, {len(differ)} differ, {len(missing)} missing.")
    if differ or missing:
        raise click.exceptions.Exit(4)
