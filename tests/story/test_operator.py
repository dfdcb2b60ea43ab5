"""An operator's day, in a real browser: what fails and its remedy, a partner held, what would lift most, codes, paper forms, a new partner.

In both languages, on a phone and at a desk; each of these four readers has a partner of their own, so that none waits for another.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from made_form import blank
from plain import PlainRoom, arrival, plain_exchange
from vado.exchange import accounts
from vado.exchange.ports import Exchange, Look
from vado.exchange.receive import receive
from vado.model.account import Account, Role
from vado.model.original import Original, PartnerId
from vado.model.partner import PartnerProfile
from vado.model.reading import issue
from vado.model.record import Viewer
from vado.settings.settings import Settings
from vado.web.access import Door
from vado.wiring.bench import Bench
from visitors import PASSWORD, VISITORS, Visitor, fits, signed_in

ME = Viewer("me")
PERSON = "Prado Vega^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013||600111222"
SECRETS = (
    "Prado",
    "1951",
    "600111222",
    "García",
    "03/04/1970",
    "dice que no",
)  # values of persons: no page of an operator says them
LIST = (
    "NHC;Apellidos;Nombre;Fecha nacimiento;Prueba;Resultado;Unidad;Fecha;Observaciones\n"
    "1001;García López;Ana;03/04/1970;Glucosa;98;mg/dL;12/09/2026;dice que no\n"
    "1002;Ruiz;Pedro;13/04/1971;Glucosa;101;mg/dL;13/09/2026;nada\n"
)


class Room(PlainRoom):
    """A reading room that gives up on what is long, until more time is allowed."""

    def __init__(self) -> None:
        self.patient: set[str] = set()  # partners for whom there is time enough

    def look_at_all(self, work: Iterable[tuple[Original, bytes, PartnerProfile]]) -> Iterator[Look]:
        for original, content, profile in work:
            if b"|LONG|" in content and original.partner not in self.patient:
                yield Look(None, issue=issue("IN-003", seconds=20))
            else:
                yield from super().look_at_all([(original, content, profile)])


def message(number: int, name: str = "LAB") -> str:
    """Give a result under a code of the laboratory's own, with a segment that nobody knows."""
    return "\r".join(
        (
            f"MSH|^~\\&|{name}|HOSP|||20260102101500+0000||ORU^R01|{number}|P|2.5",
            f"PID|1||1001^^^HOSP^MR||{PERSON}",
            f"OBR|1|||GLU^Glucose^L|||20260102\rOBX|1|NM|GLU^Glucose^L||{number}|mg/dL||N|||F|||20260102",
            "ZAL|1|x|y",
        )
    )


@dataclass(frozen=True, slots=True)
class Office:
    """What is served."""

    x: Exchange
    room: Room
    address: str


@pytest.fixture(scope="module")
def office(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Office:
    labs = [f"lab-{visitor.name}" for visitor in VISITORS]
    plain = plain_exchange(profiles={PartnerId(i): PartnerProfile(PartnerId(i), f"Laboratory {i}") for i in (*labs, "lab-coded")})
    room = Room()
    x = replace(plain, room=room)
    for lab in labs:
        list(receive(x, [arrival(message(n, name), partner=lab) for n, name in enumerate(["LAB"] * 6 + ["LONG"])]))
    standard = [message(n, "CLINIC").replace("GLU^Glucose^L", "2339-0^Glucose^LN").replace("ZAL|1|x|y", "") for n in range(6)]
    list(receive(x, [arrival(one, partner="lab-coded") for one in standard]))
    accounts.add(x, Account("", "otto", Role.OPERATOR), ME)
    accounts.set_password(x, "otto", PASSWORD, ME)
    place = tmp_path_factory.mktemp("place")
    (place / "partners").mkdir()
    (place / "data").mkdir()
    for lab in labs:
        (place / "partners" / f"{lab}.toml").write_text(f'[partner]\nname = "Laboratory {lab}"\n')
    return Office(x, room, serve(x, Door(), Bench(Settings(place), x)))


@pytest.fixture(scope="module")
def page(office: Office, browser: Any, visitor: Visitor) -> Iterator[Any]:
    with signed_in(browser, office.address, visitor, "otto") as page:
        yield page


def test_a_failure_is_seen_with_its_remedy_and_read_again(office: Office, page: Any, visitor: Visitor) -> None:
    _, lab = visitor.say, f"lab-{visitor.name}"
    page.goto("/bridges")
    row = page.locator("table.bridges tbody tr", has_text=f"Laboratory {lab}")
    assert row.locator(".state-failed").inner_text() == "1"
    row.get_by_role("link").click()
    failure = page.locator(".failures li")
    assert "IN-003" in failure.inner_text() and "read_seconds" in failure.inner_text(), "what is wrong, and what to do"

    # nothing has been done about it: reading again would change nothing, and that is said before anything is
    try_again(page, failure)
    assert came(page, _("readable now, and not before")) == "0"

    # the time was raised; first what would change, then in force
    office.room.patient.add(lab)
    try_again(page, failure)
    assert came(page, _("readable now, and not before")) == "1"
    assert _("Nothing has been changed yet.") in page.inner_text("#work")
    assert failure.count() == 1
    page.locator("#work form button").click()
    over(page)
    assert _("Nothing has been changed yet.") not in page.inner_text("#work")
    assert _("Everything that came could be read.") in page.inner_text("main")
    assert fits(page)


def test_a_partner_is_held_and_released(office: Office, page: Any, visitor: Visitor) -> None:
    _, lab = visitor.say, f"lab-{visitor.name}"
    page.goto(f"/bridges/{lab}")
    page.fill("input[name=why]", "their export repeats itself")
    page.get_by_role("button", name=_("Hold"), exact=True).click()
    held = page.locator(".complaint", has_text=_("Held:"))
    assert "otto" in held.inner_text() and "their export repeats itself" in held.inner_text()
    (row,) = receive(office.x, [arrival(message(100), partner=lab)])
    assert row.facts == 0, "it waits, and nothing is read"
    page.goto("/bridges")
    assert page.locator("table.bridges tr", has_text=f"Laboratory {lab}").locator(".state-held").count() == 1
    page.goto(f"/bridges/{lab}")
    page.get_by_role("button", name=_("Release, and read what waits")).click()
    over(page)
    assert visitor.plural("%(num)s original was gone through.", "%(num)s originals were gone through.", 1) in page.inner_text(
        "#work"
    )
    assert held.count() == 0


def test_what_is_lost_and_what_would_lift_most(page: Any, visitor: Visitor) -> None:
    _, lab = visitor.say, f"lab-{visitor.name}"
    page.goto("/bridges")
    best = page.locator(".best")
    assert "lab-" in best.locator(".do").inner_text()
    assert not best.locator(".rows").is_visible()
    best.locator("summary").click()
    assert best.locator(".rows").is_visible(), "how it was reckoned, row by row"
    assert fits(page)
    page.goto(f"/bridges/{lab}")
    assert page.locator("section[aria-labelledby=codes] th", has_text="GLU").count() > 0
    lost = page.locator("section[aria-labelledby=lost] tbody tr", has_text="ZAL-1")
    assert "[[segment]]" in lost.inner_text(), "the line of the profile that would change it"

    # a chart is a picture, and has its numbers as a table
    for chart in page.locator(".chart").all():
        chart.scroll_into_view_if_needed()
        assert chart.locator("img").evaluate("i => i.decode().then(() => i.naturalWidth > 100)")
        chart.locator("summary").click()
        assert chart.locator("tbody tr").count() == 13, "a row for each week"
    assert page.locator(".chart").count() == 2
    assert fits(page)
    assert not [s for s in SECRETS if s in page.content()]


def test_a_new_partner_is_tried_on_a_sample_and_saved(office: Office, page: Any, visitor: Visitor, tmp_path: Path) -> None:
    _ = visitor.say
    (tmp_path / "list.csv").write_text(LIST)
    (tmp_path / "result.hl7").write_text(message(1))

    # a list: what its columns mean, and what would come of it
    page.goto("/bridges")
    page.get_by_role("link", name=_("Add a partner")).click()
    answer(page, f"council-{visitor.name}", tmp_path / "list.csv")
    assert page.locator("select[name='column:Fecha nacimiento']").input_value() == "Patient.birthDate"
    assert {"2 " + _("people"), f"2 {_('Observation')}"} <= set(sums(page)), sums(page)
    assert "Observaciones" in page.inner_text("section[aria-labelledby=comes]"), "what is not understood is said"

    # a result without the name of its test is none: the page says so, offers nothing to be saved, and lets it be put right
    leave_out(page, _, "Prueba")
    assert "Observation needs code" in page.inner_text("[role=alert]")
    assert page.get_by_role("button", name=_("Save this partner")).count() == 0
    leave_out(page, _, "Resultado", "Unidad", "Fecha")
    assert page.locator("[role=alert]").count() == 0
    assert not [s for s in sums(page) if _("Observation") in s], "what was said of a column counts at once"
    assert fits(page)
    assert not [s for s in SECRETS if s in page.content()]
    save(page, _)
    assert f"council-{visitor.name}" in page.inner_text("h1")
    assert PartnerId(f"council-{visitor.name}") in office.x.profiles

    # messages: the same page, and its bridge is there with the sample as its first original
    page.get_by_role("link", name=_("Add another")).click()
    answer(page, f"clinic-{visitor.name}", tmp_path / "result.hl7")
    assert "GLU" in page.inner_text("section[aria-labelledby=comes]")
    page.check("input[name=keep]")
    save(page, _)
    page.get_by_role("link", name=_("Look at its bridge")).click()
    over(page)
    assert page.locator(".formats li", has_text="hl7v2").count() == 1


def test_codes_get_a_meaning_that_somebody_chose_and_lift_what_is_kept(office: Office, page: Any, visitor: Visitor) -> None:
    _, lab = visitor.say, f"lab-{visitor.name}"
    page.goto(f"/bridges/{lab}")
    page.locator("section[aria-labelledby=codes]").get_by_role("link", name=_("Say what its codes mean")).click()
    page.get_by_role("button", name=_("Look for standard codes")).click()
    page.wait_for_selector(".meanings")
    code = page.locator(".meanings fieldset", has_text="GLU").first
    assert visitor.say("another partner codes it so") in code.inner_text(), "the clinic sends the same under a standard code"
    assert not code.locator(".own").is_visible()
    assert fits(page)
    assert not [s for s in SECRETS if s in page.content()]

    # another code than the one suggested: where to type it shows when it is chosen
    code.get_by_label(_("Another standard code")).check()
    code.get_by_label(_("Code"), exact=True).fill("2345-7")
    code.get_by_label(_("Its words")).fill("Glucose")
    page.get_by_role("button", name=_("Save what these codes mean")).click()
    assert visitor.plural(
        "%(num)s code has a meaning now. It holds for what arrives from now on.",
        "%(num)s codes have a meaning now. It holds for what arrives from now on.", 1,
    ) in page.inner_text("[role=status]")  # fmt: skip
    assert "2345-7" in page.inner_text("section[aria-labelledby=accepted]")

    # what reading again would lift is said, tried, and put in force
    assert "hl7v2" in page.inner_text("section[aria-labelledby=lifts]")
    page.locator("section[aria-labelledby=lifts] button").click()
    over(page)
    assert int(came(page, _("elements of facts changed"))) > 0
    page.locator("#work form button").click()
    over(page)
    page.goto(f"/bridges/{lab}/codes")
    assert page.locator("section[aria-labelledby=lifts]").count() == 0
    page.locator("section[aria-labelledby=accepted]").get_by_role("button").click()
    assert page.locator(".meanings legend", has_text="GLU").count() == 0, "what is kept is coded, until it is read again"


def test_a_paper_form_is_learned_over_its_picture(office: Office, page: Any, visitor: Visitor, tmp_path: Path) -> None:
    _, lab = visitor.say, f"lab-{visitor.name}"
    (tmp_path / "Health card.pdf").write_bytes(blank(fields=False))
    page.goto(f"/bridges/{lab}")
    page.get_by_role("link", name=_("Learn a form")).click()
    page.set_input_files("input[name=file]", tmp_path / "Health card.pdf")
    page.get_by_role("button", name=_("Find its boxes")).click()
    page.wait_for_selector("section[aria-labelledby=tried]")
    page.get_by_role("link", name=_("Look at its boxes")).click()
    picture, boxes = page.locator(".sheet img"), page.locator(".sheet rect")
    assert picture.evaluate("i => i.decode().then(() => i.naturalWidth > 500)")
    assert boxes.count() == page.locator(".boxes li").count() == 12
    box, drawn = boxes.first.bounding_box(), picture.bounding_box()
    assert drawn["x"] < box["x"] < box["x"] + box["width"] < drawn["x"] + drawn["width"], "it stands on the picture"
    assert fits(page)

    # a name is corrected: where its value goes follows; one box is left out
    first = page.locator(".boxes li").first
    first.get_by_label(_("Name")).fill("NHC")
    page.locator(".boxes li").nth(5).get_by_label(_("Leave it out")).check()
    page.get_by_role("button", name=_("See where the values go with these names")).click()
    assert page.locator(".boxes li.out").count() == 1
    assert first.get_by_label(_("Name")).input_value() == "NHC"
    page.get_by_role("button", name=_("Save this form")).click()
    page.wait_for_url("**saved=health-card")
    assert "health-card" in page.inner_text("section[aria-labelledby=known]")
    assert len(office.x.profiles[PartnerId(lab)].papers) == 1
    assert fits(page)


def try_again(page: Any, failure: Any) -> None:
    failure.get_by_role("button").click()
    over(page)


def over(page: Any) -> None:
    """Wait until the work beside the page is done."""
    page.wait_for_selector("#work:not(:has(progress))")


def came(page: Any, what: str) -> str:
    return page.locator("#work dt", has_text=what).locator("+ dd").inner_text()


def answer(page: Any, name: str, sample: Path) -> None:
    page.fill("input[name=id]", name)
    page.set_input_files("input[name=sample]", sample)
    page.locator(".newcomer form button").first.click()
    page.wait_for_selector("section[aria-labelledby=comes] table")


def leave_out(page: Any, say: Callable[[str], str], *columns: str) -> None:
    for column in columns:
        page.select_option(f"select[name='column:{column}']", "")
    with page.expect_navigation():
        page.get_by_role("button", name=say("Try again with these answers")).click()


def sums(page: Any) -> list[str]:
    return [" ".join(text.split()) for text in page.locator("section[aria-labelledby=comes] .sums li").all_inner_texts()]


def save(page: Any, say: Callable[[str], str]) -> None:
    page.get_by_role("button", name=say("Save this partner")).click()
    page.wait_for_url("**/save")
