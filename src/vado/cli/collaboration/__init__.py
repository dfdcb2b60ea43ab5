"""vado collaboration: what people say of working together, and what it is asked with."""

from importlib import import_module

import click

# Loaded when called: name -> (module, attribute, one line)
_COMMANDS = {
    "round": ("vado.cli.collaboration.round", "round_", "Make rounds of asking, see how far they are, close them."),
    "invite": ("vado.cli.collaboration.round", "invite", "Make codes and letters, each good for one answer."),
    "forms": ("vado.cli.collaboration.forms", "forms", "Write the questionnaire of a round as workbook, FHIR, table or paper."),
    "results": ("vado.cli.collaboration.results", "show_results", "What a closed round says."),
    "network": ("vado.cli.collaboration.network", "network", "Show who works with whom, as said and as seen."),
    "direction": ("vado.cli.collaboration.direction", "direction", "Show which way each thing goes."),
    "bring": ("vado.cli.collaboration.forms", "bring", "Take in a file of answers."),
    "money": ("vado.cli.collaboration.money", "money", "Who gains and who pays of a proposal; bring its lines."),
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[cmd_name]
        return getattr(import_module(module), attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in _COMMANDS.items()])


@click.command(cls=_Lazy)
def collaboration() -> None:
    """Ask how people work together, and see what they say."""
