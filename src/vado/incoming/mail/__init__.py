"""E-mail (.eml): the body is a text, attachments are originals of their own."""

from vado.incoming.mail.read import MailReader

__all__ = ["MailReader"]
