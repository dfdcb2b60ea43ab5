"""Fill a partner's own PDF form from a record, by the same [[form]] of its profile that says how filled ones are read."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from vado.errors import SettingsError, UnreadableOriginal
from vado.extract.fill import Filling
from vado.extract.layout import Layout, choose, compile_layout
from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import PartnerProfile
from vado.model.record import Record
from vado.outgoing.pdf_form.answers import Form
from vado.settings.blank import load_blank
from vado.settings.options import check_options
from vado.tools.pdf_fill import Blank, Unfillable


class PdfFormWriter:
    """The form `pdf_form`: one filled copy a record. The blank itself is never altered."""

    form = "pdf_form"
    version = "1"

    def check(self, wish: Wish) -> None:
        """Check `blank` (must be said) and `layout`. Raises SettingsError CO-001 or CO-002."""
        check_options(wish, {"blank": _name, "layout": _words})
        if "blank" not in wish.options:
            raise SettingsError("CO-002", path=f"{wish.partner}.toml", fault=f"send {wish.name}: blank is missing")

    def write(self, records: Sequence[Record], partner: PartnerProfile, wish: Wish) -> Iterator[Outgoing]:
        """Fill one copy a record, in the order given.

        Raises:
            SettingsError: CO-002, the blank is not there or cannot be filled, or no [[form]] of the profile is for it.
        """
        name = str(wish.options["blank"])
        try:
            blank = _blank(_content(partner, name))
        except (Unfillable, UnreadableOriginal) as fault:
            raise SettingsError("CO-002", path=f"{partner.id}/{name}.pdf", fault=str(fault)) from fault
        written, layout = _layout(partner, wish, blank)
        form = Form(Filling(layout, partner), written, blank.places, partner, blank.refuses)
        for record in records:
            answers = form.answer(record)
            content = blank.filled(answers.texts, record.at)
            yield Outgoing(content, "application/pdf", tuple(answers.losses), f"{name}-{record.person.id[:8]}.pdf")


def _content(partner: PartnerProfile, name: str) -> bytes:
    path = next((p for p in map(Path, partner.blanks) if p.stem == name), None)
    if path is None:
        raise SettingsError("CO-002", path=f"{partner.id}/{name}.pdf", fault="the empty form is not there")
    return load_blank(path)


@lru_cache(maxsize=16)
def _blank(content: bytes) -> Blank:
    return Blank(content)


def _layout(partner: PartnerProfile, wish: Wish, blank: Blank) -> tuple[Mapping[str, Any], Layout]:
    """Choose the [[form]] that is for this blank: the one that is named, else the one whose labels it has."""
    title = str(wish.options.get("layout", ""))
    path = f"{partner.id}.toml"
    try:
        compiled = [(form, compile_layout(form)) for form in partner.forms]
    except ValueError as fault:
        raise SettingsError("CO-002", path=path, fault=str(fault)) from fault
    known = [layout for _, layout in compiled if not title or layout.title == title]
    chosen = known[0] if title and known else choose(known, blank.places)
    if chosen is None:
        raise SettingsError(
            "CO-002", path=path, fault=f"send {wish.name}: no [[form]] has the labels of {wish.options['blank']}.pdf"
        )
    return next(form for form, layout in compiled if layout is chosen), chosen


def _name(value: Any) -> str:
    good = isinstance(value, str) and value and value.replace("-", "").replace("_", "").isalnum() and value.isascii()
    return "" if good else "is the name of a file in the partner's folder, without .pdf"


def _words(value: Any) -> str:
    return "" if isinstance(value, str) and value else "is the title of a [[form]]"
