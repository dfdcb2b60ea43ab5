"""vado cover: print a sheet that leads what is scanned after it to a partner and a person."""

import base64
import secrets
from pathlib import Path

import click

from vado.cli.main import Context
from vado.cli.words import out
from vado.exchange.cover import new_cover
from vado.model.original import PartnerId


@click.command()
@click.option("--partner", required=True, metavar="ID", help="Whose documents will follow the sheet.")
@click.option("--person", default="", metavar="ID", help="Whom they are about (else whoever each document names).")
@click.option("--language", type=click.Choice(["en", "es"]), help="Of the words on the sheet (else the partner's first).")
@click.option("-o", "--out", "target", required=True, type=click.Path(dir_okay=False, path_type=Path), help="PDF to write.")
@click.pass_obj
def cover(context: Context, partner: str, person: str, language: str | None, target: Path) -> None:
    """Print a cover sheet: put it before the documents and scan them together.

    The code on it cannot be guessed and says nothing about anybody. A sheet that is not known here leads nowhere:
    what follows it waits for a person.
    """
    from vado.outgoing.cover.write import write

    with context.exchange() as x:
        made = new_cover(x, PartnerId(partner), person, context.viewer, code=_code)
        profile = x.profiles[made.partner]
    spoken = language or next((word for word in profile.languages if word in ("en", "es")), "en")
    target.write_bytes(write(made, partner_name=profile.name, language=spoken))
    out.print(f"Cover sheet for {profile.name}: {target}")


def _code() -> str:
    """26 letters of base 32: 130 bits, of which 128 are chance."""
    return base64.b32encode(secrets.token_bytes(17)).decode()[:26]
