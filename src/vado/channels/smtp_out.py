"""Mail out: over TLS, under a Message-ID that stays the same however often it is tried. Nothing of the person stands in the headers.

Sources: RFC 5321 (reply codes), RFC 5322 3.6.4 (Message-ID), RFC 8314 (TLS), RFC 3834 (Auto-Submitted),
RFC 8098 (a receipt of reading is asked for where the channel says so).
"""

import smtplib
from collections.abc import Mapping
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from vado.channels.folder_out import file_name
from vado.channels.outward import LOOPBACK, Said, secret, unreachable
from vado.errors import Undeliverable
from vado.model.original import PartnerId
from vado.model.outgoing import Outgoing

_PORTS = {"starttls": 587, "implicit": 465, "no": 25}
_OURS = ("From", "To", "Cc", "Bcc", "Sender", "Message-ID", "Date", "Auto-Submitted", "Disposition-Notification-To")


class SmtpSender:
    """One mail, one connection. `said` is the channel: host, port, tls, ca, user, password_file, from, to, subject, seconds, receipt."""

    def __init__(self, said: Said) -> None:
        self._host = said.text("host")
        self._tls = said.one_of("tls", *(("starttls", "implicit", "no")))
        self._port, self._seconds = said.port(_PORTS[self._tls]), said.seconds()
        self._from, self._to = said.text("from"), said.texts("to")
        self._subject, self._text = said.text("subject", "Health record"), said.text("text", "")
        self._user, self._password = said.text("user", ""), said.path("password_file")
        self._context, self._receipt = said.tls(), said.yes_or_no("receipt")
        said.end()
        if self._tls == "no" and self._host not in LOOPBACK:
            raise said.wrong("outside this machine mail needs tls")
        if "@" not in self._from or not all("@" in to for to in self._to):
            raise said.wrong("from and to are mail addresses")
        if bool(self._user) != bool(self._password):
            raise said.wrong("user and password_file go together")

    @classmethod
    def of(cls, partner: PartnerId, table: Mapping[str, Any], place: Path) -> "SmtpSender":
        """Read the channel. Raises SettingsError."""
        return cls(Said(partner, table, place))

    def send(self, outgoing: Outgoing, delivery: str) -> str:
        """Give the server's reply code, once it has taken the mail over.

        Raises:
            Undeliverable: DE-001 no answer, DE-002 refused (again after 4xx, not after 5xx), DE-022 sign-in refused.
        """
        mail = self._mail(outgoing, delivery)
        try:
            with self._call() as server:
                return self._hand_over(server, mail)
        except smtplib.SMTPAuthenticationError as fault:
            raise Undeliverable("DE-022", again=True, word=str(fault.smtp_code)) from fault
        except smtplib.SMTPResponseException as fault:
            raise _refused(fault.smtp_code) from fault
        except (smtplib.SMTPException, OSError) as fault:
            raise unreachable(fault) from fault

    def close(self) -> None:
        """Nothing is kept open."""

    def _call(self) -> smtplib.SMTP:
        if self._tls == "implicit":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=self._seconds, context=self._context)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=self._seconds)
        try:
            if self._tls == "starttls":
                server.starttls(context=self._context)
            if self._user and self._password:
                server.login(self._user, secret(self._password))
        except BaseException:
            server.close()
            raise
        return server

    def _hand_over(self, server: smtplib.SMTP, mail: bytes) -> str:
        server.ehlo_or_helo_if_needed()
        for code, _ in (server.mail(self._from), *(server.rcpt(to) for to in self._to)):
            if code not in (250, 251):
                raise _refused(code)
        code, _ = server.data(mail)
        if code != 250:
            raise _refused(code)
        return str(code)

    def _mail(self, outgoing: Outgoing, delivery: str) -> bytes:
        """Give the mail: the writer's own where it wrote one, else one line and the bytes as attachment."""
        if outgoing.media_type == "message/rfc822":
            mail = BytesParser(policy=policy.SMTP).parsebytes(outgoing.content)
        else:
            mail = EmailMessage(policy=policy.SMTP)
            mail.set_content(self._text or "The record is attached. / La historia va adjunta.")
            main, _, sub = outgoing.media_type.partition(";")[0].partition("/")
            name = file_name(outgoing, delivery)
            mail.add_attachment(outgoing.content, maintype=main, subtype=sub or "octet-stream", filename=name)
        for header in _OURS:
            del mail[header]
        if "Subject" not in mail:
            mail["Subject"] = self._subject
        mail["From"], mail["To"] = self._from, ", ".join(self._to)
        mail["Message-ID"] = f"<{delivery}@{self._from.rpartition('@')[2].rstrip('>')}>"
        mail["Date"] = format_datetime(datetime.now(UTC))
        mail["Auto-Submitted"] = "auto-generated"
        if self._receipt:
            mail["Disposition-Notification-To"] = self._from
        return mail.as_bytes()


def _refused(code: int) -> Undeliverable:
    return Undeliverable("DE-002", again=not 500 <= code < 600, word=str(code))
