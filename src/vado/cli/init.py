"""vado init: make a place."""

from pathlib import Path

import click

from vado.errors import SettingsError
from vado.settings.settings import FILE

_SETTINGS = """\
# Settings of this Vado place; all are told in docs/reference/settings.md.
# language = "en"          # or "es"
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


def make_place(folder: Path) -> None:
    """Make the files of an empty place. Raises SettingsError CO-007 when there is one already."""
    if (folder / FILE).exists():
        raise SettingsError("CO-007")
    (folder / "partners").mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir(mode=0o700, exist_ok=True)
    (folder / FILE).write_text(_SETTINGS, "utf-8")
