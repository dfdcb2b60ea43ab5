"""The letter of invitation as a PDF: who it is for, where to go, the code that is good once, until when."""

import tomllib
from datetime import UTC, tzinfo
from functools import cache
from importlib.resources import files

from vado.exchange.codes import in_groups
from vado.exchange.invitations import Invited
from vado.tools.qr import qr_svg
from vado.tools.typeset import pdf
from vado.tools.written import day_of, written

_WORDS = tomllib.loads((files("vado.outgoing.invitation") / "words.toml").read_text("utf-8"))


def write(invited: Invited, *, address: str, zone: tzinfo = UTC) -> bytes:
    """Give the letter, one A4 page, in the language of the invitation; `address` is where it leads, https://.../welcome, `zone` by whose clock."""
    language = invited.invitation.language if invited.invitation.language in _WORDS else "en"
    code = " ".join(in_groups(invited.code))
    until, made = (written(day_of(t, zone), language) for t in (invited.invitation.until, invited.invitation.made))
    view = {
        "language": language, "words": _WORDS[language], "name": invited.name, "code": code, "address": address,
        "qr": qr_svg(address), "until": until, "made": made,
    }  # fmt: skip
    return pdf(_template(), view, invited.invitation.made)[0]


@cache
def _template() -> str:
    return (files("vado.outgoing.invitation") / "letter.typ").read_text("utf-8")
