"""Whatever stands on a page, no row of a laboratory list says more than is written there."""

from hypothesis import given
from hypothesis import strategies as st

from vado.extract.tables import listed
from vado.model.original import original_id
from vado.model.reading import Box, Item, Place

ME = original_id(b"list")
HEAD = ("Test", "Result", "Units", "Range", "Flag")
X = (0.08, 0.38, 0.52, 0.66, 0.86)
_part = st.one_of(
    st.sampled_from(
        ["Glucose", "TSH", "125", "<0,5", "1,25", "mg/dL", "70 - 110", "H", "*", "↑", "Negativo", "see note", "2026", "()"]
    ),
    st.text(alphabet="aZé 19.,<>-/*()↑%", max_size=12),
)
_rows = st.lists(st.tuples(_part, _part, _part, _part, _part), max_size=5)


def page(rows: list[tuple[str, ...]]) -> list[Item]:
    return [
        Item("line", text, Place(ME, f"page 1 / line {n} {k}", Box(x, 0.1 + 0.02 * n, x + 0.008 * len(text), 0.112 + 0.02 * n)), 0.9)
        for n, row in enumerate([HEAD, *rows])
        for k, (x, text) in enumerate(zip(X, row, strict=True))
        if text.strip()
    ]  # fmt: skip


@given(_rows)
def test_every_word_of_a_row_is_on_the_page_and_every_word_of_the_line_is_in_the_row(rows: list[tuple[str, ...]]) -> None:
    for row in listed(page(rows)):
        written = "".join(c for i in row.items for c in i.value if not c.isspace())
        told = "".join((row.name, row.value, row.unit, row.range, row.flag)).replace(" ", "")
        assert sorted(c for c in told if c.isalnum()) == sorted(c for c in written if c.isalnum()), (told, written)
        assert row.name and row.value and set(row.resource) <= {
            "resourceType", "status", "code", "valueQuantity", "valueString", "referenceRange", "interpretation",
        }  # fmt: skip


@given(_rows)
def test_no_header_no_row(rows: list[tuple[str, ...]]) -> None:
    assert listed(page(rows)[len(HEAD) :]) == [] or any("Result" in text for row in rows for text in row)
