"""Write a summary of a record for people to read and print: PDF/A-2a, tagged (PDF/UA-1), in the partner's language."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import PartnerProfile
from vado.model.record import Record
from vado.record.narrative import Narrative, left_out
from vado.record.outward import link_of
from vado.settings.options import check_options, language_of, one_of, web_address
from vado.tools.qr import qr_svg
from vado.tools.typeset import pdf
from vado.tools.written import written


class PdfWriter:
    """The form `pdf`: one document a record."""

    form = "pdf"
    version = "1"

    def check(self, wish: Wish) -> None:
        """Check `link`, `language` and `paper`. Raises SettingsError CO-001 or CO-002."""
        check_options(wish, {"link": web_address, "language": one_of("en", "es"), "paper": one_of("a4", "us-letter")})

    def write(self, records: Sequence[Record], partner: PartnerProfile, wish: Wish) -> Iterator[Outgoing]:
        """Write one summary a record, in the order given."""
        for record in records:
            yield _summary(record, partner, wish)


def _summary(record: Record, partner: PartnerProfile, wish: Wish) -> Outgoing:
    lost = tuple(left_out(record))
    link = link_of(record, wish)
    view = Narrative(record, language_of(wish, partner.languages), written).view(len(lost))
    view |= {"link": link, "qr": qr_svg(link) if link else "", "for": partner.name, "paper": wish.options.get("paper", "a4")}
    content, unprinted = pdf(_template(), view, record.at)
    if unprinted:
        lost += tuple(_without_picture(record, unprinted))
    return Outgoing(content, "application/pdf", lost, f"record-{record.person.id[:8]}.pdf")


@cache
def _template() -> str:
    return (files("vado.outgoing.pdf") / "summary.typ").read_text("utf-8")


def _without_picture(record: Record, letters: str) -> Iterator[tuple[str, str]]:
    """Name the facts in whose words stand letters that the fonts have no picture for."""
    missing = set(letters)
    told = [f for line in (*record.lines, *record.waiting) for f in (line.shown, *line.conflicts)]
    for fact in (*record.person.patients, *told):
        if missing & set(str(fact.resource)):
            yield fact.id, "printed as their numbers: letters that the fonts cannot show"
