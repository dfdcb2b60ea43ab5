"""vado channels: how each way in fares."""

from datetime import UTC, datetime

import click
from rich.table import Table

from vado.channels.health import Health, read_health
from vado.cli.main import Context
from vado.cli.words import as_json, out
from vado.model.codec import to_plain
from vado.web.words import translations


@click.command()
@click.option("--json", "as_lines", is_flag=True, help="One JSON line per channel.")
@click.pass_obj
def channels(context: Context, as_lines: bool) -> None:
    """List how each channel of the partners fares: last success, last failure with its code, what waits.

    Ends with 1 when one is not well.
    """
    settings = context.settings()
    now, health = datetime.now(UTC), read_health(settings.place / "data")
    say = translations(settings.language).gettext
    if as_lines:
        for h in health:
            click.echo(as_json({**to_plain(h), "well": h.well(now)}))
    else:
        heads = (
            "partner",
            "channel",
            "kind",
            "state",
            "last success",
            "last failure",
            "tried again",
            "waiting",
            "taken in",
            "refused",
        )
        table = Table(*(say(h) for h in heads), box=None)
        for h in health:
            failure = f"{h.code} {_when(h.failed)}" if h.failed else ""
            cells = (h.partner, h.name, h.kind, say(_state(h, now)), _when(h.succeeded), failure, _when(h.again))
            table.add_row(*cells, str(h.waiting or ""), str(h.taken or ""), str(h.refused or ""))
        out.print(
            table if health else say("No channel has been open here yet: `vado serve` opens those of the partners' profiles.")
        )
    if not all(h.well(now) for h in health):
        raise click.exceptions.Exit(1)


def _state(h: Health, now: datetime) -> str:
    if h.well(now):
        return "well"
    return "failing" if h.open and h.in_a_row else "not open"


def _when(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else ""
