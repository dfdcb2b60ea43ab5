"""vado deliveries, hold, release, resend: what went where, and what a person does about it."""

from collections import Counter
from datetime import datetime
from pathlib import Path

import click
from rich.table import Table

from vado.cli.deliver import line_of
from vado.cli.main import Context
from vado.cli.words import as_json, out
from vado.errors import CODES
from vado.exchange import carried
from vado.exchange import deliveries as story
from vado.exchange.carried import Beside
from vado.exchange.ports import Exchange
from vado.model.delivery import Delivery, DeliveryState
from vado.model.record import Viewer

_STATE = click.Choice([s.value for s in DeliveryState])


@click.command()
@click.option("--to", "destination", metavar="DEST", default="", help="Only to this partner, or partner/wish.")
@click.option("--state", type=_STATE, help="Only deliveries in this state.")
@click.option("--person", metavar="ID", default="", help="Only of this person's record.")
@click.option("--show", "shown", metavar="ID", help="Everything about one delivery, its losses included.")
@click.option(
    "--content", "target", type=click.Path(dir_okay=False, path_type=Path), help="With --show: write the very bytes to this file."
)
@click.option("--compare", "beside", metavar="ID", help="What one delivery carried, beside what the record says now.")
@click.option("--retry", "retried", metavar="ID", help="Try one that failed again, or one that waits at once.")
@click.option("--cancel", "cancelled", metavar="ID", help="Do not send this one.")
@click.option("--told", metavar="ID", help="The receiver has been told in another way.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="At most so many.")
@click.option("--json", "as_lines", is_flag=True, help="One JSON line per delivery.")
@click.pass_obj
def deliveries(  # noqa: PLR0913 - options
    context: Context, destination: str, state: str | None, person: str, shown: str | None, target: Path | None, beside: str | None,
    retried: str | None, cancelled: str | None, told: str | None, limit: int, as_lines: bool,
) -> None:  # fmt: skip
    """Count deliveries per destination and list the newest: where they stand, what the receiver said."""
    with context.exchange() as x:
        for id_, act, word in (
            (retried, story.retry, "Waiting again"),
            (cancelled, story.cancel, "Cancelled"),
            (told, story.told_by_hand, "Noted"),
        ):
            if id_:
                act(x, id_, context.viewer)
                click.echo(f"{word}: {id_}")
                return
        if beside:
            _compare(carried.beside(x, beside, context.viewer), as_lines=as_lines)
            return
        if shown:
            _show(x, shown, target, context.viewer)
            return
        wanted = DeliveryState(state) if state else None
        found = story.deliveries(x, context.viewer, to=destination, state=wanted, person=person, limit=limit)
        if as_lines:
            for d in found:
                click.echo(as_json(line_of(d)))
            return
        _print_standings(x, context.viewer)
        _print(found)


def _print_standings(x: Exchange, viewer: Viewer) -> None:
    table = Table("destination", *(s.value for s in DeliveryState), "held by", "why", box=None)
    for s in story.standings(x, viewer):
        counts = (str(s.states.get(state, "")) for state in DeliveryState)
        table.add_row(s.destination, *counts, s.hold.by if s.hold else "", s.hold.why if s.hold else "")
    out.print(table)


def _print(found: tuple[Delivery, ...]) -> None:
    table = Table("delivery", "to", "made", "state", "tries", "word", "losses", "what is wrong", box=None)
    for d in found:
        wrong = f"{d.why} {CODES[d.why].what.split(':')[0]}" if d.why in CODES else d.why
        table.add_row(
            d.id, d.destination, f"{d.made:%Y-%m-%d %H:%M}", d.state.value, str(d.attempts), d.word, str(len(d.losses)), wrong
        )
    out.print(table)


def _show(x: Exchange, id_: str, target: Path | None, viewer: Viewer) -> None:
    d = story.show(x, id_, viewer)
    for key, value in line_of(d).items():
        if value:
            out.print(f"{key:<12}{value}", markup=False)
    for reason, n in Counter(reason for _, reason in d.losses).most_common():
        out.print(f"cannot carry {n}: {reason}", markup=False)
        out.print("  " + " ".join(fact for fact, why in d.losses if why == reason), markup=False)
    if d.why in CODES:
        out.print(f"to do       {CODES[d.why].do}", markup=False)
    if target:
        target.write_bytes(story.content(x, id_, viewer))


def _compare(found: Beside, *, as_lines: bool) -> None:
    if as_lines:
        for c in found.facts:
            click.echo(as_json({"fact": c.fact, "stands": c.parity.name.casefold(), "why": c.first}))
        return
    if not found.known:
        out.print("What it holds was not noted: an earlier version made it, or nothing could be written.")
    if found.gone:
        out.print(f"Of {found.gone} persons there is nothing any more that this receiver may have.")
    for words, facts in found.groups:
        out.print(f"{len(facts)} {words}")
        for c in facts:
            out.print(f"  {c.fact} {c.first}".rstrip(), markup=False)


@click.command()
@click.argument("destination", metavar="DEST")
@click.option("--why", required=True, help="The reason, for those who wonder.")
@click.pass_obj
def hold(context: Context, destination: str, why: str) -> None:
    """Let nothing go to DEST (partner, or partner/wish) until it is released. What is for it waits, only the newest of each record."""
    with context.exchange() as x:
        story.hold(x, destination, why, context.viewer)
    click.echo(f"Held: {destination}. `vado release {destination}` lets it go again.")


@click.command()
@click.argument("destination", metavar="DEST")
@click.pass_obj
def release(context: Context, destination: str) -> None:
    """Let everything that waits for DEST go again."""
    with context.exchange() as x:
        story.release(x, destination, context.viewer)
    click.echo(f"Released: {destination}.")


@click.command()
@click.option(
    "--to", "destination", metavar="DEST", required=True, help="The partner, or partner/wish, that lost what it was sent."
)
@click.option("--state", type=_STATE, default=DeliveryState.SENT.value, show_default=True, help="Only deliveries in this state.")
@click.option("--person", metavar="ID", default="", help="Only of this person's record.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only those made on this day or later (UTC).")
@click.option("--every", is_flag=True, help="Also what a newer one of the same record has replaced, in the order of then.")
@click.option("--dry-run", is_flag=True, help="Say how many; send nothing.")
@click.pass_obj
def resend(  # noqa: PLR0913 - options
    context: Context, destination: str, state: str, person: str, since: datetime | None, every: bool, dry_run: bool,
) -> None:  # fmt: skip
    """Send deliveries once more, byte for byte as they were sent, each under an id of its own that names the first.

    To have them written anew from today's record instead, use `vado deliver --all`: it sends what is not what was sent last.
    """
    wanted = DeliveryState(state)
    with context.exchange() as x:
        if wanted is DeliveryState.FAILED:  # they never arrived: the same delivery, under the same id
            found = story.every(x, context.viewer, to=destination, state=wanted, person=person)
        else:
            found = story.newest(x, context.viewer, to=destination, state=wanted, person=person, every_one=every)
        found = tuple(d for d in found if since is None or f"{d.made:%Y-%m-%d}" >= f"{since:%Y-%m-%d}")
        if dry_run:
            click.echo(f"{len(found)} would be sent again.")
        elif wanted is DeliveryState.FAILED:
            done = [story.retry(x, d.id, context.viewer) for d in found]
            click.echo(f"{len(done)} are tried again, under the same ids.")
        else:
            done = list(story.replay(x, found, context.viewer))
            click.echo(
                f"{len(done)} lined up once more, byte for byte as they were made; `vado deliver` or `vado serve` sends them."
            )
