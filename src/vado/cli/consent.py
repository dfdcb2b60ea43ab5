"""vado consent: what a person permits and hides, written down on their behalf."""

from datetime import UTC, datetime

import click
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import out
from vado.exchange import consents
from vado.exchange.consult import end_of
from vado.model.account import Consent, ConsentKind

_UNTIL = click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")

_SINCE = click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day (UTC) [now].")


@click.group()
def consent() -> None:
    """Write down what a person permits and hides, as they said it. People with an account do it themselves, on their page."""


@consent.command("list")
@click.argument("person")
@click.pass_obj
def list_(context: Context, person: str) -> None:
    """List what PERSON decided, and who may act for them."""
    table = Table("what", "of or with", "given", "since", "until", "withdrawn", "id", box=None)
    with context.exchange() as x:
        found = consents.mine(x, person, context.viewer)
    for c in found.consents:
        table.add_row(
            c.kind.value, c.fact or c.original or c.partner, *(_day(d) for d in (c.given, c.since, c.until, c.withdrawn)), c.id
        )
    for r, name in found.proxies:
        table.add_row("carer", name, _day(r.since), "", _day(r.until), "", r.id)
    out.print(table)


@consent.command()
@click.argument("person")
@click.option("--source", default="", metavar="PARTNER", help="Hide all that this partner tells.")
@click.option("--original", default="", metavar="ID", help="Hide all that this document says.")
@click.option("--fact", default="", metavar="ID", help="Hide this one entry.")
@_SINCE
@_UNTIL
@click.pass_obj
def hide(  # noqa: PLR0913 - one option each
    context: Context, person: str, source: str, original: str, fact: str, since: datetime | None, until: datetime | None
) -> None:
    """Hide something of PERSON's record. Professionals see that something is hidden; the organisation it is from still sees its own."""
    _give(
        context,
        person,
        consents.said(ConsentKind.HIDE, partner=source, original=original, fact=fact, since=_begin(since), until=_end(until)),
    )


@consent.command()
@click.argument("person")
@click.option("--partner", required=True, metavar="ID", help="Who may read it.")
@_SINCE
@_UNTIL
@click.pass_obj
def share(context: Context, person: str, partner: str, since: datetime | None, until: datetime | None) -> None:
    """Let a partner who does not know PERSON read the record."""
    _give(context, person, consents.said(ConsentKind.SHARE, partner=partner, since=_begin(since), until=_end(until)))


@consent.command("opt-out")
@click.argument("person")
@click.pass_obj
def opt_out(context: Context, person: str) -> None:
    """Let nothing of PERSON go from one organisation to another."""
    _give(context, person, consents.said(ConsentKind.OPT_OUT))


@consent.command()
@click.argument("person")
@click.argument("id")
@click.pass_obj
def withdraw(context: Context, person: str, id: str) -> None:  # noqa: A002 - the word of the command line
    """Take back the decision ID, or end the carer's appointment ID, of PERSON."""
    with context.exchange() as x:
        (consents.end if id.startswith("r-") else consents.withdraw)(x, person, id, context.viewer)
    click.echo("Done.")


@consent.command()
@click.argument("person")
@click.argument("account")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day.")
@click.pass_obj
def carer(context: Context, person: str, account: str, until: datetime) -> None:
    """Let ACCOUNT, a carer, act for PERSON until a day."""
    with context.exchange() as x:
        consents.appoint(x, person, account, _end(until) or until, context.viewer)
    click.echo("Done.")


@consent.command()
@click.argument("person")
@click.pass_obj
def accesses(context: Context, person: str) -> None:
    """List who looked at anything of PERSON, newest first."""
    table = Table("when", "who", "what", "reason", box=None)
    with context.exchange() as x:
        for a in consents.accesses(x, person, context.viewer):
            table.add_row(f"{a.at:%Y-%m-%d %H:%M:%S}", a.who, a.action, a.reason)
    out.print(table)


def _give(context: Context, person: str, said: Consent) -> None:
    with context.exchange() as x:
        click.echo(f"{consents.give(x, person, said, context.viewer).id} is in force.")


def _end(day: datetime | None) -> datetime | None:
    return end_of(f"{day:%Y-%m-%d}") if day else None


def _begin(day: datetime | None) -> datetime | None:
    return day.replace(tzinfo=UTC) if day else None


def _day(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d}" if when else ""
