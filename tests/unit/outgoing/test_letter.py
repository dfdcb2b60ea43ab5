"""Mails and letters: read back by the standard library and by our own reader; no header can be injected; nobody is named outside."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_record import NOW, PROFILE, fact, patients, person, record, renamed
from vado.errors import SettingsError
from vado.incoming.mail import MailReader
from vado.model.fact import Fact
from vado.model.original import Original, original_id
from vado.model.outgoing import Outgoing, Wish
from vado.model.record import Record, Viewer
from vado.outgoing.fhir import FhirWriter
from vado.outgoing.letter import LetterWriter
from vado.outgoing.pdf import PdfWriter
from vado.record.assemble import assemble
from vado.wiring.plugins import joined

ADDRESSES = {"from": "records@vado.example", "to": "desk@council.example"}
SECRETS = ("Núñez", "Nuñez", "María", "Penicilina", "penicilina", "1952", "9434765919", "H0042317")


def writer() -> LetterWriter:
    found = LetterWriter()
    joined({"letter": found, "pdf": PdfWriter(), "fhir": FhirWriter()})
    return found


def written(of: Record | None = None, **options: Any) -> Outgoing:
    wish = Wish(PROFILE.id, "letter", "letter", "mail", options=options)
    one = writer()
    one.check(wish)
    (out,) = one.write([of or record()], PROFILE, wish)
    return out


def parsed(out: Outgoing) -> EmailMessage:
    mail = message_from_bytes(out.content, policy=policy.default)
    assert isinstance(mail, EmailMessage) and not mail.defects
    return mail


def body(out: Outgoing) -> str:
    part = parsed(out).get_body(("plain",))
    assert part is not None
    return part.get_content()


def test_a_mail_with_the_summary_names_nobody_outside_it() -> None:
    out = written(attach="pdf", pdf={"link": "https://vado.example/person/{person}"}, contact="+34 900 000 000", **ADDRESSES)
    mail = parsed(out)
    (file,) = list(mail.iter_attachments())
    assert file.get_content_type() == "application/pdf" and file.get_content().startswith(b"%PDF")
    outside = "\n".join((*(f"{k}: {v}" for k, v in mail.items()), body(out), str(file.get_filename()), out.name))
    assert [s for s in SECRETS if s in outside] == [] and record().person.id in outside
    assert (
        "+34 900 000 000" in outside
        and "Si esto le ha llegado por error".upper() in outside
        and "Council social care team" in outside
    )


@pytest.mark.parametrize(
    ("language", "words"), [("en", "IF THIS REACHED YOU BY MISTAKE"), ("es", "SI ESTO LE HA LLEGADO POR ERROR")]
)
def test_a_letter_holds_the_record_in_words(language: str, words: str) -> None:
    out = written(language=language, **{"as": "text"})
    text = " ".join(out.content.decode().split())
    assert out.media_type == "text/plain; charset=utf-8" and words in text
    for value in ("María José Núñez Agüero", "Salbutamol 100 µg/dosis", "6.8 %", "frutos secos", "Warfarina 5 mq", "laboratory"):
        assert value in text
    disagree = {"en": "SOURCES DISAGREE", "es": "LOS ORÍGENES SE CONTRADICEN"}[language]
    assert disagree in text and max(map(len, out.content.decode().splitlines())) <= 76
    assert dict(out.losses) == dict(next(iter(PdfWriter().write([record()], PROFILE, Wish(PROFILE.id, "p", "pdf", "m")))).losses)


def test_it_is_a_mail_as_the_standard_says() -> None:
    out = written(attach=["pdf", "fhir"], **ADDRESSES)
    head, _, _ = out.content.partition(b"\r\n\r\n")
    assert all(len(line) < 998 and line.isascii() for line in out.content.split(b"\r\n")), "RFC 5322, 2.1.1"
    assert b"\n" not in head.replace(b"\r\n", b"") and out.media_type == "message/rfc822"
    mail = parsed(out)
    assert {"From", "To", "Date", "Message-ID", "MIME-Version", "Subject"} <= set(mail.keys()) and mail[
        "Auto-Submitted"
    ] == "auto-generated"
    assert [f.get_content_type() for f in mail.iter_attachments()] == ["application/pdf", "application/fhir+json"]
    assert out.content == written(attach=["pdf", "fhir"], **ADDRESSES).content, "the same record gives the same mail"


def test_our_own_reader_finds_what_is_enclosed() -> None:
    out = written(attach=["pdf", "fhir"], **ADDRESSES)
    original = Original(original_id(out.content), PROFILE.id, "mail", "message/rfc822", NOW, size=len(out.content))
    reader = MailReader()
    assert reader.claims(original, out.content) > 0.5
    children = reader.read(original, out.content, PROFILE).children
    assert [c.content[:4] for c in children] == [b"%PDF", b'{"re'] or len(children) == 2


def test_only_what_no_part_carries_is_lost() -> None:
    pdf, both = dict(written(attach="pdf").losses), dict(written(attach=["pdf", "fhir"]).losses)
    alone = dict(written(attach="fhir").losses)
    assert pdf.keys() & alone.keys() == both.keys() and len(both) < min(len(pdf), len(alone))


@pytest.mark.parametrize(
    "wild", ["x\r\nBcc: thief@evil.example", "x\nSubject: y", "a\u2028b\u0085c", "=?utf-8?q?x?=\r\n\r\n<script>", "\u202ebad"]
)
def test_no_word_of_a_record_or_a_partner_makes_a_header_or_a_line(wild: str) -> None:
    of = renamed({"text": wild}, telecom=[{"value": wild}])
    of = replace(of, lines=assemble(of.person, [fact("Condition", "c", code={"text": wild})], Viewer("x"), NOW).lines)
    for options in ({"attach": "pdf"}, {}):
        one = writer()
        wish = Wish(PROFILE.id, "letter", "letter", "mail", options=options)
        (out,) = one.write([of], replace(PROFILE, name=wild), wish)
        mail = parsed(out)
        assert mail.get_all("Bcc") is None and len(mail.get_all("Subject", [])) == 1
        assert not any(line.startswith(("Bcc:", "Subject:")) for line in body(out).splitlines())
        assert "\u202e" not in body(out)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=80), st.text(max_size=200))
def test_any_record_makes_a_mail_that_can_be_read(name: str, words: str) -> None:
    (first, *_) = patients()
    who = person(Fact(first.resource | {"name": [{"text": name}]}, first.evidence, first.patient))
    out = written(assemble(who, [fact("Condition", "c", code={"text": words})], Viewer("x"), NOW))
    assert parsed(out)["Subject"] == "Historia de salud: una novedad para usted" and body(out).startswith("Para: Council")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"from": "a@b\r\nBcc: c@d"}, "CO-002"), ({"to": "a@b.c, d@e.f"}, "CO-002"), ({"to": "nobody"}, "CO-002"), ({"sender": "x\ny"}, "CO-002"),
        ({"attach": "letter"}, "CO-002"), ({"attach": "docx"}, "CO-002"), ({"attach": "pdf", "pdf": {"x": 1}}, "CO-001"), ({"pdf": 1}, "CO-002"),
        ({"attach": "pdf", "as": "text"}, "CO-002"), ({"subject": "Ana"}, "CO-001"), ({"link": "javascript:x"}, "CO-002"), ({"attach": []}, "CO-002"),
    ],
)  # fmt: skip
def test_options_are_checked(options: dict[str, Any], code: str) -> None:
    with pytest.raises(SettingsError) as fault:
        writer().check(Wish(PROFILE.id, "letter", "letter", "mail", options=options))
    assert fault.value.code == code
