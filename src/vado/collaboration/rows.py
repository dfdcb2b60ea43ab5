"""The picture as rows of one long table: what a CSV file and the terminal give. Hidden figures are rows too, without a value."""

from collections.abc import Iterator
from dataclasses import dataclass

from vado.collaboration.picture import Picture
from vado.collaboration.picture_gaps import Between
from vado.collaboration.picture_items import Question
from vado.collaboration.respondents import EVERYBODY
from vado.collaboration.shown import Figure, Shown

HEAD = ("measure", "of", "voice", "value", "low", "high", "n", "how", "shown")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what it measures, of which dimension or question, of which voice."""

    measure: str
    of: str
    voice: str
    figure: Figure
    words: str = ""  # a verdict that belongs to it

    def cells(self) -> tuple[str | float, ...]:
        """Give it as text and numbers; nothing but why it is hidden, where it is."""
        if not isinstance(self.figure, Shown):
            return (self.measure, self.of, self.voice, "", "", "", "", "", self.figure.why.value)
        f = self.figure
        low, high = (f.low, f.high) if f.interval else ("", "")
        return (self.measure, self.of, self.voice, f.value, low, high, f.n, f.how, self.words or "shown")


def rows(picture: Picture) -> Iterator[Row]:
    """Give every figure of the picture."""
    for voice, figures in picture.scores.items():
        yield from (Row("score", d, voice, f) for d, f in zip(picture.dimensions, figures, strict=True))
    for name, figures in (("importance", picture.importance), ("alpha", picture.together)):
        yield from (Row(name, d, EVERYBODY, f) for d, f in zip(picture.dimensions, figures, strict=True))
    yield Row("krippendorff", "", EVERYBODY, picture.ranking)
    for gap in (*picture.gaps, *picture.item_gaps):
        yield from _of_gap(gap)
    for question in picture.questions:
        yield from _of_question(question)
    for c in picture.changes:
        yield Row("change", c.dimension, c.voice, c.change, c.verdict)
        yield Row("change of those who stayed", c.dimension, c.voice, c.stayed, c.paired)
        yield Row("change from who answers", c.dimension, c.voice, c.who)
    yield Row("coverage", "", EVERYBODY, picture.voices.coverage)
    for group, n in picture.voices.n.items():
        yield Row("answers", "", group, n)
    for cell in picture.voices.cells:
        key = f"{cell.voice}/{cell.who}"
        yield from (
            Row("answers", "", key, cell.answered),
            Row("response", "", key, cell.response),
            Row("representation", "", key, cell.share),
        )
    yield from (Row("named as missing", called.name, EVERYBODY, called.times) for called in picture.voices.named)
    yield Row("voices in all", "", EVERYBODY, picture.voices.in_all)


def _of_gap(gap: Between) -> Iterator[Row]:
    voice = f"{gap.pair[0]} - {gap.pair[1]}"
    yield Row("gap", gap.about, voice, gap.difference, gap.test.verdict if gap.test else "")


def _of_question(question: Question) -> Iterator[Row]:
    id_ = question.item.id
    yield from (Row("mean", id_, voice, f) for voice, f in question.means.items())
    for name, f in (
        ("dissent", question.dissent), ("r_wg", question.alike), ("eta squared", question.between), ("ICC(1)", question.told),
        ("talk first", question.talk), ("named, %", question.named), ("cannot say, %", question.cannot_say), ("pressure", question.pressure),
    ):  # fmt: skip
        yield Row(name, id_, EVERYBODY, f, "block" if name == "pressure" and question.is_block else "")
