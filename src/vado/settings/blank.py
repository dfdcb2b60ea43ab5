"""The empty PDF forms of a partner: partners/<id>/<name>.pdf."""

from functools import lru_cache
from pathlib import Path

from vado.errors import SettingsError

MAX_BYTES = 30_000_000


def load_blank(path: Path) -> bytes:
    """Read an empty form; read again only when the file changed.

    Raises:
        SettingsError: CO-002, it is not there or too large.
    """
    try:
        about = path.stat()
        if about.st_size > MAX_BYTES:
            raise SettingsError("CO-002", path=path.name, fault=f"a form has at most {MAX_BYTES // 1_000_000} MB")
        return _loaded(path, about.st_mtime_ns)
    except OSError as fault:
        raise SettingsError("CO-002", path=path.name, fault="the empty form is not there") from fault


@lru_cache(maxsize=16)
def _loaded(path: Path, _: int) -> bytes:
    return path.read_bytes()
