"""The log: one line an event, and no field in which a patient's value has room."""

import io
import logging
from collections.abc import Iterator

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vado.tools.log import Level, Lines, configure, say

SECRET = "Canarias 7"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root, ours = logging.getLogger(), logging.getLogger("vado")
    before = root.handlers[:], root.level, ours.level
    yield io.StringIO()
    root.handlers[:], level, mine = before
    root.setLevel(level)
    ours.setLevel(mine)


def test_one_json_line_an_event(stream: io.StringIO) -> None:
    configure("json", stream)
    say("vado.read", "read", code="IN-002", partner="gp-1", original="a" * 64, facts=3, state="held", format="")
    (line,) = stream.getvalue().splitlines()
    told = orjson.loads(line)
    assert told.pop("at").endswith("+00:00")
    assert told == {
        "level": "info", "log": "vado.read", "event": "read", "code": "IN-002", "partner": "gp-1", "original": "a" * 64,
        "facts": 3, "state": "held",
    }  # fmt: skip


def test_plain_is_for_people(stream: io.StringIO) -> None:
    configure("plain", stream)
    say("vado.web", "answered", Level.WARNING, route="inbox", status=200, ms=1.5)
    assert stream.getvalue().split(" ", 1)[1] == "warning vado.web: answered route=inbox status=200 ms=1.5\n"


@pytest.mark.parametrize("form", ["json", "plain"])
def test_what_does_not_fit_is_not_written(stream: io.StringIO, form: str) -> None:
    configure(form, stream)
    for field in ("code", "partner", "original", "route", "fault", "where", "method", "name", "ms", "status", "facts"):
        say("vado.read", "read", **{field: SECRET})
    try:
        raise ValueError(SECRET)
    except ValueError as fault:
        logging.getLogger("uvicorn.error").error("Exception in %s", SECRET, exc_info=fault)
        logging.getLogger("sqlalchemy").error(f"INSERT {SECRET}")
    text = stream.getvalue()
    assert len(text.splitlines()) == 13
    assert SECRET not in text and "Canarias" not in text
    assert "ValueError" in text and "test_log.py:" in text


@given(st.text(), st.sampled_from(["json", "plain"]))
def test_an_event_is_one_line(text: str, form: str) -> None:
    record = logging.LogRecord("vado.x", logging.INFO, "", 0, "event", None, None)
    record.said = {"partner": "?", "state": "a"}
    assert "\n" not in Lines(form).format(record)
    stranger = logging.LogRecord("other", logging.INFO, "", 0, text, None, None)
    assert "\n" not in Lines(form).format(stranger)
    if len(text) > 20:
        assert text not in Lines(form).format(stranger)
