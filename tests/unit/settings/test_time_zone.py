"""By whose clock people are told of times: what may be set, and what a new place is given."""

from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from vado.cli.init import make_place, zone_of_machine
from vado.errors import SettingsError
from vado.settings.settings import Settings


def test_a_place_has_the_clock_that_its_settings_name(tmp_path: Path) -> None:
    make_place(tmp_path, "Europe/Madrid")
    assert Settings.load(tmp_path, {}).zone == ZoneInfo("Europe/Madrid")
    assert Settings.load(tmp_path, {"VADO_TIME_ZONE": "UTC"}).zone is UTC
    for wrong in ("Mars/Olympus", "", "../etc/passwd"):
        with pytest.raises(SettingsError, match="time_zone"):
            Settings.load(tmp_path, {"VADO_TIME_ZONE": wrong})


def test_a_new_place_takes_the_clock_of_the_machine_where_it_says_one(tmp_path: Path) -> None:
    zones = tmp_path / "zoneinfo" / "America"
    zones.mkdir(parents=True)
    (zones / "Bogota").touch()
    (tmp_path / "localtime").symlink_to(zones / "Bogota")
    assert zone_of_machine(tmp_path / "localtime") == "America/Bogota"
    assert zone_of_machine(tmp_path / "nothing") == "UTC"
