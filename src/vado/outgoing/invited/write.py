"""Letters that invite people to answer, as one PDF: where to go, the code that is good once, what becomes of what they say."""

import tomllib
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from importlib.resources import files

from vado.exchange.codes import in_groups
from vado.model.survey import Round
from vado.tools.qr import qr_svg
from vado.tools.typeset import pdf
from vado.tools.written import written

_HERE = files("vado.outgoing.invited")
_WORDS = tomllib.loads((_HERE / "words.toml").read_text("utf-8"))


def write(  # noqa: PLR0913 - what stands on the letter
    round_: Round, voice: str, made: Iterable[str], *, address: str, language: str, at: datetime, roster: bool = False
) -> bytes:
    """Give one A4 page a code; `address` is where it leads, https://.../answer. The code is in the square too, behind a '#'."""
    language = language if language in _WORDS else "en"
    letters = [{"code": " ".join(in_groups(c)), "qr": qr_svg(f"{address}#{c}")} for c in made]
    until = written(round_.closes.isoformat(), language) if round_.closes else ""
    view = {
        "language": language, "words": _WORDS[language], "round": round_.title, "voice": voice, "address": address, "letters": letters,
        "until": until, "made": written(at.date().isoformat(), language), "roster": roster,
    }  # fmt: skip
    return pdf(_template(), view, at)[0]


@cache
def _template() -> str:
    return (_HERE / "letter.typ").read_text("utf-8")
