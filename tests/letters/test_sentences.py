"""Letter sentences against a truth made by hand before the rules; half of it was held out while they were written."""

import pytest

from letters.score import compare, rows


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_truth_is_big_enough(language: str) -> None:
    assert all(len(rows(half, language)) >= 30 for half in ("open", "held"))


@pytest.mark.parametrize("row", rows("open"), ids=lambda r: r["sentence"][:40])
def test_open_sentences(row: dict[str, str]) -> None:
    _, missed, false = compare(row)
    assert (missed, false) == ([], [])
