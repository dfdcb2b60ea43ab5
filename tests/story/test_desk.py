"""The review desk in a real browser, by keyboard alone: values from photographed and scanned forms, decided by one key each."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from plain import OPEN, arrival, plain_exchange
from vado.exchange import consult
from vado.exchange.desk import open_desk
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.original import PartnerId
from vado.model.partner import PartnerProfile
from vado.model.record import Viewer
from vado.model.review import Verdict
from vado.place.sheets import phone_photo, scan_png
from vado.web.app import build

GROUP = PartnerId("community")
ME, WEB = Viewer("me"), Viewer("web")
PEOPLE = (
    ("Inés Prado", "Penicillin", ("Metformin 850 mg", "Enalapril 10 mg")),
    ("Rosa Gil", "Latex", ("Bisoprolol 2.5 mg", "Warfarin 5 mg")),
    ("Eva Mora", "Peanuts", ("Ramipril 5 mg", "Insulin 10 units")),
)


def form(n: int) -> list[str]:
    name, allergy, medicines = PEOPLE[n]
    head = ["Community group: card", "", f"Patient name: {name}", f"Date of birth: 04/07/195{n}", "Sex: female"]
    return [*head, "", "Current medication", *(f"- {m}" for m in medicines), "", "Allergies", f"- {allergy}"]


@pytest.fixture(scope="module")
def papers() -> list[bytes]:
    return [phone_photo(form(0), Random(1)), scan_png(form(1), Random(2)), phone_photo(form(2), Random(3))]


def exchange(papers: list[bytes]) -> Exchange:
    x = plain_exchange(profiles={GROUP: PartnerProfile(GROUP, "Community group", review_below=0.999)})
    list(receive(x, [arrival(p, partner=GROUP) for p in papers]))
    return x


@dataclass
class Hand:
    """Presses keys and counts them."""

    page: Any
    keys: int = 0
    waits: list[float] = field(default_factory=list)  # milliseconds from a key to the next value on the screen

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.keys += 1

    def type(self, text: str) -> None:
        for letter in text:
            self.press(letter)

    def to_next(self, key: str) -> None:
        """Press a key that brings another value, and wait until its picture is there."""
        before, began = self.item(), time.perf_counter()
        self.press(key)
        self.page.wait_for_function(
            """before => { const f = document.querySelector('#desk form'), i = document.querySelector('#desk img');
               return (!f && before) || (f && !f.action.endsWith(before) && i.complete && i.naturalWidth > 100); }""",
            arg=before,
        )
        self.waits.append(1000 * (time.perf_counter() - began))

    def item(self) -> str:
        return self.page.evaluate("document.querySelector('#desk form')?.action.split('/').pop() ?? ''")


def test_ten_values_by_keys_alone(
    browser: Any, serve: Callable[[Exchange], str], papers: list[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    x = exchange(papers)
    many = len(open_desk(x, ME).waiting)
    assert many >= 11
    page = browser.new_page()
    page.goto(f"{serve(x)}/desk")
    page.wait_for_function("document.querySelector('#desk img').naturalWidth > 100")
    page.evaluate("window.same = true")
    hand = Hand(page)
    first = page.input_value(".desk input:not([type=hidden])")
    assert first in {"Penicillin", "Latex", "Peanuts"}, "allergies come first"

    hand.to_next("a")
    hand.to_next("r")
    hand.to_next("u")  # the rejected one is back
    hand.to_next("a")
    hand.press("e")
    hand.press("End")
    hand.type(" dust")
    hand.to_next("Enter")
    hand.press("?")
    assert page.locator("#keys[open]").count() == 1
    skipped = hand.item()
    hand.to_next("s")
    while len(mine := open_desk(x, WEB).decided) < 10:
        hand.to_next("a")
        assert page.evaluate("document.activeElement.id") == "desk", "the next key must reach the desk"

    assert page.evaluate("window.same"), "no new page was loaded on the way"
    assert skipped in {w.fact.id for w in open_desk(x, WEB).waiting}
    assert [d.verdict for d in mine].count(Verdict.CORRECT) == 1
    (corrected,) = [d.after for d in mine if d.after]
    assert corrected["code"]["text"].endswith(" dust")
    person = consult.find_persons(x, "prado", ME)[0].id
    assert {line.kind.value for line in consult.show_record(x, person, ME).lines} >= {"allergies"}
    waits = sorted(hand.waits)
    with capsys.disabled():
        print(  # noqa: T201 - the figure that the issue asks for
            f"\n{len(mine)} decisions, one correction, one skip and one undo with {hand.keys} keys: {hand.keys / len(mine):.1f} a decision; "
            f"the next value with its picture after {waits[len(waits) // 2]:.0f} ms (median), {waits[-1]:.0f} ms at most"
        )
    assert hand.keys / len(mine) < 2.5
    page.close()


def test_it_works_without_script(browser: Any, serve: Callable[[Exchange], str], papers: list[bytes]) -> None:
    x = exchange(papers[1:2])
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(f"{serve(x)}/desk")
    before = len(open_desk(x, WEB).waiting)
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.locator("button[value=accept]:focus").count():
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert len(open_desk(x, WEB).waiting) == before - 1
    assert page.locator(".done li").count() == 1
    page.get_by_role("button", name="Undo").click()
    page.wait_for_selector("text=Nothing waits", state="detached")
    assert len(open_desk(x, WEB).waiting) == before
    assert page.evaluate("1") == 1
    context.close()


def test_the_desk_runs_its_own_script_and_no_other(papers: list[bytes]) -> None:
    from starlette.testclient import TestClient

    client = TestClient(build(exchange([]), hosts=("testserver",), door=OPEN), base_url="http://testserver")
    answer = client.get("/desk")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
    scripts = re.findall(r"<script[^>]*>", answer.text)
    assert len(scripts) == 2 and all(re.fullmatch(r'<script src="/static/[\w./]+\.js\?v=\w+" defer>', one) for one in scripts)
    assert "/static/desk.js" in answer.text and "/static/desk.js" not in client.get("/inbox").text
    assert client.get("/static/desk.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/static/app.py").status_code == 404
