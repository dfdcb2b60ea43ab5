"""The pictures of the help are the pages as they are: taken by walking there, and what a page says now is what its picture shows.

`make pictures` takes them anew. A picture is compared by the words of its page (headings, labels, buttons), not by its pixels: other letters
and other dates are no change that a reader must be told of.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from town import demonstration
from vado.web.pages.help.view import topics

STATIC = Path(str(files("vado.web"))) / "static" / "help"
WORDS = Path(__file__).with_name("help_words.json")
LANGUAGES = ("en", "es")
_SAID = "h1, h2, h3, label, legend, summary, button, thead th, nav a, .tabs a, .tabs strong, dt"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: who looks, where, and what is done there before it is taken."""

    name: str
    role: str  # "": nobody who is signed in
    go: Callable[[Any, str], None]
    height: int = 800


def at(path: str) -> Callable[[Any, str], None]:
    return lambda page, address: page.goto(address + path)


def searched(page: Any, address: str) -> None:
    page.goto(address + "/")
    page.fill("#words", "garcia")
    page.keyboard.press("Enter")
    page.wait_for_selector(".persons a")


def record(page: Any, address: str) -> None:
    """Open the first record that this reader may read."""
    searched(page, address)
    links = [a.get_attribute("href") for a in page.locator("a[href^='/person/']").all()]
    for link in links:
        if page.goto(address + link).status == 200:
            return
    raise AssertionError("there is no record to be read")


def fact(page: Any, address: str) -> None:
    record(page, address)
    page.goto(address + page.locator("main a[href^='/fact/']").last.get_attribute("href"))


PICTURES = (
    Picture("sign-in", "", at("/sign-in")),
    Picture("search", "ana.hospital", searched, 620),
    Picture("record", "ana.hospital", record),
    Picture("fact", "ana.hospital", fact),
    Picture("desk", "ana.hospital", at("/desk"), 620),
    Picture("doubt", "ana.hospital", at("/doubts")),
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with demonstration(tmp_path_factory.mktemp("town")) as address:
        yield address


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pictures_show_the_pages_as_they_are(browser: Any, town: str, language: str) -> None:
    known = json.loads(WORDS.read_text("utf-8")) if WORDS.exists() else {}
    found = {f"{language}/{p.name}": _taken(browser, town, p, language) for p in PICTURES}
    if os.environ.get("VADO_PICTURES") == "write":
        WORDS.write_text(json.dumps(known | found, indent=1, sort_keys=True) + "\n", "utf-8")
        return
    stale = [name for name, words in found.items() if known.get(name) != words]
    assert not stale, f"these pages changed since their picture was taken; type `make pictures` and look at them: {stale}"


def test_every_picture_of_the_help_is_taken_and_every_one_taken_is_shown() -> None:
    shown = {
        (language, name)
        for language in LANGUAGES
        for t in topics(language)
        for name in re.findall(r"!\[[^]]*\]\(([\w-]+)\)", t.text)
    }
    assert {(language, p.name) for language in LANGUAGES for p in PICTURES} == shown
    assert all((STATIC / language / f"{name}.webp").stat().st_size < 60_000 for language, name in shown)


def _taken(browser: Any, town: str, picture: Picture, language: str) -> str:
    """Walk there, take the picture where it is wanted, and give a digest of what the page says."""
    context = browser.new_context(viewport={"width": 1000, "height": picture.height}, color_scheme="light")
    page = context.new_page()
    if picture.role:
        page.goto(f"{town}/sign-in")
        page.click(f"form[action='/sign-in/as/{picture.role}'] button")
    page.goto(f"{town}/language/{language}")
    picture.go(page, town)
    page.wait_for_load_state("networkidle")
    words = page.locator(_SAID).all_inner_texts()
    if os.environ.get("VADO_PICTURES") == "write":
        with Image.open(BytesIO(page.screenshot())) as taken:
            (STATIC / language).mkdir(parents=True, exist_ok=True)
            taken.convert("RGB").save(STATIC / language / f"{picture.name}.webp", quality=60, method=6)
    context.close()
    return sha256(re.sub(r"[\W\d]+", " ", " ".join(words)).encode()).hexdigest()[:16]
