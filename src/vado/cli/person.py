"""vado person: find and show; link, take apart, take back."""

from pathlib import Path

import click
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import out
from vado.exchange import consult, faces, review
from vado.model.person import Person
from vado.model.record import Line, Record
from vado.record.words import name_of


@click.group()
def person() -> None:
    """Find and show persons; say who is one and who is not."""


@person.command()
@click.argument("words", nargs=-1, required=True)
@click.pass_obj
def find(context: Context, words: tuple[str, ...]) -> None:
    """Find persons by name, number or birth date (YYYY-MM-DD)."""
    with context.exchange() as x:
        persons = consult.find_persons(x, " ".join(words), context.viewer)
        for p in persons:
            out.print(f"{p.id}  {_head(p)}")
    if not persons:
        click.echo("Nobody found. Try fewer words.", err=True)
        raise click.exceptions.Exit(1)


@person.command()
@click.argument("id")
@click.option("--ips", is_flag=True, help="Print an International Patient Summary (FHIR document bundle, JSON).")
@click.option("--out", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file instead.")
@click.pass_obj
def show(context: Context, id: str, ips: bool, target: Path | None) -> None:  # noqa: A002 - the word of the command line
    """Show the record of person ID, joined from all partners."""
    with context.exchange() as x:
        record = consult.show_record(x, id, context.viewer, "export" if ips else "read")
    if not ips:
        _print_record(record)
        return
    from vado.outgoing.ips.write import write

    summary = write(record)
    if target:
        target.write_bytes(summary.content)
    else:
        click.echo(summary.content.decode())
    if summary.losses:
        click.echo(
            f"{len(summary.losses)} facts are not in the summary (read from paper and not reviewed, or no place for them).",
            err=True,
        )


@person.command()
@click.argument("patients", nargs=-1, required=True)
@click.confirmation_option(prompt="Take these patients out of their person?")
@click.pass_obj
def unlink(context: Context, patients: tuple[str, ...]) -> None:
    """Take PATIENTS (partners' records of a person, by id) out of their person, together, into one of their own.

    No rule joins them again. Prints who saw the record while it was wrong.
    """
    with context.exchange() as x:
        alone = review.split(x, patients, context.viewer)
        wrong = faces.corrections(x, patients[0], context.viewer)
    click.echo(f"Done: person {alone} has {len(patients)} of these patients now.")
    _print_corrections(wrong)


@person.command()
@click.argument("one")
@click.argument("other")
@click.confirmation_option(prompt="Are these two patients one human being?")
@click.pass_obj
def link(context: Context, one: str, other: str) -> None:
    """Say that patients ONE and OTHER are the same human being: their persons become one."""
    with context.exchange() as x:
        click.echo(f"Done: both belong to person {review.merge(x, one, other, context.viewer)}.")


@person.command()
@click.argument("patient")
@click.pass_obj
def undo(context: Context, patient: str) -> None:
    """Take back the last word of a person on whose record PATIENT is, whatever came after."""
    with context.exchange() as x:
        review.undo(x, patient, context.viewer)
    click.echo("Done: that word does not hold any more.")


@person.command()
@click.argument("patient")
@click.pass_obj
def corrections(context: Context, patient: str) -> None:
    """List who saw or was given a record in which PATIENT was wrongly: they have to be told."""
    with context.exchange() as x:
        _print_corrections(faces.corrections(x, patient, context.viewer))


def _print_corrections(wrong: tuple[faces.Correction, ...]) -> None:
    if not wrong:
        click.echo("Nobody saw the record while it was wrong.")
        return
    table = Table("who has to be told", "what", "times", "last", "the record then", box=None)
    for c in wrong:
        table.add_row(c.who, c.action, str(c.times), f"{c.last:%Y-%m-%d %H:%M}", c.person)
    out.print(table)


def _head(person: Person) -> str:
    names = dict.fromkeys(name_of(p.resource) for p in person.patients)
    born = dict.fromkeys(str(p.resource.get("birthDate", "?")) for p in person.patients)
    partners = dict.fromkeys(p.evidence.partner for p in person.patients)
    return f"{' / '.join(names)}, born {' / '.join(born)}  ({', '.join(partners)})"


def _print_record(record: Record) -> None:
    out.print(_head(record.person), style="bold")
    for patient, link in zip(record.person.patients, record.person.links, strict=True):
        out.print(f"  {patient.evidence.partner}: patient {patient.id}, {link.grade.value} ({link.weight:.1f} bits) by {link.by}")
    table = Table("kind", "what", "value", "when", "rung", "told by", "why first", "fact", box=None)
    for line in record.lines:
        table.add_row(*_cells(line))
    out.print(table)
    for line in record.waiting:
        words = ", ".join(w for w in (line.title, line.detail) if w)
        sure, told = line.shown.evidence.confidence, line.shown.evidence.partner
        out.print(f"text from paper: “{words}” waits for a person ({sure:.0%}, {told}); see `vado desk`", markup=False)
    for source in record.sources:
        out.print(f"{source.partner}: {source.facts} facts, newest {source.newest or 'not said'}")


def _cells(line: Line) -> list[str]:
    evidence = line.shown.evidence
    told = dict.fromkeys(f.evidence.partner for f in (line.shown, *line.same))
    conflict = f" (!{len(line.conflicts)} say otherwise)" if line.conflicts else ""
    confidence = f" {evidence.confidence:.0%}" if evidence.confidence < 1 else ""
    return [
        line.kind.value, line.title, line.detail + conflict, line.when, evidence.fidelity.name.lower() + confidence,
        ", ".join(told), line.why.value, line.shown.id,
    ]  # fmt: skip
