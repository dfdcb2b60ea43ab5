"""vado completion: the script that makes the shell complete words."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script; for bash: eval "$(vado completion bash)"."""
    from vado.cli.main import vado

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(kind(vado, {}, "vado", "_VADO_COMPLETE").source())
