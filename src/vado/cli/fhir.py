"""vado fhir: the search index of the FHIR server."""

import click
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from vado.cli.main import Context
from vado.exchange.shelve import rebuild


@click.group()
def fhir() -> None:
    """The FHIR server at /fhir of `vado serve`."""


@fhir.command()
@click.pass_obj
def index(context: Context) -> None:
    """Put every fact on the search index: after an update that says so, or after review_below of a partner was changed.

    What stands there right stays as it is. It may be stopped and begun again, and data may arrive meanwhile.
    """
    seen = changed = 0
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with context.exchange() as x, Progress(*columns, transient=True) as progress:
        task = progress.add_task("")
        for seen, changed in rebuild(x):  # noqa: B007 - the last counts are told
            progress.update(task, description=f"{seen} facts")
    click.echo(f"{seen} facts looked at, {changed} resources new or changed.")
