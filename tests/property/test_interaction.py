"""Laws of writing over FHIR: the body is kept byte for byte; a narrative that passes holds nothing that runs; ids never collide."""

from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from vado.model.interaction import Decided, Interaction, is_wrapped, own_id, unwrap, wrap
from vado.tools.narrative import fault_of
from vado.tools.patch import WrongPatch, patched

IDS = st.from_regex(r"[A-Za-z0-9\-.]{1,64}", fullmatch=True)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=3), v, max_size=3),
    max_leaves=8,
)
PIECES = st.sampled_from(["<script>x</script>", "<p>", "</p>", "<b>a</b>", ' onclick="x"', "<img src='", "javascript:x", "'/>", "<!--", "-->", "&#106;", "<a href=\"java\tscript:x\">y</a>", "<svg onload='x'/>", "<style>a</style>", "text"])  # fmt: skip


@given(
    st.sampled_from(["POST", "PUT", "PATCH", "DELETE"]),
    IDS,
    st.binary(max_size=200),
    st.text(max_size=40),
    st.dictionaries(IDS, IDS, max_size=3),
)
def test_what_is_wrapped_comes_out_again(method: str, id_: str, body: bytes, condition: str, names: dict[str, str]) -> None:
    asked, decided = (
        Interaction(method, f"Patient/{id_}", body, condition),
        Decided("2026-01-01T00:00:00+00:00", names, names, names),
    )
    kept = wrap(asked, decided)
    assert is_wrapped(kept)
    assert unwrap(kept) == (asked, decided)
    assert kept.endswith(body)


@given(st.lists(PIECES, max_size=8).map("".join))
def test_a_narrative_that_passes_holds_nothing_that_runs(inside: str) -> None:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{inside}</div>'
    if fault_of(div):
        return
    for el in html.fromstring(div).iter():  # as a browser reads it
        if isinstance(el.tag, str):
            assert el.tag not in {"script", "svg", "style", "iframe", "object", "embed", "form", "link", "base", "meta"}
            assert not any(name.startswith("on") for name in el.attrib)
            assert not any("script:" in "".join(v.split()).casefold() for v in el.attrib.values())


@given(st.tuples(IDS, IDS), st.tuples(IDS, IDS))
def test_two_partners_never_share_an_id(one: tuple[str, str], other: tuple[str, str]) -> None:
    same = (one[0], one[1]) == (other[0], other[1])
    if not same and one[1].lower() != other[1].lower():
        assert own_id(one[0], "Patient", one[1]) != own_id(other[0], "Patient", other[1])


@given(JSON, st.lists(st.fixed_dictionaries({"op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"]), "path": st.text(max_size=5)}, optional={"value": JSON, "from": st.text(max_size=5)}), max_size=4) | JSON)  # fmt: skip
def test_a_patch_gives_a_resource_or_says_why_not_and_leaves_the_old_one(inside: Any, steps: Any) -> None:
    before: dict[str, Any] = {"resourceType": "Patient", "a": inside}
    copy = repr(before)
    with suppress(WrongPatch):
        assert isinstance(patched(before, steps), dict)
    assert repr(before) == copy
