"""vado desk: review what was read from paper, by one key each."""

import sys
from datetime import datetime

import click
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import as_json, out
from vado.errors import SettingsError, VadoError
from vado.exchange import consult, review
from vado.exchange.desk import TARGET, Desk, Waiting, labels_of, open_desk, suggest
from vado.exchange.ports import Exchange
from vado.model.original import PartnerId
from vado.model.record import Viewer
from vado.model.review import Verdict
from vado.record.correct import correctable
from vado.record.words import detail, title

_KEYS = "a accept  e edit  r reject  s skip  u undo  ? help  q quit"
_HELP = """a  accept: it is read right
e  edit: write what stands on the paper; it is kept as your correction
r  reject: it does not stand there
s  skip, decide later
u  undo your last decision
q  quit; what is decided is kept"""


@click.command()
@click.option("--partner", metavar="ID", help="Only papers of this partner.")
@click.option("--list", "only_list", is_flag=True, help="List what waits; decide nothing.")
@click.option("--json", "as_lines", is_flag=True, help="List as one JSON line per value.")
@click.option("--threshold", is_flag=True, help="Say which review_below the decisions on --partner's papers speak for.")
@click.pass_obj
def desk(context: Context, partner: str | None, only_list: bool, as_lines: bool, threshold: bool) -> None:
    """Show each value that waits for a person, the most urgent first, and take a decision by one key.

    Order: allergies, medicines, diagnoses and who the person is, results, the rest; then what is read wrong most often, what was
    read least surely, what has waited longest. The pages show the same desk beside the picture of the page: `vado serve`, /desk.
    """
    with context.exchange() as x:
        if partner and partner not in x.profiles:
            raise SettingsError("CO-004", partner=partner)
        only = PartnerId(partner) if partner else None
        if threshold:
            _suggest(x, [only] if only else sorted(x.profiles), context.viewer)
        elif as_lines or only_list:
            _list(open_desk(x, context.viewer, only), as_lines)
        else:
            _loop(x, context.viewer, only)


def _list(found: Desk, as_lines: bool) -> None:
    if as_lines:
        for w in found.waiting:
            e = w.fact.evidence
            click.echo(
                as_json(
                    {
                        "fact": w.fact.id, "kind": w.fact.kind, "partner": e.partner, "original": e.original,
                        "confidence": e.confidence, "received": w.received.isoformat(), "standing": w.standing.value,
                    }
                )
            )  # fmt: skip
        return
    table = Table("kind", "what", "confidence", "told by", "received", "standing", "fact", box=None)
    for w in found.waiting:
        e = w.fact.evidence
        table.add_row(
            w.fact.kind, _says(w), f"{e.confidence:.0%}", e.partner, f"{w.received:%Y-%m-%d}", w.standing.value, w.fact.id
        )
    out.print(table)
    out.print(f"{found.open} values wait, and {len(found.waiting) - found.open} samples of what is shown already.")


def _loop(x: Exchange, viewer: Viewer, partner: PartnerId | None) -> None:
    """One value after the other, until nothing is left or the reader stops."""
    past, again, done = "", "", 0
    while True:
        found = open_desk(x, viewer, partner, again)
        rest = [w for w in found.waiting if w.fact.id == again] or found.after(past)
        again = ""
        if not rest:
            out.print(f"Nothing more waits for you. Decided: {done}.")
            return
        _show(x, rest[0], viewer, found.open)
        shown = x.clock()
        key = _key()
        if key == "q":
            out.print(f"Decided: {done}.")
            return
        if key == "s":
            past = rest[0].fact.id
        elif key == "?":
            out.print(_HELP)
            again = rest[0].fact.id
        elif key == "u":
            again = _take_back(x, found, viewer)
            done -= bool(again)
        else:
            done += _decide(x, rest[0], key, viewer, shown)


def _show(x: Exchange, waiting: Waiting, viewer: Viewer, how_many: int) -> None:
    traced = consult.trace(x, waiting.fact.id, viewer, most=1)
    e = waiting.fact.evidence
    out.print(f"\n{how_many} wait. {waiting.fact.kind}: {_says(waiting)}", style="bold", markup=False)
    out.print(f"  {e.confidence:.0%} sure, {e.partner}, {e.places[0].path}, {waiting.standing.value}", markup=False)
    for vote in waiting.votes:
        out.print(f"  {vote.by}: {vote.verdict.value} {_words(vote.after or vote.proposed.resource)}", markup=False)
    for n, item in enumerate(traced.items):
        if traced.marked is not None and abs(n - traced.marked) <= 1:
            out.print(f"  {'>>' if n == traced.marked else '  '} {item.value[:200]}", markup=False)


def _key() -> str:
    """Wait for one of the keys; the end of what is piped in is q."""
    click.echo(f"{_KEYS}: ", nl=False)
    while True:
        key = (click.getchar() if sys.stdin.isatty() else sys.stdin.read(1) or "q").lower()
        if key in "aersu?q":
            click.echo(key)
            return key


def _decide(x: Exchange, waiting: Waiting, key: str, viewer: Viewer, shown: datetime) -> int:
    changes = _edited(waiting) if key == "e" else {}
    verdict = {"a": Verdict.ACCEPT, "e": Verdict.CORRECT, "r": Verdict.REJECT}[key]
    try:
        review.decide(x, waiting.fact.id, verdict, viewer, changes=changes, seconds=(x.clock() - shown).total_seconds())
    except VadoError as fault:
        out.print(str(fault), markup=False)
        return 0
    return 1


def _edited(waiting: Waiting) -> dict[str, str]:
    return {path: click.prompt(path, default=value) for path, value in correctable(waiting.fact.resource)}


def _take_back(x: Exchange, found: Desk, viewer: Viewer) -> str:
    """Undo the last decision; give its fact, to be shown again."""
    if not found.decided:
        out.print("There is no decision of yours to take back.")
        return ""
    last = found.decided[0].fact
    review.take_back(x, last, viewer)
    return last


def _suggest(x: Exchange, partners: list[PartnerId], viewer: Viewer) -> None:
    table = Table("partner", "decided", "right", "review_below now", "speaks for", "shown", "right of these, at least", box=None)
    for partner in partners:
        rows = labels_of(x, partner, viewer)
        found = suggest(rows)
        now = x.profiles[partner].review_below
        speaks = "too few, or too many wrong" if found.threshold is None else f"{found.threshold:.3f}"
        table.add_row(
            partner,
            str(len(rows)),
            str(sum(r.right for r in rows)),
            f"{now:.3f}",
            speaks,
            str(found.shown),
            f"{found.lowest:.1%}",
        )
    out.print(table)
    out.print(f"A threshold is named when at least {TARGET:.0%} of the values at or above it were right (Wilson bound, 95 %).")


def _says(waiting: Waiting) -> str:
    return _words(waiting.fact.resource)


def _words(resource: dict[str, object]) -> str:
    return ", ".join(w for w in (title(resource, {}), detail(resource)) if w)
