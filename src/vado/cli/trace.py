"""vado trace: show the very place in the original that a fact came from, or the whole story of an original."""

import re
from dataclasses import replace

import click

from vado.cli.deliver import line_of
from vado.cli.main import Context
from vado.cli.words import as_json, out, row_line
from vado.errors import NotFound
from vado.exchange import consult, history
from vado.exchange.consult import Traced
from vado.exchange.history import Story
from vado.model.codec import to_plain
from vado.model.original import State

_WIDE = 400  # characters of an item shown


@click.command()
@click.argument("id")
@click.option("--json", "as_line", is_flag=True, help="As one line of JSON.")
@click.pass_obj
def trace(context: Context, id: str, as_line: bool) -> None:  # noqa: A002 - the word of the command line
    """Show where the fact ID stood in the original, by which reader and rule it was understood, and how surely.

    Of an original (its id, or six characters or more of its beginning) the whole story is told: when it came, what read it, what it
    said, whom it was linked to, what is open, and which deliveries carried facts of it.
    """
    with context.exchange() as x:
        try:
            traced = consult.trace(x, id, context.viewer)
        except NotFound:
            if not re.fullmatch(r"[0-9a-f]{6,64}", id):
                raise
            for row in history.find(x, id):
                _story(history.tell(x, row.original.partner, row.original.id, context.viewer), as_line=as_line)
            return
    if as_line:
        click.echo(as_json({"versions": to_plain(traced.versions), "items": to_plain(traced.items), "marked": traced.marked,
            "standing": traced.standing.value, "decisions": to_plain(traced.decisions)}))  # fmt: skip
    else:
        _print(traced)


def _story(story: Story, *, as_line: bool) -> None:
    if as_line:
        went = [line_of(w.delivery) | {"facts": w.facts} for w in story.went]
        more = {"row": row_line(story.row), "children": [row_line(r) for r in story.children], "went": went}
        click.echo(as_json(to_plain(replace(story, went=())) | more))
        return
    o, row = story.row.original, story.row
    out.print(f"original {o.id}", style="bold")
    out.print(f"  partner {o.partner}, by {o.channel}, {o.size} bytes, {row.state.value}", markup=False)
    out.print(f"  read by {story.read_by or 'nobody yet'}", markup=False)
    for e in story.events:
        out.print(f"  {e.at:%Y-%m-%d %H:%M:%S} UTC  {e.what:<26} {e.by:<14} {e.about}".rstrip(), markup=False)
    facts = ", ".join(f"{kind} {n}" for kind, n in story.facts.items())
    out.print(f"  facts: {facts or 'none'}")
    for i in row.issues:
        out.print(f"  {i}", markup=False)
    if story.doubts:
        out.print(f"  open doubts: {story.doubts}")
    if story.held and row.state is State.KEPT:
        out.print(f"  its partner is held: `vado partner release {o.partner}` reads it")
    if story.tried:
        due = f"next at {story.tried.due:%Y-%m-%d %H:%M} UTC" if story.tried.due else "no more by itself"
        out.print(f"  reading begun {story.tried.count} times, {due}")
    for w in story.went:
        out.print(f"  went out: {w.delivery.destination} {w.delivery.id} {w.delivery.made:%Y-%m-%d %H:%M} UTC "
                  f"{w.delivery.receipt}, {w.facts} facts", markup=False)  # fmt: skip
    for child in story.children:
        out.print(f"  inside it: {child.original.id} {child.state.value} {child.reader}", markup=False)


def _print(traced: Traced) -> None:
    newest = traced.fact
    e = newest.evidence
    out.print(f"{newest.kind}/{newest.id}", style="bold")
    out.print(f"  partner {e.partner}, original {e.original}, received {traced.row.original.received:%Y-%m-%d %H:%M} UTC")
    out.print(f"  read by {e.reader}, rule: {e.rule}, rung {e.fidelity.name}, confidence {e.confidence:.2f}", markup=False)
    out.print(f"  {traced.standing.value}", markup=False)
    for d in traced.decisions:
        out.print(f"    {d.at:%Y-%m-%d %H:%M} UTC {d.by}: {d.verdict.value}", markup=False)
    for place in e.places:
        b = place.box
        box = f"  box {b.left:.3f} {b.top:.3f} {b.right:.3f} {b.bottom:.3f}" if b else ""
        out.print(f"  at {place.path}{box}", markup=False)
    if len(traced.versions) > 1:
        out.print(f"  told {len(traced.versions)} times; this is the newest")
    for n, item in enumerate(traced.items):
        mark = ">>" if n == traced.marked else "  "
        out.print(
            f"{mark} {item.place.path:<24} {item.value[:_WIDE]}", markup=False, style="bold" if n == traced.marked else None
        )
