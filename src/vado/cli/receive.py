"""vado receive and vado resume: take files in, with a progress bar."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from vado.channels.folder import CHANNEL, STDIN, arrivals, find_files, sent_by
from vado.cli.main import Context
from vado.cli.words import as_json, out, row_line
from vado.errors import CODES, SettingsError
from vado.exchange import receive as story
from vado.exchange.ports import Exchange, ReadingRoom, Row
from vado.exchange.slices import form_of, worth_cutting
from vado.model.original import PartnerId, State

_BIGGEST = 2**31 - 1  # bytes: what the store's column of sizes can say


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--partner", metavar="ID", help="Who sent it (else the inbox folder's partner, else unknown).")
@click.option("--json", "as_lines", is_flag=True, help="One JSON line per original instead of a progress bar.")
@click.pass_obj
def receive(context: Context, paths: tuple[str, ...], partner: str | None, as_lines: bool) -> None:
    """Take in PATHS: files, folders, globs, or - for standard input.

    Every file is kept before anything reads it. What cannot be read is kept with the reason.
    Receiving the same again changes nothing.
    """
    found = find_files(paths)
    if found.missing:
        raise SettingsError("CO-008", count=found.missing)
    with context.exchange() as x:
        if partner and partner not in x.profiles:
            raise SettingsError("CO-004", partner=partner)
        sender = PartnerId(partner) if partner else None
        big = [path for path in found.files if _to_be_cut(x, path)]
        small = list(_small_enough(x, (path for path in found.files if path not in big)))
        files = [*small, *big]
        rows = chain(story.receive(x, arrivals(small, x.profiles, sender)), *(_stream(x, path, sender) for path in big))
        tell(show(rows, len(files), as_lines=as_lines, room=x.room), as_lines=as_lines)
        with x.store.begin() as tx:
            tx.flow.fold()
    if len(files) < len(found.files):
        raise click.exceptions.Exit(1)


@click.command()
@click.option("--again", is_flag=True, help="Read also what was held: a reader, a limit or a profile has changed.")
@click.option("--json", "as_lines", is_flag=True, help="One JSON line per original instead of a progress bar.")
@click.pass_obj
def resume(context: Context, again: bool, as_lines: bool) -> None:
    """Finish what a crash or a stop left unread."""
    with context.exchange() as x:
        tell(show(story.resume(x, again=again), None, as_lines=as_lines, room=x.room), as_lines=as_lines)


def show(rows: Iterable[Row], total: int | None, *, as_lines: bool, room: ReadingRoom | None = None) -> Counter[State]:
    """Print rows as they come; count originals per state. Files inside other files move the count, not the total."""
    states: Counter[State] = Counter()
    for row in rows if as_lines else _with_bar(rows, total, room):
        states[row.state] += 1
        if as_lines:
            click.echo(as_json(row_line(row)))
    return states


def tell(states: Counter[State], *, as_lines: bool) -> None:
    """Say in one line what came of it."""
    if not as_lines:
        parts = ", ".join(f"{n} {state.value}" for state, n in sorted(states.items())) or "nothing to do"
        out.print(f"{sum(states.values())} originals: {parts}.")


def _with_bar(rows: Iterable[Row], total: int | None, room: ReadingRoom | None) -> Iterator[Row]:
    columns = (TextColumn("receiving"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=out) as progress:
        task = progress.add_task("", total=total)
        if room:
            room.watch = lambda done, pages: progress.update(task, description=f"page {done} of {pages}" if pages > 1 else "")
        for row in rows:
            progress.update(task, description="", advance=0 if row.original.parent else 1)
            yield row


def _small_enough(x: Exchange, files: Iterable[Path]) -> Iterator[Path]:
    for path in files:
        if str(path) != STDIN and path.stat().st_size > x.original_megabytes * 1_000_000:
            code = CODES["IN-008"]
            click.echo(f"Not taken in: IN-008 {code.what.format(megabytes=x.original_megabytes)}. {code.do}.", err=True)
        else:
            yield path


def _to_be_cut(x: Exchange, path: Path) -> bool:
    if str(path) == STDIN or not worth_cutting(x, path.stat().st_size) or path.stat().st_size > _BIGGEST:
        return False
    with path.open("rb") as file:
        return bool(form_of(file))


def _stream(x: Exchange, path: Path, partner: PartnerId | None) -> Iterator[Row]:
    with path.open("rb") as file:
        yield from story.receive_stream(x, file, partner=partner or sent_by(path, x.profiles), channel=CHANNEL, name=path.name)
