"""The pictures of the help and of docs are the pages as they are: taken by walking there, and what a page says now is what its picture shows.

`make pictures` takes them anew. A picture is compared by the words of its page (headings, labels, buttons), not by its pixels: other letters
and other dates are no change that a reader must be told of.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest
import zxingcpp
from PIL import Image

from town import demonstration
from vado.web.pages.help.view import topics
from vado.web.words import catalog

STATIC = Path(str(files("vado.web"))) / "static" / "help"
ROOT = Path(__file__).parents[2]
DOCS = tuple((ROOT / "docs").rglob("*.md"))
WORDS = Path(__file__).with_name("help_words.json")
LANGUAGES = ("en", "es")
LIST = (
    "NHC;Apellidos;Nombre;Fecha nacimiento;Prueba;Resultado;Unidad;Fecha;Observaciones\n"
    "1001;García López;Ana;03/04/1970;Glucosa;98;mg/dL;12/09/2026;-\n"
    "1002;Ruiz Mora;Pedro;13/04/1971;Glucosa;101;mg/dL;13/09/2026;-\n"
)
_SAID = "h1, h2, h3, label, legend, summary, button, thead th, nav a, .tabs a, .tabs strong, dt"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: who looks, where, and what is done there before it is taken."""

    name: str
    role: str  # "": nobody who is signed in
    go: Callable[[Any, str], None]
    height: int = 800
    width: int = 1000  # CSS pixels; PHONE for what is mostly done on one


def at(path: str) -> Callable[[Any, str], None]:
    return lambda page, address: page.goto(address + path)


def searched(page: Any, address: str, words: str = "garcia") -> None:
    page.goto(address + "/")
    page.fill("#words", words)
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


def looked_at(page: Any, address: str) -> None:
    """Let a practitioner read the record of the one whose page this is; then look who looked."""
    page.goto(address + "/me")
    name = page.inner_text("h1")
    with _another(page, address, "ana.hospital") as reader:
        searched(reader, address, name)
        reader.locator(".persons a").first.click()
        reader.wait_for_selector(".always")
    page.goto(address + "/me/looks")


def foreseen(page: Any, address: str) -> None:
    """See what would come of hiding a source, and decide nothing."""
    page.goto(address + "/me/sharing")
    page.locator("form", has=page.locator("#source")).get_by_role("button").click()
    page.wait_for_selector(".choices")


def tried(page: Any, address: str) -> None:
    """Begin to add a partner with a list as its sample."""
    page.goto(address + "/bridges/new")
    _sample(page, "lab-sur", "Laboratorio Sur", "results.csv", LIST.encode())
    page.wait_for_selector(".columns")


def failing(page: Any, address: str) -> None:
    """See the bridge of a partner who sent what nobody can read."""
    if page.goto(address + "/bridges/clinic-sur").status == 404:
        page.goto(address + "/bridges/new")
        _sample(page, "clinic-sur", "Clínica Sur", "letters.bin", b"\x7fELF" + bytes(200))
        page.check("input[name=keep]")
        page.locator("form[action$='/save'] button").click()
        page.wait_for_url("**/save")
        page.goto(address + "/bridges/clinic-sur")
    page.wait_for_selector("#work:not(:has(progress))")


def given_a_code(page: Any, address: str) -> None:
    """Make somebody an account, or give them another code; it is shown once."""
    page.goto(address + "/accounts?begins=eva.lopez")
    if page.locator("tbody a").count():
        page.locator("tbody a").click()
        page.locator("form:has(input[value=reset]) button").click()
    else:
        page.goto(address + "/accounts/new")
        page.fill("#name", "eva.lopez")
        page.select_option("#role", "practitioner")
        page.select_option("#partner", "hospital")
        page.locator("form[action='/accounts/new'] > button").click()
    page.wait_for_selector(".secret")


def asked(page: Any, address: str) -> None:
    """See a round that is open; make it where there is none."""
    if page.goto(address + "/rounds/winter").status != 404:
        return
    page.goto(address + "/rounds")
    page.locator("details summary").last.click()
    page.fill("#title", "Winter")
    page.fill(
        "#register", "hospital; Hospital del Vado; hospital; hospital; practitioner=60\npharmacy; Farmacia del Puente; pharmacy"
    )
    page.fill("#groups", "carers; Cuidadores y familias; 300\nundocumented; Personas sin papeles; 150; unusual")
    page.locator("form[action='/rounds'] button").click()
    page.wait_for_url("**/rounds/winter")


def answering(page: Any, address: str) -> None:
    """Open a letter as a telephone does, and turn to the first questions."""
    with _another(page, address, "manager") as manager:
        asked(manager, address)
        manager.fill("#count", "1")
        with manager.expect_download() as letter:
            manager.locator("form[action$='/invite'] button").click()
        with pdfium.PdfDocument(letter.value.path()) as opened:
            square = zxingcpp.read_barcodes(opened[0].render().to_pil())[0].text
    page.goto(square)
    page.wait_for_function("document.getElementById('code').value.length > 8")
    page.locator("form[action='/answer'] button").click()
    page.wait_for_url("**/answer/about")
    page.locator("button[value=next]").click()
    page.wait_for_selector("input[name=importance]")


def _sample(page: Any, id_: str, name: str, file: str, content: bytes) -> None:
    page.fill("input[name=id]", id_)
    page.fill("input[name=name]", name)
    page.set_input_files("input[name=sample]", {"name": file, "mimeType": "application/octet-stream", "buffer": content})
    page.locator(".newcomer form button").first.click()
    page.wait_for_url(re.compile("/bridges/new/."))


@contextmanager
def _another(page: Any, address: str, role: str) -> Iterator[Any]:
    context = page.context.browser.new_context()
    yield _in_as(context, address, role)
    context.close()


def _in_as(context: Any, address: str, role: str) -> Any:
    page = context.new_page()
    if role:
        page.goto(f"{address}/sign-in")
        page.click(f"form[action='/sign-in/as/{role}'] button")
    return page


PHONE = 360
ROUND = "/rounds/half-a-year-later"
PICTURES = (
    Picture("sign-in", "", at("/sign-in")),
    Picture("search", "ana.hospital", searched, 620),
    Picture("record", "ana.hospital", record),
    Picture("fact", "ana.hospital", fact),
    Picture("desk", "ana.hospital", at("/desk"), 620),
    Picture("doubt", "ana.hospital", at("/doubts")),
    Picture("me", "citizen", at("/me"), 780, PHONE),
    Picture("looks", "citizen", looked_at, 780, PHONE),
    Picture("sharing", "citizen", foreseen, 780, PHONE),
    Picture("add", "citizen", at("/me/add"), 780, PHONE),
    Picture("carer", "carer", at("/me"), 780, PHONE),
    Picture("rungs", "manager", at("/bridges#rungs"), 700, PHONE),
    Picture("bridges", "operator", at("/bridges"), 900),
    Picture("failure", "operator", failing, 620),
    Picture("newcomer", "operator", tried, 780),
    Picture("code", "administrator", given_a_code, 620),
    Picture("round", "manager", asked, 640),
    Picture("picture", "manager", at(f"{ROUND}/picture"), 960),
    Picture("gaps", "manager", at(f"{ROUND}/gaps#map"), 620),
    Picture("workshop", "manager", at(f"{ROUND}/workshop"), 760),
    Picture("network", "manager", at("/network#map"), 720),
    Picture("direction", "manager", at("/direction"), 760),
    Picture("money", "manager", at("/money/home-monitoring"), 660),
    Picture("answer", "", answering, 780, PHONE),
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with demonstration(tmp_path_factory) as address:
        yield address


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pictures_show_the_pages_as_they_are(browser: Any, town: str, language: str) -> None:
    known = json.loads(WORDS.read_text("utf-8")) if WORDS.exists() else {}
    pages = {role: _in_as(browser.new_context(color_scheme="light"), town, role) for role in {p.role for p in PICTURES}}
    found = {f"{language}/{p.name}": _taken(pages[p.role], town, p, language) for p in PICTURES}
    for page in pages.values():
        page.context.close()
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


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_in_bold_is_a_word_of_the_pages(language: str) -> None:
    texts = [m for m in catalog("es") if m.id]
    known = {str(word).casefold() for m in texts for word in _forms(m.id if language == "en" else m.string)}
    bold = {(t.name, word) for t in topics(language) for word in re.findall(r"\*\*([^*]+)\*\*", t.text)}
    assert len(bold) > 40
    assert not [one for one in bold if one[1].casefold() not in known], "who follows the help looks for it in vain"


def test_each_role_has_topics_of_its_own() -> None:
    for role in ("practitioner", "citizen", "carer", "operator", "manager", "administrator"):
        assert sum(role in t.roles for t in topics("en")) >= 3, role


def _forms(text: Any) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, tuple | list) else (text,)


def test_docs_show_the_same_pictures() -> None:
    pages = {page: page.read_text("utf-8") for page in (ROOT / "README.md", *DOCS)}
    shown = [(page, link) for page, text in pages.items() for link in re.findall(r"!\[[^]]*\]\(([^)]+)\)", text)]
    taken = {(STATIC / language / f"{p.name}.webp").resolve() for language in LANGUAGES for p in PICTURES}
    assert len(shown) > 5
    others = [(page.name, link) for page, link in shown if (page.parent / link).resolve() not in taken]
    assert not others, "a picture that no test takes goes stale"


def _taken(page: Any, town: str, picture: Picture, language: str) -> str:
    """Walk there, take the picture where it is wanted, and give a digest of what the page says, whatever the day."""
    page.set_viewport_size({"width": picture.width, "height": picture.height})
    page.goto(f"{town}/language/{language}")
    picture.go(page, town)
    page.wait_for_load_state("networkidle")
    words = re.sub(r"\d{1,2} \S+ \d{4}", " ", " ".join(page.locator(_SAID).all_inner_texts()))
    if os.environ.get("VADO_PICTURES") == "write":
        with Image.open(BytesIO(page.screenshot())) as taken:
            (STATIC / language).mkdir(parents=True, exist_ok=True)
            taken.convert("RGB").save(STATIC / language / f"{picture.name}.webp", quality=60, method=6)
    return sha256(re.sub(r"[\W\d]+", " ", words).encode()).hexdigest()[:16]
