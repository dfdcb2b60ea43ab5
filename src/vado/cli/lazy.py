"""A group of commands each of which is loaded when it is called: `vado` starts as fast as its smallest command."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class Lazy(click.Group):
    """Commands by name: (module, attribute, what it does in one line)."""

    def __init__(self, *args: Any, loaded: Mapping[str, tuple[str, str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._loaded = loaded

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name them, in the order in which they stand."""
        return list(self._loaded)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one; None: there is none of that name."""
        if cmd_name not in self._loaded:
            return None
        module, attribute, _ = self._loaded[cmd_name]
        return getattr(import_module(module), attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them for --help without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in self._loaded.items()])
