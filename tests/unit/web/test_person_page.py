"""The practitioner's pages: whom a search finds, what a record shows at once, and what it never leaves out."""

import re
from dataclasses import replace
from datetime import timedelta
from math import sin
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from plain import OPEN, arrival, plain_exchange
from vado.exchange import accounts, consult, visits
from vado.exchange.find import find
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.account import Account, Role
from vado.model.original import Arrival, PartnerId
from vado.model.record import Kind, Viewer
from vado.outgoing.pdf.write import PdfWriter
from vado.web.access import Door
from vado.web.app import build
from vado.web.pages.person.chart import HEIGHT, WIDTH, _thinned, chart

ME = Viewer("me")
HERE = "https://testserver"
INES = "Prado Vega^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013"
HBA1C = "4548-4^HbA1c^LN"


def message(
    control: str, patient: str, results: list[tuple[str, str]], more: str = "", partner: str = "hospital"
) -> Arrival:  # fmt: skip
    head = f"MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ORU^R01|{control}|P|2.5"
    rows = "".join(
        f"\rOBR|{n}|{control}-{n}|{control}-{n}|{HBA1C}|||{day}\rOBX|1|NM|{HBA1C}||{value}|%|4-6||||F|||{day}"
        for n, (day, value) in enumerate(results, 1)
    )
    return arrival(f"{head}\rPID|1||{patient}{more}{rows}", partner=partner)


@pytest.fixture
def x() -> Exchange:
    made = plain_exchange()
    days = [(f"2025{month:02}{day:02}080000", f"{5 + month / 10:.1f}") for month in range(1, 13) for day in (3, 7, 11, 15, 19)]
    list(
        receive(
            made,
            [
                message("1", f"1001^^^HOSP^MR||{INES}", days),
                message("2", f"9^^^INS^MR||{INES}", [("20260102", "6.2")], partner="insurer"),
                message("3", "5^^^INS^MR||Zeller^Otto||19600101|M", [("20260102", "5.1")], partner="insurer"),
            ],
        )
    )
    accounts.add(made, Account("", "ana", Role.PRACTITIONER, PartnerId("hospital")), ME)
    return made


def of(x: Exchange, words: str) -> str:
    return find(x, words, ME).persons[0].person.id


def signed_in(x: Exchange, door: Door = Door()) -> TestClient:  # noqa: B008 - frozen
    client = TestClient(
        build(x, hosts=("testserver",), door=door), base_url=HERE, headers={"Origin": HERE}, follow_redirects=False
    )
    with x.store.begin() as tx:
        ana = tx.accounts.named("ana")
    assert ana
    client.cookies.set("__Host-vado", accounts.let_in(x, ana), domain="testserver.local")
    return client


def plain(x: Exchange) -> TestClient:
    return TestClient(build(x, hosts=("testserver",), door=OPEN), base_url=HERE, headers={"Origin": HERE})


# search


@pytest.mark.parametrize(
    ("typed", "names", "alike"),
    [
        ("prado ines", 1, False), ("Inés PRADO", 1, False), ("pra ine", 1, False), ("4/7/1951", 1, False), ("1951", 1, False), ("1001", 1, False),
        ("pardo vega", 1, True), ("bega", 1, True), ("zeler oto", 1, True), ("nobody", 0, False), ("prado zeller", 0, False),
    ],
)  # fmt: skip
def test_a_search_forgives_order_case_accents_and_slips(x: Exchange, typed: str, names: int, alike: bool) -> None:
    found = find(x, typed, ME).persons
    assert len(found) == names
    assert all(f.alike is alike for f in found)


def test_every_search_and_whom_it_found_is_in_the_audit_trail(x: Exchange) -> None:
    ines = of(x, "prado")
    with x.store.begin() as tx:
        assert [(a.action, a.subject) for a in tx.audits(limit=2)] == [("found", ines), ("search", "")]


def test_who_is_not_in_ones_care_is_opened_from_the_list_with_a_reason(x: Exchange) -> None:
    client = signed_in(x)
    assert "Not in your care" not in client.post("/", data={"words": "prado"}).text
    page = client.post("/", data={"words": "zeller"}).text
    assert "Not in your care" in page
    zeller = of(x, "zeller")
    assert f'action="/person/{zeller}/open"' in page
    assert f'href="/person/{zeller}"' not in page
    client.post(f"/person/{zeller}/open", data={"reason": "unconscious in the street"})
    assert client.get(f"/person/{zeller}").status_code == 200


def test_the_last_one_looked_at_are_ones_own_looks_only(x: Exchange) -> None:
    client = signed_in(x)
    assert "The last you looked at" not in client.get("/").text
    client.get(f"/person/{of(x, 'prado')}")
    consult.show_record(x, of(x, "zeller"), Viewer("somebody else"))
    page = client.get("/").text
    assert "The last you looked at" in page
    assert "Inés Prado Vega" in page
    assert "Zeller" not in page


# a reason, once


def test_a_place_may_ask_why_once_a_session(x: Exchange) -> None:
    client, record = signed_in(x, Door(ask_reason=True)), f"/person/{of(x, 'prado')}"
    asked = client.get(record)
    assert (asked.status_code, asked.headers["location"]) == (303, f"/reason?next={record}")
    assert "Why do you look" in client.get(asked.headers["location"]).text
    assert client.post("/reason", data={"why": "other", "words": "x", "next": record}).status_code == 422
    assert client.get(record).status_code == 303, "a reason that was not taken opens nothing"
    said = client.post("/reason", data={"why": "treatment", "words": "", "next": record})
    assert said.headers["location"] == record
    assert client.get(record).status_code == 200
    with x.store.begin() as tx:
        assert "reason-treatment" in {a.action for a in tx.audits(limit=10)}
    assert signed_in(x, Door(ask_reason=True)).get(record).status_code == 303, "another session says it anew"
    assert signed_in(x).get(record).status_code == 200, "a place that does not ask does not ask"


# the record


def test_a_long_record_is_shown_part_by_part_and_every_part_can_be_reached(x: Exchange) -> None:
    client, record = plain(x), f"/person/{of(x, 'prado')}"
    total = sum(line.kind is Kind.RESULT for line in consult.show_record(x, of(x, "prado"), ME).lines)
    seen, address = set[str](), f"{record}?view=kinds&kind=result"
    for _ in range(9):
        page = client.get(address).text
        facts = re.findall(r'<div class="what"><a href="/fact/(\w+)"', page)
        assert 0 < len(facts) <= 50
        seen |= set(facts)
        after = re.search(r'id="older"[^>]* href="([^"]+)"', page)
        if not after:
            break
        address = after[1].replace("&amp;", "&")
    assert len(seen) == total > 100
    assert f"to {total} of {total}" in page


def test_results_have_a_chart_a_table_and_a_way_to_all_values(x: Exchange) -> None:
    client, record = plain(x), f"/person/{of(x, 'prado')}"
    page = client.get(f"{record}?view=results").text
    assert page.count("<polyline") == 1
    assert "61 values from 3 Jan 2025 to 2 Jan 2026, between 5.1 and 6.2 %" in page
    assert "beyond the range" in page
    more = re.search(r'href="([^"]+)"[^>]*>All 61 values', page)
    assert more
    assert "1 to 50 of 61" in client.get(more[1].replace("&amp;", "&")).text


def test_a_chart_stays_in_its_frame_and_is_drawn_only_of_two_days(x: Exchange) -> None:
    from vado.record.trends import tests as put_together

    (test,) = put_together(consult.show_record(x, of(x, "prado"), ME).lines)
    drawn = chart(test.series[0])
    assert drawn
    points = [tuple(map(float, p.split(","))) for p in drawn.line.split()]
    assert len(points) == 61
    assert all(0 <= a <= WIDTH and 0 <= b <= HEIGHT for a, b in points)
    assert drawn.band
    assert {d.out for d in drawn.dots} == {True, False} or all(d.out for d in drawn.dots)
    (one,) = put_together(consult.show_record(x, of(x, "zeller"), ME).lines)
    assert chart(one.series[0]) is None


def test_filters_hold_no_patients_value_and_say_how_much_fits(x: Exchange) -> None:
    client, record = plain(x), f"/person/{of(x, 'prado')}"
    page = client.get(f"{record}?partner=insurer").text
    total = len(consult.show_record(x, of(x, "prado"), ME).lines)
    assert f"3 of {total} entries fit" in page
    assert "Nothing in this record fits" in client.get(f"{record}?since=2030-01-01").text
    assert client.get(f"{record}?rung=nonsense&kind=x&start=99999&since=31/12&only=all&view=none").status_code == 200
    addresses = re.findall(r'href="(/person/[^"]*)"', page)
    assert not [a for a in addresses if "Prado" in a or "1951" in a or "HbA1c" in a]


def test_what_was_told_since_the_last_visit_is_new_to_who_looked_and_nobody_else(x: Exchange) -> None:
    ines, ana, otto = of(x, "prado"), Viewer("ana"), Viewer("otto")
    assert visits.look(x, ines, ana)[1].since is None, "at the first look nothing is called new"
    now = x.clock()
    object.__setattr__(x, "clock", lambda: now + timedelta(hours=2))
    list(receive(x, [message("7", f"1001^^^HOSP^MR||{INES}", [("20260105", "7.7")])]))
    record, news = visits.look(x, ines, ana)
    assert news.since
    new = [line for line in record.lines if line.shown.id in news.facts]
    assert {line.when[:10] for line in new if line.kind is Kind.RESULT} == {"2026-01-05"}
    object.__setattr__(x, "clock", lambda: now + timedelta(hours=2, minutes=5))
    assert visits.look(x, ines, ana)[1].facts == news.facts, "going from page to page makes nothing old"
    object.__setattr__(x, "clock", lambda: now + timedelta(hours=4))
    assert not visits.look(x, ines, ana)[1].facts
    assert visits.look(x, ines, otto)[1].since is None


def test_a_summary_as_pdf_is_audited_as_given_out(x: Exchange) -> None:
    ines = of(x, "prado")
    assert plain(x).get(f"/person/{ines}/summary.pdf").status_code == 404
    object.__setattr__(x, "writers", {"pdf": PdfWriter()})
    answer = signed_in(x).get(f"/person/{ines}/summary.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    with x.store.begin() as tx:
        (last,) = tx.audits(limit=1)
    assert (last.who, last.action, last.subject) == ("ana", "export", ines)
    assert signed_in(x).get(f"/person/{of(x, 'zeller')}/summary.pdf").status_code == 403


def test_nobody_told_of_allergies_is_said_with_who_answered(x: Exchange) -> None:
    page = plain(x).get(f"/person/{of(x, 'prado')}").text
    assert "Nobody has told of any." in page
    assert "Who has told anything:" in page
    assert re.search(r"hospital \(2 Jan 2026\)", page)
    assert "No known allergies" not in page


def test_a_page_of_a_record_is_light(x: Exchange) -> None:
    static = Path(__file__).parents[3] / "src" / "vado" / "web" / "static"
    assert len(plain(x).get(f"/person/{of(x, 'prado')}").content) < 110_000, "with what comes once it would be more than 200 kB"
    assert (static / "record.js").stat().st_size < 3_000


def test_twelve_tests_of_hundreds_of_values_are_light_and_each_value_is_in_a_table() -> None:
    made = plain_exchange()
    for test in range(12):
        said = message(str(test), f"1001^^^HOSP^MR||{INES}", [
            (f"{2010 + n // 30}{1 + n // 3 % 12:02}{1 + n % 28:02}080000", f"{4 + (n * 7 % 23) / 8:.1f}") for n in range(200)
        ])  # fmt: skip
        list(receive(made, [replace(said, content=said.content.replace(b"4548-4^HbA1c", b"%d-4^Test %d" % (1000 + test, test)))]))
    page = plain(made).get(f"/person/{of(made, 'prado')}?view=results")
    assert page.text.count("<polyline") == 12 and page.text.count("All 200 values") == 12
    assert page.text.count('<td class="n">') == 60
    assert len(page.content) < 110_000, "with what comes once it would be more than 200 kB"


def test_a_line_of_very_many_values_keeps_its_ends_its_peaks_and_its_last_dot() -> None:
    points = [(n / 100, 30 + 20 * sin(n) if n != 7_777 else 2.0) for n in range(24_000)]
    kept = _thinned(points)
    assert len(kept) < WIDTH * 1.1 and kept == sorted(kept)
    assert {points[0], points[-1], points[7_777]} <= set(kept)
    assert _thinned(points[:1] + points[9_000:9_001]) == [points[0], points[9_000]]


def test_readers_of_two_languages_do_not_take_each_others_words(x: Exchange) -> None:
    english, spanish = plain(x), plain(x)
    spanish.cookies.set("language", "es")
    titles = [re.search(r"<h1>(.*?)</h1>", c.get("/").text) for c in (english, spanish, english, spanish)]
    assert [t and t[1] for t in titles] == ["Search a person", "Buscar a una persona"] * 2
