"""vado collaboration: what people say of working together, and what it is asked with."""

import click

from vado.cli.lazy import Lazy

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


@click.command(cls=Lazy, loaded=_COMMANDS)
def collaboration() -> None:
    """Ask how people work together, and see what they say."""
