"""vado init: make a place."""

from pathlib import Path
from zoneinfo import available_timezones

import click

from vado.errors import SettingsError
from vado.settings.settings import FILE

_CLOCK = Path("/etc/localtime")
_SETTINGS = """\
# Settings of this Vado place; all are told in docs/reference/settings.md.
# language = "en"          # or "es"
time_zone = "{zone}"   # by whose clock people are told of times
# database = "postgresql://vado@localhost/vado"   # empty: SQLite in data/
# read_seconds = 60
# read_megabytes = 1000
"""


@click.command()
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Make a Vado place in FOLDER: vado.toml, partners/ with an example, data/."""
    make_place(folder)
    click.echo(f"A Vado place is ready in {folder}. Next: `vado partner add NAME`, then `vado receive PATH`.")


def make_place(folder: Path, time_zone: str = "") -> None:
    """Make the files of an empty place, in the machine's time zone unless told. Raises SettingsError CO-007 when there is one already."""
    if (folder / FILE).exists():
        raise SettingsError("CO-007")
    (folder / "partners").mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir(mode=0o700, exist_ok=True)
    (folder / FILE).write_text(_SETTINGS.format(zone=time_zone or zone_of_machine(_CLOCK)), "utf-8")


def zone_of_machine(clock: Path) -> str:
    """Give the IANA name of the time zone that a machine's clock is set to, as the link to its file says; UTC where nothing says it."""
    name = str(clock.resolve()).partition("zoneinfo/")[2]
    return name if name in available_timezones() else "UTC"
