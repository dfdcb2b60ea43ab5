"""vado collaboration network: who works with whom, as they say and as the exchange shows."""

from collections.abc import Iterable
from pathlib import Path

import click
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import as_json, out
from vado.collaboration.ecosystem import LAYERS
from vado.collaboration.network_files import as_graphml, as_kumu, as_lines
from vado.exchange.collaboration.ecosystem import choices, ecosystem

_FILE = click.Path(dir_okay=False, path_type=Path)
_WHOLE = (
    "organisations",
    "ties",
    "density",
    "centralisation",
    "fragmentation",
    "confirmation",
    "jaccard",
    "kappa",
    "joined",
    "people",
    "whole",
)


@click.command()
@click.option(
    "--round",
    "round_id",
    default="",
    metavar="ID",
    help="Whose register and ties, by its id; else the latest round that has ties.",
)
@click.option("--layer", type=click.Choice(LAYERS), default="difference", show_default=True, help="Which ties are measured.")
@click.option("--leaves", default="", metavar="ID", help="Organisation: also list what breaks when it leaves.")
@click.option("--graphml", type=_FILE, help="GraphML to write, for Gephi and others.")
@click.option("--kumu", type=_FILE, help="JSON to write, for Kumu.")
@click.option("--json", "as_one", is_flag=True, help="Say it as one line of JSON.")
@click.pass_obj
def network(  # noqa: PLR0913, PLR0917 - one option each
    context: Context, round_id: str, layer: str, leaves: str, graphml: Path | None, kumu: Path | None, as_one: bool
) -> None:
    """Show the network: measures, what one more bridge would join, what breaks when one leaves.

    Numbers of people are rounded to fives; "-" is under five, or no figure.
    """
    with context.exchange() as x:
        place, round_, _ = ecosystem(x, context.viewer, round_id)
        rounds = [r.id for r in choices(x, context.viewer)]
    if leaves and all(a.id != leaves for a in place.actors):
        raise click.BadParameter(f"there is no organisation {leaves!r}; --json and GraphML name them", param_hint="--leaves")
    for path, content in ((graphml, as_graphml), (kumu, lambda p: as_json(as_kumu(p)).encode())):
        if path:
            path.write_bytes(content(place))
            out.print(str(path))
    said = {"round": round_.id if round_ else None, "rounds": rounds, **as_lines(place, layer, leaves)}
    if as_one:
        click.echo(as_json(said))
        return
    out.print(f"round: {_cell(said['round'])}; closed rounds, newest first: {', '.join(rounds) or '-'}")
    for name in _WHOLE:
        out.print(f"{name}: {_cell(said[name])}")
    _table("organisation", ("ties", "between", "constraint", "cut_point", "role"), ((s["name"], s) for s in said["standing"]))
    seen = ((" -> ".join(s["between"]), s | {"as": ", ".join(s["as"])}) for s in said["seen"])
    _table("seen", ("as", "people", "people_opened"), seen)
    columns = ("whole_by_path", "pairs_by_path", "whole_direct", "pairs_direct")
    _table("one more bridge", columns, ((" - ".join(b["between"]), b) for b in said["bridges"]))
    out.print("best two: " + (", ".join(" - ".join(pair) for pair in said["best_two"]) or "-"))
    if leaves:
        _table("no longer joined", ("people",), ((" - ".join(b["between"]), b) for b in said["if_it_leaves"]))


def _table(first: str, columns: Iterable[str], rows: Iterable[tuple[str, dict[str, object]]]) -> None:
    columns = tuple(columns)
    table = Table(first, *(c.replace("_", " ") for c in columns))
    for name, row in rows:
        table.add_row(name, *(_cell(row[c]) for c in columns))
    out.print(table)


def _cell(value: object) -> str:
    return "yes" if value is True else "" if value is False else "-" if value is None else str(value)
