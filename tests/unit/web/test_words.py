"""Every text of the pages has its Spanish; every word that is shown through say() too."""

from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from vado.model.fact import End
from vado.model.original import State
from vado.model.person import MatchGrade
from vado.model.reading import Fidelity
from vado.model.record import Kind, Why
from vado.web.words import catalog, written

PAGES = Path(__file__).parents[3] / "src" / "vado" / "web" / "pages"


def test_every_text_of_the_pages_is_in_spanish() -> None:
    spanish = catalog("es")
    found = 0
    for path, line, message, _, _ in extract_from_dir(str(PAGES), [("**.html", "jinja2.ext:babel_extract")]):
        found += 1
        told = spanish.get(message if isinstance(message, str) else message[0])
        assert told is not None and told.string, f"{path}:{line}: no Spanish for {message!r} in locale/es.po"
    assert found > 50


@pytest.mark.parametrize("word", [*State, *Kind, *Why, *End, *MatchGrade, *(f.name.lower() for f in Fidelity)])
def test_every_word_of_the_model_is_in_spanish(word: str) -> None:
    told = catalog("es").get(str(word))
    assert told is not None and told.string


def test_dates_are_written_at_their_own_precision() -> None:
    assert written("1970-02-03", "en") == "3 Feb 1970"
    assert written("1970-02", "es") == "feb 1970"
    assert written("1970", "en") == "1970"
    assert written("", "en") == ""
    assert written("last spring", "en") == "last spring"
