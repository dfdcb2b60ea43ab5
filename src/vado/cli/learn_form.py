"""vado partner learn-form: what one blank form asks for, shown to a person, and kept when it is accepted."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from vado.cli.words import out
from vado.errors import SettingsError
from vado.exchange import papers
from vado.extract.proposal import toml_of
from vado.model.form import Form
from vado.settings.form import NAME

_SOURCES = {
    "fields": "the form fields of the file",
    "drawing": "the lines and signs that the file draws: compare them with the picture",
    "picture": "the picture alone: compare them with it, some will be missing",
}
_MOST_BYTES = 100_000_000


def name_of(file: Path, name: str | None) -> str:
    """Give the name of a form: as said, else made of the file's name."""
    made = name or papers.name_of(file.name)
    if not NAME.fullmatch(made):
        raise click.BadParameter("lower case letters, digits and hyphens", param_hint="--name")
    return made


def learn_form(file: Path, profile: Path, name: str, *, sure: bool) -> None:
    """Make the profile of one form, show it, and write it when it is accepted.

    Raises:
        UnreadableOriginal: IN-007, IN-016, IN-506. SettingsError: CO-011, CO-012.
    """
    if file.stat().st_size > _MOST_BYTES:
        raise SettingsError("CO-012", fault="it is larger than 100 MB")
    proposal = papers.propose(file.read_bytes(), name)
    if proposal.form is None:
        raise SettingsError("CO-012", fault="it has no pages")
    layout = papers.layout_of(proposal.form)
    _show(proposal.form, proposal.source, layout)
    if layout:
        click.echo("\n" + toml_of(layout, "form"))
    else:
        click.echo("No layout is proposed: no label is a known word. Its boxes are kept as text until [[form]] says more.")
    there = papers.is_there(profile, name)
    question = f"There is a form {name} already; what was corrected in it is lost. Replace it?" if there else "Write this form?"
    if not sure and not click.confirm(question):
        click.echo("Nothing was changed.")
        return
    path = papers.save(profile, proposal)
    click.echo(f"Written: {path}. Compare it with the pictures beside it, correct what is wrong there.")
    if layout:
        click.echo(f"Written into {profile}. Look at it, then `vado partner check {profile.stem}`.")


def _show(form: Form, source: str, layout: Mapping[str, Any]) -> None:
    goes = layout.get("map", {})
    table = Table("page", "box", "kind", "means", "goes to", box=None, title=form.title or form.name)
    for f in form.fields:
        kind = f"{f.kind}, {f.cells} cells" if f.cells else f"{f.kind}, lines" if f.lines else str(f.kind)
        table.add_row(str(f.page), f.label, kind, f.option, goes.get(f.label, ""))
    out.print(table, markup=False)
    click.echo(f"{len(form.fields)} boxes on {len(form.pages)} pages, found by {_SOURCES[source]}.")
