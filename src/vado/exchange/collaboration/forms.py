"""The questionnaire of a round in its other forms: workbooks, FHIR, a table to fill in, paper."""

from typing import Any

from vado.collaboration import columns
from vado.collaboration.questionnaire import questionnaire
from vado.collaboration.sheet import Printed, code_text, paper, paper_key
from vado.collaboration.texts import LANGUAGES
from vado.collaboration.xlsform import Sheets, roster_form, xlsform
from vado.exchange import allow
from vado.exchange.collaboration.asked import instrument_of, round_of
from vado.exchange.ports import Audit, Exchange
from vado.model.record import Viewer
from vado.model.survey import Instrument, Round, Who
from vado.tools import answer_sheet


def asked_in(x: Exchange, round_id: str, viewer: Viewer, what: str = "") -> tuple[Instrument, Round]:
    """Give a round with its questionnaire to whoever runs rounds; `what` is taken away, for the audit trail.

    Raises:
        NotPermitted: AC-001. NotFound: SV-040, SV-039.
    """
    allow.check(viewer, "rounds.change")
    with x.store.begin() as tx:
        round_ = round_of(tx, round_id)
        tx.audit(Audit(x.clock(), viewer.name, f"forms{f'-{what}' if what else ''}", round_id))
    return instrument_of(x, round_.instrument), round_


def workbook(x: Exchange, round_id: str, viewer: Viewer, *, roster: bool = False) -> Sheets:
    """Give the sheets of the XLSForm of the answers, or of the roster."""
    instrument, round_ = asked_in(x, round_id, viewer, "xlsform")
    return (roster_form if roster else xlsform)(instrument, round_)


def fhir(x: Exchange, round_id: str, viewer: Viewer) -> dict[str, Any]:
    """Give the FHIR Questionnaire of a round."""
    return questionnaire(*asked_in(x, round_id, viewer, "questionnaire"))


def table(x: Exchange, round_id: str, viewer: Viewer) -> list[list[str]]:
    """Give the rows of the template for a table of answers."""
    return columns.template(*asked_in(x, round_id, viewer, "table"))


def blank(  # noqa: PLR0913 - whose form, in which language, with which code
    x: Exchange, round_id: str, viewer: Viewer, *, who: Who, language: str, voice: str = "", code: str = ""
) -> bytes:  # fmt: skip
    """Give the paper form as PDF.

    Args:
        x: the exchange.
        round_id: which round.
        viewer: who asks.
        who: whose questions.
        language: 'en' or 'es'.
        voice: id of the organisation or group whose people get it; "": it is written down when it comes back.
        code: an invitation's code, as it is kept (without hyphens); "": none, so that copies can be made.
    """
    instrument, round_ = asked_in(x, round_id, viewer, "paper")
    named = round_.named(voice)
    values = paper(instrument, who, language if language in LANGUAGES else "en")
    values |= {"round": round_.title, "voice": named.name if named else ""}
    codes = [
        code_text(Printed(round_.instrument, round_.id, named.id if named else "", who.value, values["language"], n, code))
        for n in range(1, answer_sheet.pages_of(values) + 1)
    ]  # fmt: skip
    return answer_sheet.printed(values, codes, x.clock())


def papers_of(instrument: Instrument) -> dict[str, dict[str, Any]]:
    """Give what every form that can come back was printed from, by key."""
    return {paper_key(who, language): paper(instrument, who, language) for who in Who for language in LANGUAGES}
