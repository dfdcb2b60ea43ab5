"""The key of a place: chance that is drawn once and kept in a file, away from the database."""

import os
import secrets
from pathlib import Path

from vado.errors import SettingsError

_BYTES = 32


def place_key(path: Path) -> bytes:
    """Give the key; it is drawn when it is first asked for. Of several who draw it at once, one wins and all get the same.

    Raises:
        SettingsError: CO-002, the file holds no key.
    """
    if not path.exists():
        _draw(path)
    key = path.read_bytes()
    if len(key) != _BYTES:
        raise SettingsError("CO-002", path=path.name, fault="this is no key; put the one of your backup in its place")
    return key


def _draw(path: Path) -> None:
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(new, path)  # never over one that is there
    except FileExistsError:
        pass
    finally:
        new.unlink()
