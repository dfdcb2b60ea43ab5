"""vado replies: what people are owed a reply to."""

import click
from rich.table import Table

from vado.cli.main import Context
from vado.cli.words import out
from vado.exchange import replies as owed
from vado.model.said import Answer, OwedKind


@click.group(invoke_without_command=True)
@click.option("--late", is_flag=True, help="Only those whose day is past.")
@click.pass_context
def replies(ctx: click.Context, late: bool) -> None:
    """List what people are owed a reply to: open first, the next due first. It says nothing of what they wrote; `show` does."""
    if ctx.invoked_subcommand:
        return
    context: Context = ctx.obj
    table = Table("id", "what", "to", "sent", "due", "state", box=None)
    with context.exchange() as x:
        for w in owed.worklist(x, context.viewer, limit=1000):
            if not late or w.late:
                o, state = w.owed, "LATE" if w.late else w.owed.state
                table.add_row(o.id, o.kind.value, o.to or "this place", f"{o.made:%Y-%m-%d}", f"{o.due:%Y-%m-%d}", state)
    out.print(table)


@replies.command()
@click.argument("id")
@click.pass_obj
def show(context: Context, id: str) -> None:  # noqa: A002 - the word of the command line
    """Show what was said in ID."""
    with context.exchange() as x:
        w = owed.one(x, id, context.viewer)
    o = w.owed
    about = f"{w.fact.kind}/{o.fact}" if w.fact else f"the look of {o.looked}" if o.looked else o.fact
    out.print(f"{o.kind.value}, about {about}, by the {o.voice.value} {w.name}", markup=False)
    out.print(o.text, markup=False)
    if o.rather:
        out.print(f"What would be right: {o.rather}", markup=False)
    if o.answer:
        out.print(f"{o.answer.value}: {o.reply}", markup=False)


@replies.command()
@click.argument("id")
@click.option("--agreed", "given", flag_value="agreed", help="The source corrects it.")
@click.option("--not-agreed", "given", flag_value="not agreed", help="With the reason, as --reply.")
@click.option("--reply", default="", metavar="TEXT", help="In words that the person understands.")
@click.pass_obj
def answer(context: Context, id: str, given: str | None, reply: str) -> None:  # noqa: A002
    """Write down the reply to ID, as those gave it who had to."""
    with context.exchange() as x:
        asked = owed.one(x, id, context.viewer).owed.kind is OwedKind.QUESTION
        if not asked and not given:
            raise click.UsageError("say --agreed or --not-agreed")
        owed.answer(x, id, Answer.ANSWERED if asked else Answer(given), reply, context.viewer)
    click.echo("Done.")
