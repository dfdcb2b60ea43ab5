"""Passwords are kept as argon2id hashes (argon2-cffi, RFC 9106 second recommended set of parameters)."""

import re
from collections.abc import Iterable
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

_AT_ONCE = BoundedSemaphore(2)  # each needs 64 MB: a crowd of guesses must not take all memory
_HASHER = PasswordHasher()


def hashed(password: str) -> str:
    """Give what is kept of a password."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def fits(kept: str, password: str) -> bool:
    """Say whether this is the password; as slow for an account that has none, so that time tells nothing."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(kept or _nobodys(), password) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobodys() -> str:
    return _HASHER.hash("the password of nobody")


def is_guessed_early(password: str, words: Iterable[str] = ()) -> bool:
    """Say whether a password is among the first hundred million that somebody would try (zxcvbn: its score is below 3).

    Args:
        password: of which the first 72 characters are looked at.
        words: that somebody who knows whose it is would try first.
    """
    known = [part for word in (*words, "vado") for part in (word, *re.split(r"\W+", word)) if part]
    return zxcvbn(password[:72], user_inputs=known)["score"] < 3
