"""vado collaboration round|invite: make rounds of asking, see how far they are, make letters."""

from datetime import date, datetime
from pathlib import Path

import click

from vado.cli.main import Context
from vado.cli.words import out
from vado.model.survey import Who


@click.group(name="round")
def round_() -> None:
    """Rounds of asking: add, list, show, close."""


@round_.command()
@click.argument("title")
@click.option("--opens", type=click.DateTime(["%Y-%m-%d"]), help="First day; today when it is left out.")
@click.option("--closes", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@click.option("--register", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Organisations, one a line.")
@click.option("--groups", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Citizens' groups, one a line.")
@click.option("--instrument", default="ford|1", show_default=True, help="Questionnaire and version.")
@click.pass_obj
def add(  # noqa: PLR0913, PLR0917 - one option each
    context: Context, title: str, opens: datetime | None, closes: datetime | None, register: Path | None, groups: Path | None,
    instrument: str,
) -> None:  # fmt: skip
    """Make a round; prints its id."""
    from vado.exchange.collaboration.opening import make

    with context.exchange() as x:
        first = opens.date() if opens else x.clock().date()
        made = make(
            x, title, first, _day(closes), context.viewer, instrument, register.read_text("utf-8") if register else "",
            groups.read_text("utf-8") if groups else "",
        )  # fmt: skip
    out.print(made.id)


@round_.command(name="list")
@click.pass_obj
def list_(context: Context) -> None:
    """List rounds, the newest first."""
    from vado.exchange.collaboration.opening import rounds

    with context.exchange() as x:
        for r in rounds(x, context.viewer):
            out.print(f"{r.id}  {r.opens} {r.closes or ''}  {r.title}", highlight=False)


@round_.command()
@click.argument("round_id", metavar="ROUND")
@click.pass_obj
def show(context: Context, round_id: str) -> None:
    """Say who is asked and whose voice is missing; small numbers are hidden."""
    from vado.exchange.collaboration.opening import standing

    with context.exchange() as x:
        found = standing(x, round_id, context.viewer)
    answers = f"fewer than {found.round.least}" if found.answers is None else found.answers
    out.print(f"{found.round.title}: {answers} answers, {'open' if found.is_open else 'closed'}", highlight=False)
    for v in found.voices:
        heard = "few" if v.answered is None else v.answered
        out.print(f"  {v.name} ({v.who}): {heard} answered, {v.invited} codes, {v.people or '?'} people", highlight=False)


@round_.command()
@click.argument("round_id", metavar="ROUND")
@click.pass_obj
def close(context: Context, round_id: str) -> None:
    """Take no more answers."""
    from vado.exchange.collaboration import opening

    with context.exchange() as x:
        opening.close(x, round_id, context.viewer)
    out.print("closed")


@click.command()
@click.argument("round_id", metavar="ROUND")
@click.option("--voice", required=True, metavar="ID", help="Organisation or citizens' group of the register.")
@click.option("--who", type=click.Choice([w.value for w in Who]), default="practitioner", show_default=True)
@click.option("--count", type=int, default=1, show_default=True, help="How many codes.")
@click.option("--roster", is_flag=True, help="Ask whom the organisation works with; not anonymous.")
@click.option("--language", type=click.Choice(["en", "es"]), default="en", show_default=True)
@click.option("--letters", type=click.Path(dir_okay=False, path_type=Path), help="PDF to write; else the codes are printed.")
@click.option("--address", default="http://127.0.0.1:8000/answer", show_default=True, help="Where people answer.")
@click.pass_obj
def invite(  # noqa: PLR0913, PLR0917 - one option each
    context: Context,
    round_id: str,
    voice: str,
    who: str,
    count: int,
    roster: bool,
    language: str,
    letters: Path | None,
    address: str,
) -> None:
    """Make codes, each good for one answer."""
    from vado.exchange.collaboration.opening import invite as made_by
    from vado.exchange.collaboration.opening import standing
    from vado.outgoing.invited.write import write

    with context.exchange() as x:
        codes = made_by(x, round_id, voice, Who(who), count, context.viewer, roster)
        found = standing(x, round_id, context.viewer).round
        named = found.named(voice)
        if letters:
            content = write(
                found, named.name if named else "", codes, address=address, language=language, at=x.clock(), roster=roster
            )
            letters.write_bytes(content)
            out.print(f"{count} letters in {letters}")
        else:
            for code in codes:
                click.echo(code)


def _day(at: datetime | None) -> date | None:
    return at.date() if at else None
