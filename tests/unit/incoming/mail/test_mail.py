"""Mails: the text is read once, everything else comes out, broken parts stop nothing."""

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from vado.incoming.mail import MailReader
from vado.model.fact import Facts, tally
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import UNKNOWN
from vado.model.reading import Reading

READER = MailReader()
PERSON = "Nombre: Ana\nApellidos: Núñez Peña\nFecha de nacimiento: 01/02/1960\n"


def mail(text: str = PERSON) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@b.example", "c@d.example", "Informe"
    message["Date"] = "Mon, 02 Feb 2026 10:00:00 +0100"
    message.set_content(text)
    return message


def told(content: bytes) -> tuple[Reading, Facts]:
    original = Original(original_id(content), PartnerId("p"), "test", "", datetime(2026, 1, 1, tzinfo=UTC))
    assert READER.claims(original, content) == 0.9
    reading = READER.read(original, content, UNKNOWN)
    facts = READER.facts(reading, UNKNOWN)
    assert sum(tally(facts.ledger).values()) == len(reading.items) + len(reading.children)
    return reading, facts


def test_the_body_is_told_at_the_time_of_the_mail() -> None:
    _, facts = told(mail().as_bytes())
    assert [f.kind for f in facts.facts] == ["Patient", "DocumentReference"]
    assert {f.evidence.asserted.isoformat() for f in facts.facts if f.evidence.asserted} == {"2026-02-02T10:00:00+01:00"}


def test_of_two_forms_the_plain_one_is_read_and_all_else_comes_out() -> None:
    message, inner = mail(), mail("Hola.")
    message.add_alternative("<p>HTML</p>", subtype="html")
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="x.pdf")
    message.add_attachment("a;b\n", subtype="csv", filename="t.csv")
    message.add_attachment(inner)
    reading, _ = told(message.as_bytes())
    assert "HTML" not in " ".join(i.value for i in reading.items)
    assert [c.content[:6] for c in reading.children[:2]] == [b"%PDF-1", b"a;b\n"]
    assert b"Hola." in reading.children[2].content


def test_a_document_sent_inline_is_not_lost() -> None:
    content = (
        b"From: a\nTo: b\nSubject: y\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n"
        b"Content-Type: text/plain\n\nhi\n--x\nContent-Type: text/xml\n\n<a/>\n--x\nContent-Type: text/plain\n\nmore\n--x--"
    )
    reading, _ = told(content)
    assert [i.value for i in reading.items if i.label == "line"] == ["hi", "more"]
    assert [c.content.strip() for c in reading.children] == [b"<a/>"]


@pytest.mark.parametrize(
    ("words", "kept"), [("Please see attached.", 0), ("Her potassium is 6.8, ring her.", 1), ("word " * 50, 1)]
)
def test_only_a_covering_note_is_left(words: str, kept: int) -> None:
    message = mail(words)
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="x.pdf")
    _, facts = told(message.as_bytes())
    assert len(facts.facts) == kept


def test_html_alone_is_read_as_text() -> None:
    message = mail()
    message.set_content(
        "<style>p{}</style><p>Nombre: Ana</p><p>Apellidos: N&uacute;&ntilde;ez</p><script>x()</script>", subtype="html"
    )
    reading, _ = told(message.as_bytes())
    assert [i.value for i in reading.items if i.label == "line"] == ["Nombre: Ana", "Apellidos: Núñez"]


def test_a_charset_that_nobody_knows_stops_nothing() -> None:
    content = b"From: a\nTo: b\nSubject: =?x?q?y\nMIME-Version: 1.0\nContent-Type: text/plain; charset=nonsense\n\nN\xfa\xf1ez\n"
    reading, _ = told(content)
    assert [i.value for i in reading.items if i.label == "line"] == ["Núñez"]


def test_a_letter_that_begins_like_a_mail_is_hardly_claimed() -> None:
    content = b"From: Dr Example\nTo: Dr Other\nDate: 1 May 2026\nSubject: a patient\n\nDear colleague\n"
    original = Original(original_id(content), PartnerId("p"), "test", "", datetime(2026, 1, 1, tzinfo=UTC))
    assert READER.claims(original, content) == 0.4
    assert READER.claims(original, b"Dear colleague,\nFrom: x\nTo: y\nDate: z\n") == 0.0
