"""The command `vado`: global options, exit codes, and where each subcommand lives."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from vado import __version__
from vado.cli.lazy import Lazy
from vado.errors import VadoError
from vado.exchange.ports import Exchange
from vado.model.record import Viewer
from vado.settings.settings import Settings, find_place

# Loaded when called, so that `vado --help` is quick: name -> (module, attribute, one line)
_COMMANDS = {
    "init": ("vado.cli.init", "init", "Make a Vado place: settings, partners, store."),
    "partner": ("vado.cli.partner", "partner", "Add, list and check partners."),
    "receive": ("vado.cli.receive", "receive", "Take files in: keep, read, link, join."),
    "resume": ("vado.cli.receive", "resume", "Finish what a crash or a stop left unread."),
    "cover": ("vado.cli.cover", "cover", "Print a cover sheet that leads a scan to partner and person."),
    "ledger": ("vado.cli.ledger", "ledger", "List every original and its state."),
    "replay": ("vado.cli.replay", "replay", "Read kept originals anew, by filter; see what changes first."),
    "reread": ("vado.cli.replay", "reread", "The same for one format."),
    "status": ("vado.cli.status", "status", "Count per partner and format."),
    "person": ("vado.cli.person", "person", "Find and show persons; say who is one and who is not."),
    "people": ("vado.cli.people", "people", "How it is decided whose record it is: train, measure."),
    "trace": ("vado.cli.trace", "trace", "Show the very place a fact came from."),
    "deliver": ("vado.cli.deliver", "deliver", "Send what changed to everybody who wishes it."),
    "deliveries": ("vado.cli.deliveries", "deliveries", "What went where, and what the receiver said."),
    "hold": ("vado.cli.deliveries", "hold", "Let nothing go to a destination."),
    "release": ("vado.cli.deliveries", "release", "Let it go again."),
    "resend": ("vado.cli.deliveries", "resend", "Send deliveries once more."),
    "desk": ("vado.cli.desk", "desk", "Review what was read from paper, by one key each."),
    "bridges": ("vado.cli.bridges", "bridges", "what flows over each bridge, and the next best step"),
    "ladder": ("vado.cli.ladder", "ladder", "Facts per rung, and the one change that would lift most."),
    "terms": ("vado.cli.terms", "terms", "What partners' own codes mean, in standard ones."),
    "fhir": ("vado.cli.fhir", "fhir", "The FHIR server: make its search index anew."),
    "channels": ("vado.cli.channels", "channels", "How each way in fares: last success, last failure."),
    "account": ("vado.cli.account", "account", "Who can sign in."),
    "consent": ("vado.cli.consent", "consent", "What a person permits and hides; who looked."),
    "replies": ("vado.cli.replies", "replies", "What people are owed a reply to; what is late."),
    "collaboration": ("vado.cli.collaboration", "collaboration", "What people say of working together."),
    "audit": ("vado.cli.audit", "audit", "Who saw or did what; verify that nobody altered it."),
    "serve": ("vado.cli.serve", "serve", "Serve the pages."),
    "demo": ("vado.cli.demo", "demo", "Make an invented place and take its inbox in."),
    "completion": ("vado.cli.completion", "completion", "Print the shell completion script."),
}


@dataclass(frozen=True)
class Context:
    """What every subcommand needs: which place, and who asks."""

    given: str | None

    def settings(self) -> Settings:
        """Read the settings of the place that is meant."""
        return Settings.load(find_place(self.given, os.environ, Path.cwd()), os.environ)

    @contextmanager
    def exchange(self) -> Iterator[Exchange]:
        """Open the exchange of the place."""
        from vado.wiring.build import open_exchange

        with open_exchange(self.settings()) as x:
            yield x

    @property
    def viewer(self) -> Viewer:
        """Who looks, for the audit trail: the account on this machine."""
        return Viewer(f"cli:{os.environ.get('USER') or os.getuid()}")


@click.command(cls=Lazy, loaded=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vado")
@click.option("--place", metavar="DIR", help="The Vado place (else VADO_PLACE, else this folder or one above it).")
@click.pass_context
def vado(ctx: click.Context, place: str | None) -> None:
    """Join up health and care records, starting from what each organisation already has.

    Exit codes: 0 done, 1 something could not be read or found, 2 wrong use or setting,
    3 wrong plug-in, 4 store did not answer or bytes differ, 5 not permitted.
    """
    ctx.obj = Context(place)


def main() -> None:
    """Run `vado`; every error says where, what, and what to do, in one line."""
    try:
        sys.exit(vado.main(standalone_mode=False) or 0)  # click gives the code of an Exit back as the result
    except click.ClickException as fault:
        fault.show()
        sys.exit(2)
    except click.Abort:
        click.echo("Stopped. What was received is kept; `vado resume` finishes it.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except VadoError as fault:
        click.echo(f"vado: {fault}", err=True)
        sys.exit(fault.kind.exit)
