"""Every text of the pages has its Spanish; every word that is shown through say() too."""

from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir

from vado.errors import CODES, VadoError
from vado.exchange.carried import WORDS as CARRIED
from vado.exchange.history import WORDS as HAPPENED
from vado.exchange.meanings import ELSEWHERE, LOADED
from vado.linkage.compare import compare
from vado.linkage.explain import explain
from vado.linkage.model import shipped
from vado.model.account import Role
from vado.model.delivery import DeliveryState
from vado.model.fact import End
from vado.model.original import PartnerId, State
from vado.model.person import Contribution, Demographics, MatchGrade
from vado.model.reading import Fidelity, Place, issue
from vado.model.record import Kind, Viewer, Why
from vado.model.review import Standing, Verdict
from vado.record.beside import FIELDS, HOW
from vado.terms.home import MEASURES
from vado.web.pages.account.view import HOW as SIGNED_IN
from vado.web.pages.accounts.view import TIES
from vado.web.pages.desk.view import WORDS
from vado.web.pages.meanings.view import SAME
from vado.web.pages.papers.view import KINDS as PAPER
from vado.web.pages.papers.view import SOURCES
from vado.web.pages.picture.words import ALL as SAID
from vado.web.pages.picture.words import CHARTS
from vado.web.render import Asked
from vado.web.words import KINDS, PLAIN, catalog, written
from vado.wiring.child import _MAGIC

HOSPITAL = PartnerId("hospital")
PAGES = Path(__file__).parents[3] / "src" / "vado" / "web" / "pages"


def test_every_text_of_the_pages_is_in_spanish() -> None:
    spanish = catalog("es")
    found = 0
    for path, line, message, _, _ in extract_from_dir(str(PAGES), [("**.html", "jinja2.ext:babel_extract")]):
        found += 1
        told = spanish.get(message if isinstance(message, str) else message[0])
        assert told is not None and told.string, f"{path}:{line}: no Spanish for {message!r} in locale/es.po"
    assert found > 50


@pytest.mark.parametrize(
    "word",
    [
        *State,
        *DeliveryState,
        *Kind,
        *Why,
        *End,
        *MatchGrade,
        *(f.name.lower() for f in Fidelity),
        *KINDS.values(),
        *Standing,
        *Verdict,
        *(w for _, w in WORDS),
        *(w for w, _ in FIELDS),
        *HOW,
        *HAPPENED,
        *PLAIN.values(),
        *(m.label for m in MEASURES.values()),
        *(p.label for m in MEASURES.values() for p in m.parts),
        "in a minute",
        "the person themselves",
        *CARRIED,
        "opened",
        *SIGNED_IN.values(),
        *TIES.values(),
        *(r.value for r in Role if r not in {Role.MACHINE, Role.NOBODY}),
        "answered: same",
        "answered: different",
        *SAID,
        *CHARTS,
        *SAME.values(),
        *PAPER.values(),
        *SOURCES.values(),
        LOADED,
        ELSEWHERE,
    ],
)
def test_every_word_of_the_model_is_in_spanish(word: str) -> None:
    told = catalog("es").get(str(word))
    assert told is not None and told.string


@pytest.mark.parametrize("code", CODES)
def test_every_issue_and_fault_is_in_spanish(code: str) -> None:
    spanish = catalog("es")
    for text in (CODES[code].what, CODES[code].do):
        told = spanish.get(text)
        assert told is not None and told.string, f"{code}: no Spanish for {text!r} in locale/es.po"
        assert slots(told.string) == slots(text), f"{code}: the Spanish names other slots"


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("kind", sorted({*_MAGIC.values(), "text of no known form", "unknown bytes"}))
def test_every_kind_of_file_that_nobody_reads_is_in_spanish(kind: str) -> None:
    assert catalog("es").get(kind)


def test_every_way_two_patients_agree_is_in_spanish() -> None:
    every = [*shipped().bits, ("given", "slip")]
    every += [("partner", "said-same")]
    assert {f for f, _ in compare(Demographics("a", HOSPITAL), Demographics("b", HOSPITAL))} < {f for f, _ in every}
    for field, level, _ in explain(Contribution(f, level, 1.0) for f, level in every):
        for word in (field, level):
            assert catalog("es").get(word), f"no Spanish for {word!r} in locale/es.po"
            assert "_" not in word and word != "said-same", f"{word} is no plain word"


def asked(language: str) -> Asked:
    return Asked(None, None, Viewer("test", language))  # type: ignore[arg-type]


def test_an_issue_is_translated_before_its_slots_are_filled() -> None:
    trouble = issue("IN-002", Place("abc", "page 2"), kind="a DICOM image")  # type: ignore[arg-type]
    assert asked("en").told(trouble).what == "No bridge knows this kind of file (a DICOM image)"
    spanish = asked("es").told(trouble)
    assert spanish.what == "Ningún puente conoce este tipo de archivo (una imagen DICOM)"
    assert (spanish.code, spanish.place) == ("IN-002", "page 2")


def test_a_fault_is_told_in_the_readers_language() -> None:
    assert asked("es").told(VadoError("RE-001")).what == "No existe esa persona"
    assert asked("es").told(VadoError("IN-008", megabytes=256)).what == "El archivo ocupa más de 256 MB"


def test_dates_are_written_at_their_own_precision() -> None:
    assert written("1970-02-03", "en") == "3 Feb 1970"
    assert written("1970-02", "es") == "feb 1970"
    assert written("1970", "en") == "1970"
    assert written("", "en") == ""
    assert written("last spring", "en") == "last spring"
