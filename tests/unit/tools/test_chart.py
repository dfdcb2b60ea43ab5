"""Charts: the same bytes for the same numbers, text that stays text, nothing from elsewhere, and matplotlib loaded late."""

import re
import subprocess
import sys
from dataclasses import replace

import pytest
from lxml import etree

from vado.tools import chart

LABELS = [f"{n} Sep" for n in range(1, 14)]
SERIES = {"image": list(range(13)), "coded": [40] * 13}
KINDS = [chart.lines, chart.stacked, chart.shares]


@pytest.mark.parametrize("draw", KINDS)
def test_a_chart_is_the_same_each_time_and_fetches_nothing(draw: object) -> None:
    one, other = (draw(LABELS, SERIES, chart.LIGHT, unit="facts") for _ in range(2))  # type: ignore[operator]
    assert one == other
    root = etree.fromstring(one)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not re.findall(rb'(?:href|src)="(?!#)|url\((?!#)|<script|@import|<!DOCTYPE', one)
    assert {"image", "coded"} <= set(root.itertext())  # words, not drawn letters


def test_other_numbers_and_another_look_give_another_picture() -> None:
    first = chart.stacked(LABELS, SERIES, chart.LIGHT)
    assert chart.stacked(LABELS, {**SERIES, "coded": [41] * 13}, chart.LIGHT) != first
    dark = chart.stacked(LABELS, SERIES, chart.DARK)
    assert chart.DARK.ramp[0].encode() in dark
    assert chart.LIGHT.ramp[0].encode() not in dark


def test_labels_are_fewer_where_there_is_little_room() -> None:
    wide, narrow = (
        sum(t in LABELS for t in etree.fromstring(chart.stacked(LABELS, SERIES, replace(chart.LIGHT, width=w))).itertext())
        for w in (720, chart.NARROW[0])
    )
    assert 2 <= narrow < wide <= 13


def test_matplotlib_is_loaded_with_the_first_chart_and_not_before() -> None:
    said = "import sys, vado.tools.chart, vado.web.app; print('matplotlib' in sys.modules, 'matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True).stdout == "False False\n"
