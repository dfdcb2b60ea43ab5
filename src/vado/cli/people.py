"""vado people: weights of matching, trained and measured on the place's own people; whom somebody would match."""

from datetime import UTC, datetime
from itertools import islice
from random import Random
from typing import BinaryIO

import click
import orjson
from rich.table import Table

from vado.cli.doubts import learn_thresholds, review_pairs, take
from vado.cli.main import Context
from vado.cli.words import as_json, out
from vado.errors import SettingsError
from vado.exchange import faces
from vado.exchange import people as story
from vado.linkage.evaluate import evaluate as measured
from vado.linkage.explain import explain
from vado.linkage.model import MODEL, Model
from vado.linkage.train import train as trained
from vado.model.original import PartnerId
from vado.model.person import Demographics
from vado.wiring.build import model_of


@click.group()
def people() -> None:
    """How it is decided whose record it is: review, learn, train, measure, renew, preview, find over-merges."""


people.add_command(review_pairs)
people.add_command(learn_thresholds)


@people.command()
@click.option("--most", default=300_000, show_default=True, help="How many patients to learn from.")
@click.option("--yes", is_flag=True, help="Use the new weights without asking.")
@click.pass_obj
def train(context: Context, most: int, yes: bool) -> None:
    """Estimate the weights of matching from this place's own patients, without labels, and show what changes."""
    some = _some(context, most, "train-matching")
    data = context.settings().place / "data"
    before = model_of(data)
    try:
        chance = Random(1)  # noqa: S311 - no secret is made of it
        model = trained(some, chance, f"{datetime.now(UTC):%Y-%m-%d}, {len(some)} patients")
    except ValueError:
        raise click.UsageError(f"{len(some)} patients are too few to learn from; the shipped weights stay.") from None
    _show(before, model)
    if yes or click.confirm("Use these weights from now on?", default=False):
        take(data, model)
        told = "`vado people learn --back` undoes it. Links made before stay; thresholds learnt for the weights before do not."
        click.echo(f"{MODEL} written. {told}")


@people.command()
@click.option("--most", default=100_000, show_default=True, help="How many patients to measure.")
@click.pass_obj
def evaluate(context: Context, most: int) -> None:
    """Measure matching per group of people, on those whose national number tells the truth; the number is hidden from matching."""
    some = _some(context, most, "evaluate-matching")
    found = measured(some, datetime.now(UTC).year, model_of(context.settings().place / "data"))
    table = Table("group", "true pairs", "linked", "95 % interval", "asked", "wrong links", "precision", box=None)
    for s in found:
        low, high = s.interval()
        table.add_row(
            s.group, str(s.pairs), f"{s.recall:.1%}", f"{low:.1%} to {high:.1%}", str(s.asked), str(s.wrong), f"{s.precision:.4f}"
        )
    out.print(table if found else "Nobody here has a national number with two partners: nothing tells the truth.")


@people.command()
@click.pass_obj
def renew(context: Context) -> None:
    """Normalise all patients anew and write the keys under which they are found; links stay."""
    with context.exchange() as x:
        n = story.renew(x, context.viewer)
    click.echo(f"{n} patients renewed.")


@people.command()
@click.option("--json", "as_lines", is_flag=True, help="One JSON line per person.")
@click.pass_obj
def overmerged(context: Context, as_lines: bool) -> None:
    """List persons who may be two: their patients contradict each other. `vado person unlink` takes one apart."""
    found, after = 0, ""
    with context.exchange() as x:
        while True:
            some, after = faces.over_merged(x, context.viewer, after=after)
            for one in some:
                found += 1
                _tell_faces(one, as_lines)
            if not after:
                break
    if not as_lines:
        click.echo(f"{found} persons may be two.")


def _tell_faces(one: faces.OverMerge, as_lines: bool) -> None:
    if as_lines:
        said = [{"kind": c.kind, "patients": [c.one, c.other], "facts": list(c.facts)} for c in one.clashes]
        click.echo(as_json({"person": one.person.id, "clashes": said}))
        return
    out.print(f"{one.person.id}", style="bold")
    partners = {p.id: p.evidence.partner for p in one.person.patients}
    for c in one.clashes:
        out.print(f"  {c.kind}: patient {c.one} ({partners[c.one]}) and {c.other} ({partners[c.other]})", markup=False)


@people.command()
@click.argument("file", type=click.File("rb"))
@click.option("--partner", required=True, metavar="ID", help="Who would send it.")
@click.pass_obj
def preview(context: Context, file: BinaryIO, partner: str) -> None:
    """Say whom the FHIR Patient in FILE (JSON; - for standard input) would match, and why. Nothing is stored."""
    try:
        resource = orjson.loads(file.read())
        if not isinstance(resource, dict) or resource.get("resourceType") != "Patient":
            raise ValueError
    except ValueError:
        raise click.UsageError("A FHIR Patient as JSON is needed.") from None
    with context.exchange() as x:
        if partner not in x.profiles:
            raise SettingsError("CO-004", partner=partner)
        matches = faces.preview(x, resource, PartnerId(partner), context.viewer)
    for m in matches:
        out.print(f"{m.grade.value}: patient {m.candidate}, {m.weight:.1f} bits", style="bold")
        for field, level, bits in explain(m.why):
            out.print(f"  {bits:+6.1f}  {field}: {level}", markup=False)
    if not matches:
        click.echo("Nobody: this would be a new person.")


def _some(context: Context, most: int, why: str) -> list[Demographics]:
    with context.exchange() as x:
        return list(islice(story.everybody(x, context.viewer, why), most))


def _show(before: Model, now: Model) -> None:
    table = Table("field", "level", "bits before", "bits now", box=None)
    for (field, level), bits in sorted(now.bits.items()):
        old = before.bits.get((field, level))
        if old is None or abs(old - bits) >= 0.5:
            table.add_row(field, level, "" if old is None else f"{old:.1f}", f"{bits:.1f}")
    out.print(table if table.row_count else "Nothing changes by half a bit: too few people are here twice, or the weights fit.")
    out.print(f"Names that several people bear: {len(now.names)}.")
