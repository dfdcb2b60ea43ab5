"""Who walks through the pages in a story: a language, and the screen that it is read on."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from vado.web.words import translations

PHONE, DESK = {"width": 360, "height": 780}, {"width": 1280, "height": 900}
PASSWORD = "correct horse battery"


@dataclass(frozen=True, slots=True)
class Visitor:
    """One way of reading the pages."""

    language: str
    screen: dict[str, int]

    @property
    def name(self) -> str:
        """'en-phone', as tests are called."""
        return f"{self.language}-{'phone' if self.screen is PHONE else 'desk'}"

    @property
    def say(self) -> Callable[[str], str]:
        """What gives a text of the pages in this language."""
        return translations(self.language).gettext

    def plural(self, one: str, many: str, n: int) -> str:
        """Give a text that counts."""
        return translations(self.language).ngettext(one, many, n) % {"num": n}


VISITORS = tuple(Visitor(language, screen) for language in ("en", "es") for screen in (PHONE, DESK))


@contextmanager
def signed_in(browser: Any, address: str, visitor: Visitor, name: str, password: str = PASSWORD) -> Iterator[Any]:
    """Sign somebody in; give their page."""
    context = browser.new_context(viewport=visitor.screen, base_url=address)
    context.set_default_timeout(8000)
    page = context.new_page()
    page.goto(f"/language/{visitor.language}?back=/sign-in")
    page.fill("#name", name)
    page.fill("#password", password)
    page.click("main form button")
    page.wait_for_url(re.compile(r"^(?!.*sign-in)"))
    yield page
    context.close()


def fits(page: Any) -> bool:
    """Say whether nothing has to be moved sideways."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")
