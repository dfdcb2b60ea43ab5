"""vado partner: add, list and check the profiles of partners."""

import re
from pathlib import Path

import click
from rich.table import Table

from vado.cli.hold import hold, holds, release
from vado.cli.init import example_profile
from vado.cli.main import Context
from vado.cli.words import out
from vado.errors import SettingsError, VadoError
from vado.settings.form import load_form
from vado.settings.profile import load_profile, load_profiles


@click.group()
def partner() -> None:
    """Add, list and check partners. What a partner's columns, dates, codes and forms mean stands in partners/ID.toml."""


@partner.command()
@click.argument("id")
@click.option("--name", help="The organisation's name.")
@click.pass_obj
def add(context: Context, id: str, name: str | None) -> None:  # noqa: A002 - the word of the command line
    """Begin a profile for partner ID (lower case letters, digits and hyphens)."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,62}", id):
        raise click.BadParameter("lower case letters, digits and hyphens; begin with a letter", param_hint="ID")
    path = _folder(context) / f"{id}.toml"
    if path.exists():
        raise click.BadParameter("this partner is there already", param_hint="ID")
    safe_name = (name or id).replace("\\", "").replace('"', "'")
    path.write_text(example_profile().replace("{name}", safe_name).replace("{id}", id), "utf-8")
    click.echo(f"Partner {id} added. Edit {path}, then `vado partner check {id}`.")


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
@click.pass_obj
def check(context: Context, ids: tuple[str, ...]) -> None:
    """Check the profiles of IDS, or of all partners: keys, time zone, every table and form layout, every paper form."""
    from vado.extract.layout import compile_layout

    faults = 0
    folder = _folder(context)
    for path in [folder / f"{i}.toml" for i in ids] or sorted(folder.glob("*.toml")):
        if not path.exists():
            raise SettingsError("CO-004", partner=path.stem)
        try:
            profile = load_profile(path)
            for layout in (*profile.tables, *profile.forms):
                compile_layout(layout)
            for paper in profile.papers:
                load_form(Path(paper))
            click.echo(f"{path.stem}: good")
        except VadoError as fault:
            faults += 1
            click.echo(f"{path.stem}: {fault}")
        except ValueError as fault:
            faults += 1
            click.echo(f"{path.stem}: CO-002 {fault}. Correct the line.")
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
