"""The summary for people: tagged, for archives, in two languages; nothing of a record can become markup or stop it."""

import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pdfua
import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from made_record import NOW, PROFILE, fact, patients, person, record, renamed
from vado.errors import SettingsError
from vado.model.original import PartnerId
from vado.model.outgoing import Outgoing, Wish
from vado.model.reading import Fidelity
from vado.model.record import Record, Viewer
from vado.outgoing.pdf import PdfWriter
from vado.record.assemble import assemble
from vado.tools import image, pdf
from vado.tools.typeset import Unprintable
from vado.tools.typeset import pdf as typeset

LINK = "https://vado.example/person/{person}"


def wish(**options: Any) -> Wish:
    return Wish(PROFILE.id, "summary", "pdf", "mail", options=options)


def written(of: Record | None = None, **options: Any) -> Outgoing:
    (out,) = PdfWriter().write([of or record()], PROFILE, wish(**options))
    return out


def text_of(out: Outgoing) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(out.content)).pages)


def only(*facts: Any) -> Record:
    return assemble(person(*patients()[:1]), facts, Viewer("test"), NOW)


def test_it_is_tagged_for_archives_and_says_its_language() -> None:
    for language in ("en", "es"):
        with pikepdf.open(BytesIO(written(language=language, link=LINK).content)) as document:
            root = document.Root
            assert bool(root.MarkInfo.Marked) and "/StructTreeRoot" in root and str(root.Lang) == language
            assert bool(root.ViewerPreferences.DisplayDocTitle)
            with document.open_metadata() as xmp:
                assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"], xmp["pdfuaid:part"]) == ("2", "A", "1")
                assert xmp["dc:title"] == {"en": "Health record summary", "es": "Resumen de la historia de salud"}[language]
            assert [str(i.S) for i in root.OutputIntents] == ["/GTS_PDFA1"]
            fonts = [f for page in document.pages for f in page.resources.Font.values()]
            assert fonts and all(_embedded(f) and "/ToUnicode" in f for f in fonts)


def _embedded(font: Any) -> bool:
    described = font.DescendantFonts[0].FontDescriptor if "/DescendantFonts" in font else font.FontDescriptor
    return any(key in described for key in ("/FontFile", "/FontFile2", "/FontFile3"))


def test_its_times_are_by_the_clock_of_the_place() -> None:
    at = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    seen = replace(only(), at=at)
    assert "31 Oct 2026, 23:30 UTC" in text_of(written(seen, language="en"))
    assert "1 Nov 2026, 00:30" in text_of(written(replace(seen, zone=ZoneInfo("Europe/Madrid")), language="en"))


def test_a_checker_of_others_finds_no_fault(tmp_path: Any) -> None:
    path = tmp_path / "summary.pdf"
    path.write_bytes(written(link=LINK).content)
    report = pdfua.validate(str(path))
    assert report.findings == () or not list(report.findings)


def test_headings_tables_and_the_picture_have_their_tags() -> None:
    with pikepdf.open(BytesIO(written(link=LINK).content)) as document:
        tags = list(_tags(document.Root.StructTreeRoot))
    kinds = [kind for kind, _ in tags]
    assert kinds.count("H1") == 1 and kinds.count("H2") >= 9 and kinds.count("Table") >= 8
    assert {"TH", "TD", "TR", "THead", "TBody", "L", "LI", "Link"} <= set(kinds)
    assert [alt for kind, alt in tags if kind == "Figure"] == ["Código QR con la dirección web de esta historia"]


def _tags(node: Any, depth: int = 0) -> Any:
    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from _tags(one, depth)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield str(node.S).removeprefix("/"), str(node.get("/Alt", ""))
        if "/K" in node:
            yield from _tags(node.K, depth + 1)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "es",
            [
                "Los orígenes se contradicen",
                "Leído de papel, sin confirmar",
                "no son hechos",
                "Quién ha contribuido",
                "página 1 de 3",
            ],
        ),
        ("en", ["Sources disagree", "Read from paper, not confirmed", "not facts", "Who contributed", "page 1 of 3"]),
    ],
)
def test_it_says_what_matters(language: str, words: list[str]) -> None:
    text = " ".join(text_of(written(language=language)).split())
    assert [w for w in words if w not in text] == []
    for value in (
        "Alergia a la penicilina",
        "Salbutamol 100 µg/dosis",
        "6.8 %",
        "[4 % - 6 %]",
        "sistólica 142 mmHg",
        "Warfarina 5 mq",
        "H0042317",
        "Mª José Núñez",
    ):
        assert value in text
    assert record().person.id in text and "laboratory" in text and "61 %" in text
    assert "Epilepsia" not in text, "entered in error"


def test_who_it_is_and_the_page_stand_on_every_page() -> None:
    facts = [fact("Condition", f"c{n}", code={"text": f"Problema {n}"}) for n in range(120)]
    pages = [p.extract_text() for p in PdfReader(BytesIO(written(only(*facts)).content)).pages]
    assert len(pages) > 4
    for n, page in enumerate(pages, 1):
        assert "María José Núñez Agüero" in page and "13 jun 1952" in page and f"página {n} de {len(pages)}" in page


def test_every_line_stands_beside_its_source_date_and_mark() -> None:
    text = " ".join(text_of(written(language="en")).split())
    assert re.search(r"Enalapril 20 mg comprimidos.*?pharmacy, told 30 Oct 2026 structured", text)
    assert re.search(r"frutos secos.*?old-clinic, told 24 Oct 2020 picture, 95 % sure", text)
    assert re.search(r"Alergia a la penicilina: urticaria; severe; active; high risk", text), (
        "beside a contradiction the status is said"
    )


def test_the_code_leads_back_to_the_record_and_holds_no_value() -> None:
    out = written(link=LINK)
    with pdf.pages_of(out.content) as document:
        (found,) = image.codes(np.ascontiguousarray(pdf.draw(document, 1, dpi=150, longest=1800)))
    assert found == f"https://vado.example/person/{record().person.id}"
    with pikepdf.open(BytesIO(written().content)) as document:
        assert "Figure" not in [kind for kind, _ in _tags(document.Root.StructTreeRoot)], "no link, no code"


def test_the_same_record_gives_the_same_bytes() -> None:
    first = written(link=LINK).content
    time.sleep(1.1)  # a clock would show
    assert first == written(link=LINK).content


def test_losses_name_facts_and_reasons() -> None:
    by_reason = {reason: id_ for id_, reason in written().losses}
    ids = {f.id: f for line in record().lines for f in (line.shown,)} | {f.id: f for f in record().others}
    assert ids[by_reason["not printed: performer"]].resource["code"]["text"] == "Creatinina"
    assert ids[by_reason["only its title is in the summary"]].kind == "DocumentReference"
    assert ids[by_reason["entered in error, so it is not printed"]].resource["code"]["text"] == "Epilepsia"


@pytest.mark.parametrize(
    "words",
    ["#panic(1)", "#read(\"/etc/passwd\")", "*a* _b_ $c$ `d` @e <f> // g /* h */ = i", "#import \"@preview/x:1.0.0\": *", "\\u{41} ~ --- ...", "]#[", "#sys.inputs"],
)  # fmt: skip
def test_words_never_become_markup(words: str) -> None:
    out = written(only(fact("Condition", "c", code={"text": words})))
    assert "".join(words.split()) in "".join(text_of(out).split()) and not out.losses


@pytest.mark.parametrize("words", ["李小龙", "ไทย 😀", "\ue000", "a\x00b\x1bc", "\ud83d", "हिन्दी"])
def test_letters_without_a_picture_are_told_by_their_number(words: str) -> None:
    (first, *_) = patients()
    out = written(renamed({"text": words}))
    assert out.content.startswith(b"%PDF") and (first.id in dict(out.losses)) == any(
        ord(c) > 255 and c not in "\ue000\ud83d" for c in words
    )
    if words == "李小龙":
        assert "[U+674E][U+5C0F][U+9F99]" in text_of(out)


def test_letters_of_other_alphabets_are_shown() -> None:
    out = written(renamed({"text": "Łukasz Ωμέγα Привет עברית"}))
    assert not out.losses and "Łukasz Ωμέγα Привет" in text_of(out)


def test_turned_directions_do_not_reach_the_page() -> None:
    assert "dose 12 mg" in text_of(written(only(fact("Condition", "c", code={"text": "dose \u202e12\u202c mg"}))))


def test_a_value_longer_than_a_page_is_all_there() -> None:
    note = " ".join(f"palabra{n}" for n in range(3000))
    text = text_of(written(only(fact("Condition", "c", code={"text": "Asma"}, note=[{"text": note}]))))
    assert "palabra0 " in text and "palabra2999" in text.replace("\n", " ")


def test_nobody_is_named_and_nothing_is_known() -> None:
    empty = replace(record(), person=person(), lines=(), others=(), sources=(), waiting=())
    text = text_of(written(empty, language="en"))
    assert (
        "Name not known" in text and "date of birth not known" in text and text.count("Nobody has sent anything about this") == 3
    )


def test_the_language_is_the_partners_unless_it_says_another() -> None:
    assert "Resumen" in text_of(written())
    (out,) = PdfWriter().write([record()], replace(PROFILE, languages=("ca", "en-GB")), wish())
    assert "summary" in text_of(out)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"lnik": "https://x"}, "CO-001"), ({"link": "ftp://x"}, "CO-002"), ({"link": "https://x/{name}"}, "CO-002"), ({"link": 3}, "CO-002"),
        ({"link": "https://x/ y"}, "CO-002"), ({"language": "fr"}, "CO-002"), ({"paper": "a5"}, "CO-002"),
    ],
)  # fmt: skip
def test_options_are_checked(options: dict[str, Any], code: str) -> None:
    with pytest.raises(SettingsError) as fault:
        PdfWriter().check(wish(**options))
    assert fault.value.code == code
    PdfWriter().check(wish(link=LINK, language="en", paper="us-letter"))


def test_a_template_that_is_wrong_is_told_without_values() -> None:
    with pytest.raises(Unprintable) as fault:
        typeset("#let v = json(bytes(sys.inputs.values))\n#assert(v.a == 1)", {"a": "Secret"}, NOW)
    assert "Secret" not in str(fault.value)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=4), st.sampled_from(Fidelity))
def test_any_words_can_be_written(said: list[str], fidelity: Fidelity) -> None:
    facts = [fact("Condition", f"c{n}", "gp", code={"text": words}, fidelity=fidelity) for n, words in enumerate(said)]
    assert written(only(*facts)).content.startswith(b"%PDF")


def test_two_records_are_two_documents() -> None:
    outs = list(PdfWriter().write([record(), renamed({"text": "Otra"})], replace(PROFILE, id=PartnerId("x")), wish()))
    assert len(outs) == 2 and all(re.fullmatch(r"record-[0-9a-f]{8}\.pdf", o.name) for o in outs)
