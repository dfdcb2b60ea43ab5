"""A person and their carer on their own pages, in a real browser, at phone and desk width, in both languages; and who answers them."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from citizens import Town, town
from vado.exchange import accounts, consult, invitations
from vado.web.access import Door
from vado.web.words import translations
from visitors import DESK, PASSWORD, PHONE, VISITORS, Visitor, fits


@pytest.fixture
def t() -> Town:
    made = town()
    for name in ("ines", "eva", "ana"):
        accounts.set_password(made.x, name, PASSWORD, made.viewer("ada"))
    return made


@pytest.fixture
def come_in(t: Town, serve: Callable[..., str], browser: Any) -> Iterator[Callable[..., Any]]:
    """Sign somebody in; give their page."""
    address, contexts = serve(t.x, Door()), list[Any]()

    def signed_in(name: str, language: str = "en", viewport: dict[str, int] = DESK) -> Any:
        contexts.append(browser.new_context(viewport=viewport, base_url=address))
        page = contexts[-1].new_page()
        page.goto(f"/language/{language}?back=/sign-in")
        if name:
            page.fill("#name", name)
            page.fill("#password", PASSWORD)
            page.click("main form button")
            page.wait_for_url(re.compile(r"/(me)?$"))
        return page

    yield signed_in
    for context in contexts:
        context.close()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_person_sees_asks_adds_and_decides(
    t: Town, come_in: Callable[..., Any], tmp_path: Path, language: str, viewport: dict[str, int]
) -> None:
    _ = translations(language).gettext
    consult.show_record(t.x, t.ines, t.viewer("ana"))
    page = come_in("ines", language, viewport)
    assert page.inner_text("h1") == "Inés Prado Vega"
    for path in ("/me", "/me/record", "/me/looks", "/me/sharing", "/me/add", "/me/asked", "/me/download"):
        page.goto(path)
        assert fits(page), path

    # who looked: she asks, and it is owed an answer
    page.goto("/me/looks")
    looked = page.locator("li", has_text="ana")
    looked.locator("summary").click()
    looked.locator("textarea").fill("I had no visit that day.")
    looked.get_by_role("button", name=_("Send the question")).click()
    page.wait_for_url(re.compile("/me/asked$"))
    assert "I had no visit that day." in page.inner_text("main")

    # what matters, a measurement, a photo
    page.goto("/me/add")
    page.fill("#text", "I hear badly on the left.")
    page.locator("#a-story ~ form button").click()
    page.locator("summary", has_text=_("Blood pressure")).click()
    page.fill("#systolic", "131")
    page.fill("#diastolic", "82")
    page.locator("details[open] button").click()
    Image.new("RGB", (200, 200), "white").save(tmp_path / "photo.jpg")
    page.set_input_files("#file", tmp_path / "photo.jpg")
    page.fill("#title", "Eye clinic")
    page.locator("#a-letter ~ form button").click()
    page.wait_for_url(re.compile("#added$"))
    added = page.inner_text("#added")
    assert "I hear badly on the left." in added and "131" in added and "Eye clinic" in added
    assert fits(page)

    # an entry is not right; another source is hidden, with the consequence first
    page.goto("/me/record")
    entry = page.locator("li.line", has_text="HbA1c").first
    entry.locator("summary").click()
    entry.get_by_role("link", name=_("This is not right")).click()
    page.fill("#text", "That was my sister.")
    page.get_by_role("button", name=_("Send it")).click()
    page.goto("/me/sharing")
    page.select_option("#source", "insurer")
    page.locator("form", has=page.locator("#source")).get_by_role("button").click()
    assert "Hospital" in page.inner_text("main table")
    assert fits(page)
    assert "HbA1c" in [line.title for line in t.record("ana").lines], "nothing has changed yet"
    page.get_by_role("button", name=_("Yes, do it")).click()
    page.wait_for_url(re.compile("/me/sharing$"))
    assert "HbA1c" not in [line.title for line in t.record("ana").lines]


def test_the_answer_comes_back(t: Town, come_in: Callable[..., Any]) -> None:
    page = come_in("ines")
    page.goto("/me/record")
    entry = page.locator("li.line", has_text="Hemoglobin 13").first
    entry.locator("summary").click()
    entry.get_by_role("link", name="This is not right").click()
    page.fill("#text", "I gave no blood.")
    page.get_by_role("button", name="Send it").click()
    page.wait_for_url(re.compile("/me/asked$"))
    doctor = come_in("ana")
    doctor.goto(f"/person/{t.ines}")
    assert "The person says that this is not so" in doctor.inner_text("main")
    doctor.get_by_role("link", name="Reply", exact=True).click()
    doctor.locator("article textarea").fill("We mixed up two samples, and corrected it.")
    doctor.get_by_role("button", name="Agreed: we correct it").click()
    doctor.wait_for_url(re.compile("/replies$"))
    page.reload()
    assert "We mixed up two samples" in page.inner_text("main") and "Agreed: it will be corrected" in page.inner_text("main")


@pytest.mark.parametrize("visitor", VISITORS, ids=lambda v: v.name)
def test_a_carer_acts_and_it_says_so(t: Town, come_in: Callable[..., Any], visitor: Visitor) -> None:
    _ = visitor.say
    page = come_in("eva", visitor.language, visitor.screen)
    assert _("You act for %(name)s") % {"name": "Inés Prado Vega"} in page.inner_text("main")
    page.get_by_label(_("My pages")).get_by_role("link", name=_("My record")).click()
    page.wait_for_url("**/me/record*")
    assert "HbA1c" in page.inner_text("main")
    assert fits(page)
    page.goto("/me/add")
    page.fill("#text", "She sleeps badly.")
    page.locator("#a-story ~ form button").click()
    page.wait_for_url(re.compile("#added$"))
    assert _("a carer, for the person") in page.inner_text("#added")
    assert fits(page)
    page.goto("/me/sharing")
    assert page.locator("main form").count() == 0, "a carer grants nothing further"
    page.goto("/")
    assert page.url.endswith("/me") and page.locator("#words").count() == 0, "and searches for nobody"


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_letter_leads_in_without_script(t: Town, serve: Callable[..., str], browser: Any, language: str) -> None:
    made = invitations.invite(t.x, t.ines, language, t.viewer("ada"))
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, base_url=serve(t.x, Door()))
    page = context.new_page()
    page.goto(f"/language/{language}?back=/welcome")
    page.fill("#code", " ".join(re.findall(".{4}", made.code)).lower())
    page.fill("#born", "1951-07-04")
    page.fill("#name", "ines.prado")
    page.fill("#password", PASSWORD)
    page.click("main form button")
    page.wait_for_url(re.compile("/me$"))
    assert page.inner_text("h1") == "Inés Prado Vega"
    context.close()
