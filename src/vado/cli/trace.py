"""vado trace: show the very place in the original that a fact came from."""

import click

from vado.cli.main import Context
from vado.cli.words import as_json, out
from vado.exchange import consult
from vado.exchange.consult import Traced
from vado.model.codec import to_plain

_WIDE = 400  # characters of an item shown


@click.command()
@click.argument("fact")
@click.option("--json", "as_line", is_flag=True, help="As one line of JSON.")
@click.pass_obj
def trace(context: Context, fact: str, as_line: bool) -> None:
    """Show where FACT (its id) stood in the original, by which reader and rule it was understood, and how surely."""
    with context.exchange() as x:
        traced = consult.trace(x, fact, context.viewer)
    if as_line:
        click.echo(as_json({"versions": to_plain(traced.versions), "items": to_plain(traced.items), "marked": traced.marked,
            "standing": traced.standing.value, "decisions": to_plain(traced.decisions)}))  # fmt: skip
    else:
        _print(traced)


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
