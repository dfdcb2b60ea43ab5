"""The reference pages say every error and every setting: `make reference` makes them again."""

from pathlib import Path

from vado.cli.reference import channels_page, errors_page, settings_page
from vado.errors import CODES
from vado.errors.asking import ASKING
from vado.errors.bringing import BRINGING
from vado.errors.funding import FUNDING
from vado.errors.incoming import INCOMING
from vado.errors.people import PEOPLE
from vado.errors.serving import SERVING
from vado.errors.workshop import WORKSHOP

DOCS = Path(__file__).parents[2] / "docs" / "reference"


def test_no_code_means_two_troubles() -> None:
    parts = (INCOMING, SERVING, PEOPLE, BRINGING, ASKING, WORKSHOP, FUNDING)
    assert sum(map(len, parts)) == len(CODES), "a code of one part stands in another as well: the later would hide the earlier"


def test_every_error_is_told() -> None:
    assert (DOCS / "errors.md").read_text("utf-8") == errors_page(), "run `make reference`"


def test_every_setting_is_told() -> None:
    assert (DOCS / "settings.md").read_text("utf-8") == settings_page(), "run `make reference`"


def test_every_key_of_every_channel_is_told() -> None:
    assert (DOCS / "channels.md").read_text("utf-8") == channels_page(), "run `make reference`"
    assert "must be said | |" not in channels_page()
