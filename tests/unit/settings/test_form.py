"""A form profile on disk: written, corrected by hand, read again; a broken one says what is wrong with it."""

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from made_form import blank
from vado.errors import SettingsError
from vado.model.form import Form
from vado.model.partner import PartnerProfile
from vado.settings.form import companion, load_form, save_form
from vado.settings.profile import load_profile
from vado.tools.blank import learn


@pytest.fixture(scope="module")
def form() -> Form:
    return learn(blank(fields=True), "card").form


def test_what_was_written_is_read_again(form: Form, tmp_path: Path) -> None:
    (tmp_path / "group.toml").write_text('[partner]\nname = "Group"\n')
    path = save_form(tmp_path / "group", form)
    assert load_form(path) == form
    profile = load_profile(tmp_path / "group.toml")
    assert isinstance(profile, PartnerProfile) and profile.papers == (str(path),)


def test_a_correction_by_hand_counts_at_once(form: Form, tmp_path: Path) -> None:
    path = save_form(tmp_path / "group", form)
    load_form(path)
    path.write_text(path.read_text().replace('label = "Surname"', 'label = "Family name"') + "# mine\n")
    assert load_form(path).fields[0] == replace(form.fields[0], label="Family name")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "date"', 'kind = "dates"', "kind is one of"),
        ("page = 1", "page = 9", "pages 1 to 1"),
        ('label = "Surname"', 'label = " "', "label is missing"),
        ("[[field]]", "[[field]]\nbox2 = 1", "unknown key box2"),
        ("box = [", "box = [0.9, ", "box is left"),
        ("title = ", "title = = ", ""),
        ("title = ", "name = 1\ntitle = ", "unknown key name"),
    ],
)
def test_a_broken_text_is_refused_by_name(form: Form, tmp_path: Path, old: str, new: str, said: str) -> None:
    path = save_form(tmp_path / "group", form)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(SettingsError) as told:
        load_form(path)
    assert told.value.code == "CO-010" and "form profile card" in str(told.value) and said in str(told.value)


def test_a_broken_companion_is_refused(form: Form, tmp_path: Path) -> None:
    path = save_form(tmp_path / "group", form)
    beside = companion(path)
    whole = beside.read_bytes()
    for content in (b"", b"PK\x03\x04", whole[: len(whole) // 2], b"\x93NUMPY"):
        beside.write_bytes(content)
        path.touch()
        with pytest.raises(SettingsError) as told:
            load_form(path)
        assert told.value.code == "CO-010"
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("points0.npy", np.zeros(60_000_000, np.uint8).tobytes())
    with pytest.raises(SettingsError, match="too large"):
        load_form(path)
    beside.unlink()
    with pytest.raises(SettingsError, match="missing"):
        load_form(path)
