"""vado partner: add, list and check the profiles of partners."""

import re
import sys
from pathlib import Path

import click
from rich.table import Table

from vado.cli.hold import hold, holds, release
from vado.cli.main import Context
from vado.cli.words import out
from vado.errors import SettingsError, VadoError
from vado.settings.profile import load_profile, load_profiles


@click.group()
def partner() -> None:
    """Add, list and check partners. What a partner's columns, dates, codes and forms mean stands in partners/ID.toml."""


@partner.command()
@click.argument("id")
@click.option("--name", help="The organisation's name.")
@click.option("--sends", type=click.Choice(["hl7v2", "cda", "fhir", "table", "paper", "mail"]), help="What it sends.")
@click.option("--channel", type=click.Choice(["folder", "imap", "smtp", "sftp", "mllp", "store", "none"]), help="How it sends.")
@click.option(
    "--set", "values", metavar="KEY=VALUE", multiple=True, help="A key of the channel; lists with commas. May be repeated."
)
@click.option("--timezone", help="Its time zone, such as Europe/London.")
@click.option("--language", type=click.Choice(["en", "es"]), help="Of the questions; else that of vado.toml.")
@click.option("--ask/--no-ask", default=None, help="Ask for what is not said; without a word, on a terminal.")
@click.pass_obj
def add(  # noqa: PLR0913 - options
    context: Context,
    id: str,  # noqa: A002 - the word of the command line
    name: str | None,
    sends: str | None,
    channel: str | None,
    values: tuple[str, ...],
    timezone: str | None,
    language: str | None,
    ask: bool | None,
) -> None:
    """Begin a profile for partner ID (lower case letters, digits and hyphens): a conversation, or all by options."""
    from vado.cli.partner_add import Answers, add_partner
    from vado.cli.partner_check import speaker

    if not re.fullmatch(r"[a-z][a-z0-9-]{0,62}", id):
        raise click.BadParameter("lower case letters, digits and hyphens; begin with a letter", param_hint="ID")
    settings = context.settings()
    if (settings.place / "partners" / f"{id}.toml").exists():
        raise click.BadParameter("this partner is there already", param_hint="ID")
    if any("=" not in v for v in values):
        raise click.BadParameter("KEY=VALUE", param_hint="--set")
    asks = sys.stdin.isatty() if ask is None else ask
    said = {"name": name, "sends": sends, "channel": channel or (None if asks or values else "none"), "timezone": timezone}
    keys = {key.strip(): value.strip() for key, _, value in (v.partition("=") for v in values)}
    answers = Answers(
        id, {**{f"@{k}": v for k, v in said.items() if v}, **keys}, speaker(language or settings.language), ask=asks
    )
    add_partner(settings.place / "partners", answers, click.echo)


@partner.command("list")
@click.pass_obj
def list_(context: Context) -> None:
    """List all partners."""
    table = Table("partner", "name", "folders", "time zone", "tables", "forms", box=None)
    for p in load_profiles(_folder(context)).values():
        table.add_row(p.id, p.name, ", ".join(p.folders), p.timezone or "-", str(len(p.tables)), str(len(p.forms)))
    out.print(table)


@partner.command()
@click.argument("ids", nargs=-1)
@click.option(
    "--sample", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Send FILE through a throw-away place."
)
@click.option("--connect/--no-connect", default=None, help="Try each channel; without a word, when IDS are named.")
@click.option("--language", type=click.Choice(["en", "es"]), help="Else that of vado.toml.")
@click.pass_obj
def check(context: Context, ids: tuple[str, ...], sample: Path | None, connect: bool | None, language: str | None) -> None:  # noqa: PLR0913 - options
    """Check the profiles of IDS, or of all partners: every key, table, form and channel; whether each channel works."""
    from vado.cli.partner_check import check_channels, check_sample, speaker, told_fault
    from vado.wiring.newcomer import check_profile

    settings = context.settings()
    say = speaker(language or settings.language)
    if sample and len(ids) != 1:
        raise click.BadParameter("say whose sample it is: one ID", param_hint="--sample")
    faults = 0
    folder = settings.place / "partners"
    for path in [folder / f"{i}.toml" for i in ids] or sorted(folder.glob("*.toml")):
        if not path.exists():
            raise SettingsError("CO-004", partner=path.stem)
        try:
            profile = check_profile(path)
            good = check_channels(settings, profile, say) if (connect if connect is not None else bool(ids)) else True
            good = (check_sample(settings, profile, sample, say) if sample else True) and good
        except (VadoError, ValueError) as fault:
            faults += 1
            told_fault(path, fault)
            continue
        faults += not good
        if good:
            click.echo(f"{path.stem}: {say('good')}")
    if faults:
        raise click.exceptions.Exit(2)


@partner.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--partner", "id", help="Whose table it is: its order of dates and its systems count.")
@click.option("--accept", is_flag=True, help="Write the proposed [[table]] into partners/ID.toml.")
@click.option("--yes", is_flag=True, help="Do not ask before a layout learned earlier is replaced.")
@click.option("--rows", default=3, show_default=True, type=click.IntRange(0, 100), help="Rows to show as facts.")
@click.pass_obj
def learn(context: Context, file: Path, id: str | None, accept: bool, yes: bool, rows: int) -> None:  # noqa: A002, PLR0913
    """Propose what the columns of FILE mean, and show what its first rows would become. Nothing is stored."""
    from vado.cli.learn import accept_layout, proposals, show

    if accept and not id:
        raise click.BadParameter("say whose table it is: --partner ID", param_hint="--accept")
    path = _folder(context) / f"{id}.toml" if id else None
    if path and not path.exists():
        raise SettingsError("CO-004", partner=path.stem)
    reading, profile, found = proposals(file, load_profile(path) if path else None)
    show(reading, profile, found, rows)
    if not any(p.table for p in found):
        raise click.exceptions.Exit(1)
    if accept and path:
        for proposal in found:
            accept_layout(path, proposal, sure=yes)


@partner.command("learn-form")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--partner", "id", required=True, help="Whose form it is.")
@click.option("--name", help="What to call the form: lower case letters, digits and hyphens. Left out: made of the file's name.")
@click.option("--yes", is_flag=True, help="Do not ask before it is written, or a form of this name is replaced.")
@click.pass_obj
def learn_form(context: Context, file: Path, id: str, name: str | None, yes: bool) -> None:  # noqa: A002
    """Learn a paper form from FILE, one empty sample (PDF or scan), so that scans and photos of it are read box by box."""
    from vado.cli.learn_form import learn_form, name_of

    path = _folder(context) / f"{id}.toml"
    if not path.exists():
        raise SettingsError("CO-004", partner=id)
    learn_form(file, path, name_of(file, name), sure=yes)


partner.add_command(hold)
partner.add_command(release)
partner.add_command(holds)


def _folder(context: Context) -> Path:
    return context.settings().place / "partners"
