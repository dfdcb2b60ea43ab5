"""vado partner learn: propose what a partner's table means, show what would come of it, write it into the profile."""

import json
import tomllib
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import out
from vado.errors import CODES, SettingsError
from vado.exchange.ports import Exchange
from vado.extract.layout import compile_layout
from vado.extract.learn import Proposal, propose
from vado.incoming.table.facts import columns_of
from vado.incoming.table.facts import facts as tell
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN, PartnerProfile
from vado.model.reading import Reading


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--partner", "partner_id", metavar="ID", help="Whose table it is.")
@click.option("--sheet", default="", help="Which sheet of a workbook (else the first with a header).")
@click.option("--title", default="", help="What to call this kind of table.")
@click.option("--accept", is_flag=True, help="Write the proposal into partners/ID.toml.")
@click.pass_obj
def learn(context: Context, file: Path, partner_id: str | None, sheet: str, title: str, accept: bool) -> None:  # noqa: PLR0913 - options
    """Propose a [[table]] for FILE: each column, where it would go, how sure that is and why. Nothing is stored.

    The confidence is the share of evidence: the header's words, and how many values have the form the element asks for.
    """
    with context.exchange() as x:
        if partner_id and partner_id not in x.profiles:
            raise SettingsError("CO-004", partner=partner_id)
        if accept and not partner_id:
            raise click.UsageError("--accept needs --partner ID: whose profile is it?")
        profile = x.profiles[PartnerId(partner_id)] if partner_id else UNKNOWN
        reading = _read(x, file, profile)
        name, columns = _chosen(reading, sheet)
        proposal = propose(columns, title or f"table of {len(columns)} columns" + (f", {name}" if name else ""))
        _show(proposal)
        if not proposal.table:
            click.echo("Too little was understood for a layout: write one by hand (docs/reference/partner-profile.md).")
            raise click.exceptions.Exit(1)
        _preview(reading, profile, proposal)
        if accept:
            path = context.settings().place / "partners" / f"{profile.id}.toml"
            _write(path, proposal)
            click.echo(
                f"Written to {path}. `vado partner check {profile.id}`, then `vado reread --reader table --partner {profile.id}`."
            )


def _read(x: Exchange, file: Path, profile: PartnerProfile) -> Reading:
    """Read it in a limited child, as when it is received."""
    content = file.read_bytes()
    original = Original(original_id(content), profile.id, "learn", "", datetime.now(UTC), size=len(content), name=file.name)
    look = next(iter(x.room.look_at_all([(original, content, profile)])))
    if look.reading is None or not look.reading.reader.startswith("table/"):
        code = look.issue.code if look.issue else "IN-401"
        click.echo(f"{code} {CODES['IN-401'].what}.", err=True)
        raise click.exceptions.Exit(1)
    return look.reading


def _chosen(reading: Reading, sheet: str) -> tuple[str, dict[str, list[Any]]]:
    found = list(columns_of(reading))
    wanted = next((one for one in found if not sheet or one[0] == sheet), None)
    if wanted is None:
        raise click.UsageError(f"No such sheet with a header row. There are: {', '.join(name for name, _ in found) or 'none'}")
    return wanted


def _show(proposal: Proposal) -> None:
    table = Table("column", "would go to", "confidence", "why", box=None)
    for g in proposal.guesses:
        table.add_row(g.label, g.path or "-", f"{g.confidence:.2f}" if g.path else "", g.why)
    out.print(table)


def _preview(reading: Reading, profile: PartnerProfile, proposal: Proposal) -> None:
    """Say what the rows would become with this layout before all others."""
    found = tell(reading, replace(profile, tables=(proposal.table, *profile.tables)))
    kinds = Counter(f.kind for f in found.facts)
    click.echo("It would give: " + (", ".join(f"{n} {kind}" for kind, n in kinds.most_common()) or "nothing"))
    for code, n in Counter(i.code for i in found.issues).most_common(5):
        click.echo(f"  {n} x {code}")
    for fact in found.facts[:3]:
        click.echo("  " + json.dumps({k: v for k, v in fact.resource.items() if k != "id"}, ensure_ascii=False)[:240])


def _write(path: Path, proposal: Proposal) -> None:
    """Append the layout to the profile; what stands there stays. It must be readable and usable before it is written."""
    block = as_toml(proposal)
    compile_layout(tomllib.loads(block)["table"][0])
    text = path.read_text("utf-8")
    path.write_text(text.rstrip() + "\n\n" + block, "utf-8")


def as_toml(proposal: Proposal) -> str:
    """Give the proposal as one [[table]] of a profile."""
    table = proposal.table
    lines = ["[[table]]                       # proposed by `vado partner learn`; check it", f"title = {_text(table['title'])}"]
    lines.append(f"recognise = [{', '.join(_text(x) for x in table['recognise'])}]")
    lines += [f"{key} = {_text(table[key])}" for key in ("dates", "decimal") if key in table]
    confidence = {g.label: g.confidence for g in proposal.guesses}
    lines += ["[table.map]", *(f"{_text(k)} = {_text(v)}  # {confidence.get(k, 0):.2f}" for k, v in table["map"].items())]
    if constants := table.get("constant"):
        lines += ["[table.constant]", *(f"{_text(k)} = {_text(v)}" for k, v in constants.items())]
    for label, codes in table.get("code", {}).items():
        lines += [f"[table.code.{_text(label)}]", *(f"{_text(k)} = {_text(v)}" for k, v in codes.items())]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    """A TOML basic string; JSON's escapes are among TOML's."""
    return json.dumps(value, ensure_ascii=False)
