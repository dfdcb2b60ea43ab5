"""vado people review: two patients beside each other, by one key each; vado people learn: what the answers teach."""

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click
import orjson
from rich.table import Table
from rich.text import Text

from vado.cli.main import Context
from vado.cli.words import as_json, out
from vado.errors import VadoError
from vado.exchange import doubts as story
from vado.exchange import review
from vado.exchange.doubts import Asked
from vado.exchange.link import DIFFERENT, SAME
from vado.exchange.ports import Exchange
from vado.linkage.decide import match
from vado.linkage.explain import explain
from vado.linkage.learn import BOUND, LEAST, Learnt, Region
from vado.linkage.model import MODEL, Model, Thresholds, from_json
from vado.model.record import Viewer
from vado.record.beside import Marked, rows
from vado.wiring.build import model_of

_KEYS = "s same  d different  j next  k previous  u undo  ? help  q quit"
_HELP = """s  the same person: their records are joined
d  different persons: no rule will join them
j  next pair, without an answer
k  previous pair
u  undo your last answer
q  quit; what is answered is kept"""


@click.command("review")
@click.option("--by-harm", is_flag=True, help="First the pairs where allergies or medicines would stay unseen.")
@click.option("--list", "only_list", is_flag=True, help="List what waits; answer nothing.")
@click.option("--json", "as_lines", is_flag=True, help="List as one JSON line per pair: ids and bits only.")
@click.pass_obj
def review_pairs(context: Context, by_harm: bool, only_list: bool, as_lines: bool) -> None:
    """Show each pair that may be one person, the one whose answer teaches most first, and take an answer by one key.

    The pages show the same beside the picture of the page: `vado serve`, /doubts.
    """
    with context.exchange() as x:
        if as_lines or only_list:
            _list(story.every_pair(x, context.viewer, by_harm), as_lines)
        else:
            _loop(x, context.viewer, by_harm)


def _list(found: Iterable[Asked], as_lines: bool) -> None:
    table = Table("one", "other", "bits", "may spare", "doubt", box=None)
    n = 0
    for a in found:
        n += 1
        d = a.doubt
        if as_lines:
            click.echo(as_json({
                "doubt": d.id, "patient": d.patient, "candidate": d.candidate, "weight": d.weight, "spares": a.spares,
                "partners": [a.one.evidence.partner, a.other.evidence.partner],
            }))  # fmt: skip
        table.add_row(a.one.evidence.partner, a.other.evidence.partner, f"{d.weight:.1f}", str(a.spares or ""), d.id)
    if not as_lines:
        out.print(table)
        out.print(f"{n} pairs wait.")


def _loop(x: Exchange, viewer: Viewer, by_harm: bool) -> None:
    """One pair after the other, until none is left or the reader stops."""
    at, done = 0, 0
    again = ""
    while True:
        found = story.worklist(x, viewer, by_harm, shown=slice(0)).ids
        at = found.index(again) if again in found else min(at, len(found) - 1)
        if not found:
            out.print(f"No doubts are open. Answered: {done}.")
            return
        again = found[at]
        _show(x, viewer, found, at)
        key = _key()
        if key == "q":
            out.print(f"Answered: {done}.")
            return
        if key in "jk":
            at, again = (at + 1 if key == "j" else max(at - 1, 0)) % len(found), ""
        elif key == "?":
            out.print(_HELP)
        elif key == "u":
            again = _undo(x, viewer) or again
            done -= again != found[at]
        else:
            done += _settle(x, again, SAME if key == "s" else DIFFERENT, viewer)
            again = ""


def _show(x: Exchange, viewer: Viewer, found: tuple[str, ...], at: int) -> None:
    shown = story.show(x, found[at], viewer)
    d, sides = shown.doubt, (shown.one, shown.other)
    out.print(f"\nPair {at + 1} of {len(found)}: {d.weight:+.1f} bits", style="bold")
    table = Table("", *(s.patient.evidence.partner for s in sides), "", box=None)
    for r in rows(shown.one.patient.resource, shown.other.patient.resource):
        table.add_row(r.field, _text(r.one), _text(r.other), r.how)
    table.add_row("facts", *(str(s.facts) for s in sides), "")
    table.add_row("linked with", *(str(s.others) for s in sides), "")
    out.print(table)
    bits = Table("field", "how they agree", "bits", "", box=None)
    for field, how, value in explain(d.why):
        bits.add_row(field, how, f"{value:+.1f}", ("+" if value > 0 else "-") * min(round(abs(value)), 30))
    out.print(bits)
    limits = x.model.thresholds
    out.print(f"Asked from {limits.possible:.0f} bits, linked without asking from {limits.probable:.0f}.")


def _text(values: tuple[Marked, ...]) -> Text:
    told = Text()
    for n, value in enumerate(values):
        told.append("\n" if n else "")
        for text, differs in value:
            told.append(text, style="bold underline" if differs else "")
    return told


def _key() -> str:
    """Wait for one of the keys; the end of what is piped in is q."""
    click.echo(f"{_KEYS}: ", nl=False)
    while True:
        key = (click.getchar() if sys.stdin.isatty() else sys.stdin.read(1) or "q").lower()
        if key in "sdjku?q":
            click.echo(key)
            return key


def _settle(x: Exchange, doubt: str, verdict: str, viewer: Viewer) -> bool:
    try:
        review.settle_doubt(x, doubt, verdict, viewer)
    except VadoError as fault:
        out.print(str(fault), markup=False)
        return False
    return True


def _undo(x: Exchange, viewer: Viewer) -> str:
    """Take back the last answer; give its doubt, '' when there is none."""
    last = next(iter(story.recent(x, viewer, 1)), None)
    if last is None:
        out.print("There is no answer of yours to take back.")
        return ""
    story.take_back(x, last.doubt.id, viewer)
    return last.doubt.id


@click.command("learn")
@click.option(
    "--precision", type=click.FloatRange(0.9, 0.9999), default=BOUND, show_default=True, help="Share that must be right."
)
@click.option("--least", type=click.IntRange(30), default=LEAST, show_default=True, help="Answers below which nothing moves.")
@click.option("--yes", is_flag=True, help="Take the thresholds without asking.")
@click.option("--back", is_flag=True, help="Go back to the weights and thresholds before the last change.")
@click.pass_obj
def learn_thresholds(context: Context, precision: float, least: int, yes: bool, back: bool) -> None:
    """Move the thresholds of matching as far as the answers on doubts show, at the lower end of a 95 % interval, that it is right.

    Every step is shown first, kept with the one before it, and can be taken back; links made before stay.
    """
    data = context.settings().place / "data"
    if back:
        click.echo("The weights before the last change are in force." if step_back(data) else "There is nothing to go back to.")
        return
    with context.exchange() as x:
        origin = f"learnt {datetime.now(UTC):%Y-%m-%d} for {precision:.4f}"
        learnt = story.taught(x, context.viewer, precision, least, origin)
        _teach(x.model.thresholds, learnt)
        if not (learnt.link or learnt.ask):
            out.print(f"{learnt.answers} answers do not show enough yet: the thresholds stay.")
        elif yes or click.confirm("Use these thresholds from now on?", default=False):
            model = replace(x.model, thresholds=learnt.thresholds)
            take(data, model)
            anew = replace(x, match=partial(match, model=model), model=model)
            linked = story.link_what_is_sure(anew, context.viewer)
            out.print(f"{MODEL} written; `vado people learn --back` undoes it. Open pairs linked now: {linked}.")


def _teach(before: Thresholds, learnt: Learnt) -> None:
    table = Table("threshold", "bits before", "bits now", "pairs moved", "answers that count", "right", "at least", box=None)
    now = learnt.thresholds
    _row(table, "linked without asking from", before.probable, now.probable, learnt.link)
    _row(table, "asked from", before.possible, now.possible, learnt.ask)
    out.print(table)


def _row(table: Table, name: str, before: float, now: float, region: Region | None) -> None:
    told = (
        (str(region.pairs), f"{region.answers:.0f}", f"{region.share:.2%}", f"{region.lowest:.2%}")
        if region
        else ("", "", "", "")
    )
    table.add_row(name, f"{before:.0f}", f"{now:.0f}", *told)


# versions of the model


def take(data: Path, model: Model) -> None:
    """Put a model in force; the one before is kept under the next number."""
    path, number = data / MODEL, len(_versions(data)) + 1
    new = path.with_suffix(".new")
    _write(path.with_name(f"matching-{number:03}.json"), model_of(data))
    _write(new, model)
    new.replace(path)


def step_back(data: Path) -> bool:
    """Put the model before the last change in force; False: there is none."""
    some = _versions(data)
    if some:
        from_json(some[-1].read_bytes())  # it must be one
        some[-1].replace(data / MODEL)
    return bool(some)


def _versions(data: Path) -> list[Path]:
    return sorted(data.glob("matching-[0-9][0-9][0-9].json"))


def _write(path: Path, model: Model) -> None:
    path.write_bytes(orjson.dumps(model.plain(), option=orjson.OPT_INDENT_2))
