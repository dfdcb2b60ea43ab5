"""vado account: who can sign in."""

import sys
from datetime import datetime
from pathlib import Path

import click
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import out
from vado.errors import SettingsError
from vado.exchange import accounts, administer, consents
from vado.model.account import Account, Role
from vado.model.original import PartnerId

_ROLES = [r.value for r in Role if r not in {Role.MACHINE, Role.NOBODY}]


@click.group()
def account() -> None:
    """Add, list and change the accounts of people and programs. What each role may stands in docs/explanation/who-may.md."""


@account.command()
@click.argument("name")
@click.option("--role", type=click.Choice(_ROLES), required=True, help="What they are here.")
@click.option("--partner", metavar="ID", help="For whom a practitioner or a client works.")
@click.option("--person", metavar="ID", help="Who a citizen is; see `vado person find`.")
@click.option("--scope", "scopes", multiple=True, help="Of a client: the most it may be given, as SMART scopes: system/*.rs")
@click.option(
    "--keys", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Of a client: its public keys, a JWK set."
)
@click.option("--redirect", default="", help="Of a client that people sign in to: the address they are sent back to.")
@click.option("--outside", default="", help="Who they are at a provider of sign-in outside: ISSUER|SUBJECT.")
@click.option(
    "--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Read the password from a file."
)
@click.pass_obj
def add(  # noqa: PLR0913 - one option each
    context: Context, name: str, role: str, partner: str | None, person: str | None, scopes: tuple[str, ...],
    keys: Path | None, redirect: str, outside: str, password_file: Path | None,
) -> None:  # fmt: skip
    """Add an account called NAME, and ask for its password (a client has none)."""
    with context.exchange() as x:
        if partner and partner not in x.profiles:
            raise SettingsError("CO-004", partner=partner)
        made = Account(
            "", name, Role(role), PartnerId(partner or ""), consents.founder(x, person) if person else "",
            scopes=scopes, keys=administer.public_keys(keys.read_bytes()) if keys else "", redirect=redirect, outside=outside,
        )  # fmt: skip
        password = "" if Role(role) is Role.CLIENT or outside else _password(password_file)
        if password:
            accounts.check_password(password, (name,))
        added = accounts.add(x, made, context.viewer)
        if password:
            accounts.set_password(x, name, password, context.viewer)
        click.echo(f"Account {name} added ({added.role.value}, {added.id}).")


@account.command("list")
@click.pass_obj
def list_(context: Context) -> None:
    """List all accounts."""
    table = Table("name", "role", "partner", "state", "scopes", "id", box=None)
    with context.exchange() as x:
        for a in accounts.everyone(x, context.viewer):
            table.add_row(a.name, a.role.value, a.partner, "disabled" if a.disabled else "", " ".join(a.scopes), a.id)
    out.print(table)


@account.command()
@click.argument("name")
@click.argument("role", type=click.Choice(_ROLES))
@click.option("--partner", metavar="ID", help="For whom a practitioner or a client works.")
@click.pass_obj
def role(context: Context, name: str, role: str, partner: str | None) -> None:
    """Give NAME another ROLE; whatever they had open ends."""
    with context.exchange() as x:
        to = {"partner": PartnerId(partner)} if partner else {}
        accounts.change(x, name, context.viewer, role=Role(role), **to)
        click.echo(f"{name} is {role} now.")


@account.command()
@click.argument("name")
@click.pass_obj
def disable(context: Context, name: str) -> None:
    """Let NAME in no longer; whatever they had open ends."""
    _disabled(context, name, True)
    click.echo(f"{name} can sign in no longer.")


@account.command()
@click.argument("name")
@click.pass_obj
def enable(context: Context, name: str) -> None:
    """Let NAME in again."""
    _disabled(context, name, False)
    click.echo(f"{name} can sign in again.")


@account.command()
@click.argument("name")
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Read it from a file.")
@click.pass_obj
def password(context: Context, name: str, file: Path | None) -> None:
    """Set a new password for NAME; whatever they had open ends."""
    with context.exchange() as x:
        accounts.set_password(x, name, _password(file), context.viewer)
        click.echo("Done.")


@account.command()
@click.argument("name")
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True, help="How long it is good.")
@click.option(
    "--scope", "scopes", multiple=True, help="The most it permits, as SMART scopes; left out: all that the account may."
)
@click.pass_obj
def token(context: Context, name: str, days: int, scopes: tuple[str, ...]) -> None:
    """Make a bearer token of NAME for a program. It is shown once: Vado keeps a hash."""
    with context.exchange() as x:
        click.echo(accounts.token(x, name, days, scopes, context.viewer))


@account.command()
@click.argument("name")
@click.argument("person")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@click.pass_obj
def cares(context: Context, name: str, person: str, until: datetime | None) -> None:
    """Write down that the practitioner NAME cares for PERSON, whom their organisation has not told of."""
    from vado.exchange.consult import end_of

    with context.exchange() as x:
        consents.declare(x, person, name, end_of(f"{until:%Y-%m-%d}") if until else None, context.viewer)
        click.echo("Done.")


@account.command()
@click.argument("person")
@click.option("--language", type=click.Choice(["en", "es"]), default="en", show_default=True, help="Of the letter.")
@click.option("--address", metavar="URL", help="Where people come in; left out: /welcome of the first of public_names.")
@click.option("-o", "--out", "target", required=True, type=click.Path(dir_okay=False, path_type=Path), help="PDF to write.")
@click.pass_obj
def invite(context: Context, person: str, language: str, address: str | None, target: Path) -> None:
    """Write the letter that invites PERSON to an account of their own. Its code is good once, and stands nowhere else."""
    from vado.exchange import invitations
    from vado.outgoing.invitation.write import write

    settings = context.settings()
    public = settings.public_names.split(",")[0].strip()
    here = f"https://{public}/welcome" if public else f"http://localhost:{settings.port}/welcome"
    with context.exchange() as x:
        made = invitations.invite(x, person, language, context.viewer)
        target.write_bytes(write(made, address=address or here, zone=x.zone))
        click.echo(f"Letter {made.invitation.id}: {target}, good until {made.invitation.until:%Y-%m-%d}.")


@account.command("invitations")
@click.pass_obj
def invitations_(context: Context) -> None:
    """List the letters of invitation and what became of each."""
    from vado.exchange import invitations

    table = Table("letter", "made", "by", "until", "state", box=None)
    with context.exchange() as x:
        for i, state in invitations.listed(x, context.viewer):
            table.add_row(i.id, f"{i.made:%Y-%m-%d}", i.by, f"{i.until:%Y-%m-%d}", state)
    out.print(table)


@account.command()
@click.argument("letter")
@click.pass_obj
def revoke(context: Context, letter: str) -> None:
    """Take the LETTER of invitation back: its code opens nothing any more."""
    from vado.exchange import invitations

    with context.exchange() as x:
        invitations.revoke(x, letter, context.viewer)
    click.echo("Done.")


def _disabled(context: Context, name: str, disabled: bool) -> None:
    with context.exchange() as x:
        accounts.change(x, name, context.viewer, disabled=disabled)


def _password(file: Path | None) -> str:
    if file:
        return file.read_text("utf-8").strip("\r\n")
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip("\r\n")
    return click.prompt("Password", hide_input=True, confirmation_prompt=True)
