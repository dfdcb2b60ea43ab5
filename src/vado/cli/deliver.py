"""vado deliver: line up what changed, and send what is lined up, now."""

from collections import Counter
from collections.abc import Iterable

import click
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import as_json, out
from vado.exchange import deliveries as story
from vado.exchange.consents import look_after_turns
from vado.exchange.ports import Exchange
from vado.exchange.send import Chance, Line, Senders, line_up, lines_of, take_changes, work_off
from vado.exchange.write import Draft
from vado.model.delivery import Delivery, DeliveryState
from vado.model.outgoing import Wish


@click.command()
@click.option("--to", "destination", metavar="DEST", default="", help="Only to this partner, or partner/wish.")
@click.option("--dry-run", is_flag=True, help="Say what would go to whom, and what its form cannot carry; send nothing.")
@click.option("--all", "everybody", is_flag=True, help="Look at every person, not only at what changed: a wish is new.")
@click.option(
    "--ask", is_flag=True, help='With --to partner/wish: write all its records into what its form makes of many (when = "ask").'
)
@click.option("--json", "as_lines", is_flag=True, help="One JSON line per delivery.")
@click.pass_obj
def deliver(context: Context, destination: str, dry_run: bool, everybody: bool, ask: bool, as_lines: bool) -> None:  # noqa: PLR0913 - options
    """Line up what changed for everybody who wishes it, and send all that may be sent now.

    `vado serve` does this all the time. A receiver that does not take anything is left for later.
    """
    settings = context.settings()
    from vado.wiring.build import chance, open_senders

    with context.exchange() as x, open_senders(settings, x) as senders:
        if ask:
            story.ask(x, story.wish_named(x, destination), context.viewer)
        if everybody:
            story.mark_changed(x)
        if dry_run:
            _print_drafts([d for d in take_changes(x, dry_run=True) or () if _goes_to(d.wish, destination)], as_lines)
            return
        while look_after_turns(x):
            pass
        line_up(x)
        done = list(_sent(x, senders, destination, chance, as_lines))
    states = Counter(d.state for d in done)
    if not as_lines:
        click.echo(f"{states[DeliveryState.SENT]} sent, {states[DeliveryState.WAITING]} to be tried again, "
                   f"{states[DeliveryState.FAILED] + states[DeliveryState.HELD]} need a person.")  # fmt: skip
    if states.keys() - {DeliveryState.SENT}:
        raise click.exceptions.Exit(1)


def _sent(x: Exchange, senders: Senders, destination: str, chance: Chance, as_lines: bool) -> Iterable[Delivery]:
    lines: dict[Line, tuple[Wish, ...]] = {}
    for line, wishes in lines_of(x).items():
        if wanted := tuple(w for w in wishes if _goes_to(w, destination)):
            lines[line] = wanted
    for delivery in work_off(x, lines, senders, chance):
        yield delivery
        if as_lines:
            click.echo(as_json(line_of(delivery)))
        elif delivery.state is not DeliveryState.SENT:
            click.echo(f"{delivery.destination}: {delivery.id} {delivery.why} {delivery.word}", err=True)


def _goes_to(wish: Wish, destination: str) -> bool:
    return destination in ("", wish.partner, f"{wish.partner}/{wish.name}")


def _print_drafts(drafts: Iterable[Draft], as_lines: bool) -> None:
    table = Table("destination", "person", "form", "pieces", "bytes", "cannot carry", "why", box=None)
    count = 0
    for d in drafts:
        count += 1
        lost = Counter(reason for piece in d.pieces for _, reason in piece.losses)
        if as_lines:
            click.echo(as_json({
                "to": f"{d.wish.partner}/{d.wish.name}", "person": d.person, "form": d.wish.form, "pieces": len(d.pieces),
                "bytes": sum(len(p.content) for p in d.pieces), "losses": dict(lost), "corrects": d.corrects, "why": d.why,
            }))  # fmt: skip
        reasons = "; ".join(f"{n} {reason}" for reason, n in lost.most_common())
        note = d.why or ("correction" if d.corrects else "")
        size = sum(len(p.content) for p in d.pieces)
        table.add_row(f"{d.wish.partner}/{d.wish.name}", d.person[:12], d.wish.form, str(len(d.pieces)), str(size), reasons, note)
    if not as_lines:
        out.print(table)
        out.print(f"{count} records would go out." if count else "Nothing would go out.")


def line_of(d: Delivery) -> dict[str, object]:
    """Say all about one delivery, for other programs; never what it says."""
    return {
        "delivery": d.id, "to": d.destination, "person": d.person, "state": d.state.value, "attempts": d.attempts, "word": d.word,
        "why": d.why, "made": d.made, "due": d.due, "sent": d.sent, "opened": d.opened, "content": d.content,
        "media_type": d.media_type, "losses": len(d.losses), "corrects": d.corrects, "replays": d.replays, "by": d.by,
    }  # fmt: skip
