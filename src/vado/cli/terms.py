"""vado terms: local codes without a standard one, suggestions, accepted maps, code systems that you have a licence for."""

from itertools import islice
from pathlib import Path

import click
from rich.progress import Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import as_json, out
from vado.exchange import meanings as story
from vado.model.codec import to_plain
from vado.model.original import PartnerId
from vado.model.term import Accepted, Concept
from vado.terms.load import KINDS, LOINC, concepts
from vado.tools.units import canonical

_AT_ONCE = 2_000


@click.group()
def terms() -> None:
    """What partners' own codes mean, in standard ones."""


@terms.command()
@click.option("--partner", metavar="ID", help="Only this partner's.")
@click.option("--json", "as_lines", is_flag=True, help="One JSON line per code.")
@click.pass_obj
def unmapped(context: Context, partner: str | None, as_lines: bool) -> None:
    """List local codes and texts that no standard code stands beside, most frequent first."""
    with context.exchange() as x:
        found = story.unmapped(x, PartnerId(partner) if partner else None)
    if as_lines:
        for one in found:
            click.echo(as_json(to_plain(one)))
        return
    table = Table("partner", "kind", "code or text", "words", "unit", "times", box=None)
    for one in found:
        table.add_row(one.partner, one.kind, one.local, one.text, one.unit, str(one.count))
    out.print(table if found else "Every code has a standard one beside it.")


@terms.command()
@click.argument("local")
@click.option("--partner", required=True, metavar="ID", help="Whose code it is.")
@click.option("--n", "most", default=5, show_default=True, help="How many.")
@click.pass_obj
def suggest(context: Context, local: str, partner: str, most: int) -> None:
    """Rank standard codes for the LOCAL code or text, each with its score (0 to 100: how alike the words are) and why."""
    with context.exchange() as x:
        found = story.suggest(x, PartnerId(partner), local, most=most, same=canonical)
    table = Table("score", "code", "words", "system", "why", box=None)
    for s in found:
        why = f"{s.why}; but its unit is {s.unit}" if s.unit else s.why
        table.add_row(f"{s.score:.0f}", s.concept.code, s.concept.display, s.concept.system, why)
    out.print(table if found else "Nothing alike is known. Load a code system with `vado terms load`.")


@terms.command()
@click.argument("local")
@click.argument("code")
@click.option("--partner", required=True, metavar="ID", help="Whose code it is.")
@click.option("--system", default=LOINC, show_default=True, metavar="URL", help="The code system of CODE.")
@click.option("--display", default="", help="The words of CODE.")
@click.option("--equivalence", type=click.Choice(story.EQUIVALENCES), default="equivalent", show_default=True)
@click.pass_obj
def accept(context: Context, local: str, code: str, partner: str, system: str, display: str, equivalence: str) -> None:  # noqa: PLR0913 - options
    """Say that the partner's LOCAL code means CODE. It holds from now on; `vado reread` applies it to what is kept."""
    with context.exchange() as x:
        story.accept(
            x, Accepted(PartnerId(partner), local, Concept(system, code, display), equivalence, context.viewer.name, x.clock())
        )
    click.echo(f"{local} is {code} from now on. `vado reread --reader NAME --partner {partner}` applies it to what is kept.")


@terms.command()
@click.argument("local")
@click.option("--partner", required=True, metavar="ID", help="Whose code it is.")
@click.pass_obj
def withdraw(context: Context, local: str, partner: str) -> None:
    """Take back what was accepted for LOCAL; the row stays in the history."""
    with context.exchange() as x:
        if not story.withdraw(x, PartnerId(partner), local, context.viewer.name):
            raise click.UsageError(f"Nothing is accepted for {local}.")
    click.echo(f"Nothing is accepted for {local} any more.")


@terms.command("maps")
@click.option("--partner", required=True, metavar="ID", help="Whose.")
@click.option("--json", "as_lines", is_flag=True, help="One JSON line per row.")
@click.pass_obj
def maps_(context: Context, partner: str, as_lines: bool) -> None:
    """List what was accepted, by whom and when."""
    with context.exchange() as x, x.store.begin() as tx:
        rows = tx.accepted(PartnerId(partner))
    if as_lines:
        for row in rows:
            click.echo(as_json(to_plain(row)))
        return
    table = Table("local", "means", "words", "equivalence", "by", "at", "state", box=None)
    for r in rows:
        state = "withdrawn" if r.withdrawn else "in force"
        table.add_row(
            r.local, f"{r.target.system}|{r.target.code}", r.target.display, r.equivalence, r.by, f"{r.at:%Y-%m-%d}", state
        )
    out.print(table if rows else "Nothing is accepted yet.")


@terms.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.pass_obj
def load(context: Context, kind: str, path: Path) -> None:
    """Load a code system that you have a licence for: snomed (RF2), loinc, icd10, rxnorm, csv; a file, a folder or a zip."""
    click.echo("You need the publisher's licence for this code system. Nothing of it is shipped with Vado.")
    found, n = concepts(kind, path), 0
    with (
        context.exchange() as x,
        Progress(TextColumn("loading {task.completed:,}"), TimeElapsedColumn(), console=out) as progress,
    ):
        task = progress.add_task("", total=None)
        while some := list(islice(found, _AT_ONCE)):
            with x.store.begin() as tx:
                tx.learn(some)
            n += len(some)
            progress.advance(task, len(some))
    click.echo(f"{n} concepts loaded.")
