"""The key of a place: drawn once, the same for everybody after, readable by its owner alone."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vado.errors import SettingsError
from vado.store.place_key import place_key


def test_it_is_drawn_once_by_whoever_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "place.key"
    with ThreadPoolExecutor(8) as at_once:
        found = set(at_once.map(lambda _: place_key(path), range(32)))
    assert len(found) == 1 and found == {place_key(path)} and len(found.pop()) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["place.key"]
    assert place_key(tmp_path / "other.key") != place_key(path)


def test_a_file_that_is_no_key_is_refused_and_left(tmp_path: Path) -> None:
    path = tmp_path / "place.key"
    path.write_bytes(b"half a key")
    with pytest.raises(SettingsError, match="CO-002"):
        place_key(path)
    assert path.read_bytes() == b"half a key"
