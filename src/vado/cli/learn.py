"""vado partner learn: what a table seems to mean, shown to a person, and kept when it is accepted."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.table import Table

from vado.cli.words import as_json, out
from vado.errors import UnreadableOriginal
from vado.extract.proposal import toml_of
from vado.incoming.table import TableReader
from vado.incoming.table.learn import Proposal, propose
from vado.model.original import Original, original_id
from vado.model.partner import UNKNOWN, PartnerProfile
from vado.model.reading import Item, Reading
from vado.settings import learned
from vado.settings.learned import is_written

_ENOUGH = 5_000_000  # bytes of a text table that show what it is


def proposals(file: Path, partner: PartnerProfile | None) -> tuple[Reading, PartnerProfile, tuple[Proposal, ...]]:
    """Read a table and propose a layout for each of its sheets.

    Raises:
        UnreadableOriginal: IN-401, it is no table; IN-007 or IN-016, a workbook that cannot be opened.
    """
    profile = partner or UNKNOWN
    content = _head(file.read_bytes())
    original = Original(original_id(content), profile.id, "learn", "", datetime.now(UTC), size=len(content), name=file.name)
    reader = TableReader()
    if not reader.claims(original, content):
        raise UnreadableOriginal("IN-401")
    reading = reader.read(original, content, profile)
    return reading, profile, propose(reading, profile)


def show(reading: Reading, profile: PartnerProfile, found: tuple[Proposal, ...], rows: int) -> None:
    """Print the columns with what they seem to be, the layout, and the first rows as facts."""
    for proposal in found:
        table = Table("column", "values", "goes to", "confidence", "why", box=None, title=proposal.sheet or None)
        for c in proposal.columns:
            goes = proposal.table.get("map", {}).get(c.label, "") if proposal.table else ""
            table.add_row(
                c.label, str(c.filled), goes if isinstance(goes, str) else ", ".join(goes), f"{c.confidence:.2f}", c.why
            )
        out.print(table, markup=False)
        if not proposal.table:
            click.echo("Nothing is proposed for this table: no header is a known word with values that fit.")
            continue
        click.echo("\n" + toml_of(proposal.table))
    tables = tuple(p.table for p in found if p.table)
    few = replace(reading, items=_first(reading.items, rows))
    told = TableReader().facts(few, replace(profile, tables=tables)) if tables and rows else None
    for fact in told.facts if told else ():
        click.echo(as_json(fact.resource))


def accept_layout(path: Path, proposal: Proposal, *, sure: bool) -> None:
    """Write the layout of a table into the profile."""
    if proposal.table:
        write_layout(path, str(proposal.table["title"]), toml_of(proposal.table), sure=sure)


def write_layout(path: Path, title: str, layout: str, *, sure: bool) -> None:
    """Write a layout into the profile; where one of its title is there, ask first."""
    if not sure and is_written(path, title) and not click.confirm(f"{path.name} has a learned layout {title}. Replace it?"):
        click.echo("Nothing was changed.")
        return
    learned.write_layout(path, title, layout)
    click.echo(f"Written into {path}. Look at it, then `vado partner check {path.stem}`.")


def _head(content: bytes) -> bytes:
    """The beginning of a long text table, whole lines; a workbook cannot be cut."""
    if len(content) <= _ENOUGH or content.startswith((b"PK", b"\xd0\xcf")):
        return content
    return content[: content.rindex(b"\n", 0, _ENOUGH) + 1] if b"\n" in content[:_ENOUGH] else content[:_ENOUGH]


def _first(items: tuple[Item, ...], rows: int) -> tuple[Item, ...]:
    """Everything above the rows, and the first rows of each sheet."""
    count: dict[str, int] = {}
    kept = []
    for item in items:
        sheet = item.place.path.rpartition("row ")[0]
        count[sheet] = count.get(sheet, 0) + (item.label == "row")
        if count[sheet] <= rows:
            kept.append(item)
    return tuple(kept)
