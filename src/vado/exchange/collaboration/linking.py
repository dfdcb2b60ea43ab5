"""Codes that people make for themselves, so that what they say in two rounds can be compared. They are kept scrambled, beside the answer alone."""

import hmac
from hashlib import sha256

from vado.errors import VadoError
from vado.exchange import codes
from vado.exchange.ports import Exchange, Transaction
from vado.model.person import plain_letters

SHORTEST, LONGEST = 6, 60  # letters and digits
_KINDS = 3  # of letters at least: 'aaaaaa' would be many people's
_FOR = b"links rounds\n"  # so that another use of the key never gives the same


def linked_as(x: Exchange, tx: Transaction, own: str) -> str:
    """Give under what an answer is kept that bears this code; "": none was made.

    Small letters and large, spaces, marks and accents mean the same. Whoever has the database alone cannot try codes out: the key is in a
    file of the place.

    Raises:
        VadoError: SV-070, it is too short to be somebody's own; SV-071, it is the code of a letter, which must never stand beside an answer.
    """
    if not own.strip():
        return ""
    plain = "".join(c for c in plain_letters(own) if c.isalnum())[:LONGEST]
    if len(plain) < SHORTEST or len(set(plain)) < _KINDS:
        raise VadoError("SV-070", least=SHORTEST)
    if tx.collaboration.invitation(codes.kept_as(own)):
        raise VadoError("SV-071")
    return hmac.new(x.place_key(), _FOR + plain.encode(), sha256).hexdigest()[:32]
