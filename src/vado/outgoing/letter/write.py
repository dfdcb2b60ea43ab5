"""Write a letter or a mail about a record: plain words, and what other writers write as attachments."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from vado.errors import SettingsError
from vado.exchange.ports import Writer
from vado.model.original import stable_id
from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import PartnerProfile
from vado.model.record import Record
from vado.outgoing.letter.text import letter
from vado.outgoing.letter.words import WORDS
from vado.record.narrative import left_out
from vado.record.outward import link_of
from vado.settings.options import check_options, language_of, one_of, web_address

_POLICY = SMTP.clone(cte_type="7bit")  # goes through every server


class LetterWriter:
    """The form `letter`: one mail or letter a record."""

    form = "letter"
    version = "1"

    def __init__(self) -> None:
        """Know no other writer yet: see `join`."""
        self._writers: Mapping[str, Writer] = {}

    def join(self, writers: Mapping[str, Writer]) -> None:
        """Get to know the writers whose documents may be attached."""
        self._writers = {form: writer for form, writer in writers.items() if form != self.form}

    def check(self, wish: Wish) -> None:
        """Check the options, and those of what is attached. Raises SettingsError CO-001 or CO-002."""
        tables = dict.fromkeys(self._writers, _table)
        known = {"as": one_of("mail", "text"), "attach": self._attachable, "from": _mailbox, "to": _mailbox, "sender": _words,
                 "contact": _words, "link": web_address, "language": one_of("en", "es")}  # fmt: skip
        check_options(wish, known | tables)
        attached = _attached(wish)
        if attached and wish.options.get("as") == "text":
            raise SettingsError(
                "CO-002", path=f"{wish.partner}.toml", fault=f"send {wish.name}: a letter as text takes no attachment"
            )
        for form in attached:
            self._writers[form].check(_inner(wish, form))

    def write(self, records: Sequence[Record], partner: PartnerProfile, wish: Wish) -> Iterator[Outgoing]:
        """Write one letter a record, in the order given."""
        for record in records:
            files = [out for form in _attached(wish) for out in self._writers[form].write([record], partner, _inner(wish, form))]
            language = language_of(wish, partner.languages)
            about = {key: str(wish.options.get(key, "")) for key in ("sender", "contact")}
            about["link"] = link_of(record, wish)
            text = letter(record, partner.name, language, about, len(files))
            name = f"letter-{record.person.id[:8]}"
            if wish.options.get("as") == "text":
                yield Outgoing(text.encode(), "text/plain; charset=utf-8", tuple(left_out(record)), f"{name}.txt")
            else:
                mail = _mail(record, wish, WORDS[language]["subject"], text, files)
                yield Outgoing(mail, "message/rfc822", _losses(record, files), f"{name}.eml")

    def _attachable(self, value: Any) -> str:
        named = value if isinstance(value, list) else [value]
        good = bool(named) and all(isinstance(one, str) and one in self._writers for one in named)
        return "" if good else f"is one or more of {', '.join(sorted(self._writers))}"


def _mail(record: Record, wish: Wish, subject: str, text: str, files: list[Outgoing]) -> bytes:
    """Make the mail. Nothing of the record gets into a header: subject and file names are ours, addresses are checked settings."""
    key = stable_id("letter", str(wish.partner), wish.name, record.person.id, record.at.isoformat())
    mail = EmailMessage(policy=_POLICY)
    mail["Subject"] = subject
    for header in ("from", "to"):
        if address := wish.options.get(header):
            mail[header.capitalize()] = Address(addr_spec=str(address))
    mail["Date"] = format_datetime(record.at)
    domain = str(wish.options.get("from", "")).rpartition("@")[2] or "vado.invalid"
    mail["Message-ID"] = f"<{key}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine answers it
    mail.set_content(text, cte="quoted-printable")
    for file in files:
        main, _, sub = file.media_type.partition(";")[0].partition("/")
        mail.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name or "attachment")
    if files:
        mail.set_boundary(f"=_{key}")
    return mail.as_bytes()


def _losses(record: Record, files: list[Outgoing]) -> tuple[tuple[str, str], ...]:
    """Say what is in no part of it: with attachments the text says nothing of the person."""
    told = [dict(file.losses) for file in files] or [dict(left_out(record))]
    first, *others = told
    return tuple((id_, reason) for id_, reason in first.items() if all(id_ in one for one in others))


def _attached(wish: Wish) -> list[str]:
    named = wish.options.get("attach", [])
    return list(named) if isinstance(named, list) else [str(named)]


def _inner(wish: Wish, form: str) -> Wish:
    """Give the wish for an attachment: its own options, in the letter's language."""
    common = {"language": wish.options["language"]} if form == "pdf" and "language" in wish.options else {}
    return replace(wish, form=form, options=common | dict(wish.options.get(form, {})))


def _mailbox(value: Any) -> str:
    try:
        good = (
            isinstance(value, str)
            and value.isascii()
            and value.isprintable()
            and " " not in value
            and Address(addr_spec=value).domain
        )
    except (ValueError, IndexError, AttributeError):
        good = False
    return "" if good else "is one mail address, as name@place.example"


def _words(value: Any) -> str:
    return "" if isinstance(value, str) and value.isprintable() and len(value) <= 300 else "is one line of text"


def _table(value: Any) -> str:
    return "" if isinstance(value, dict) else "is a table of options"
