"""An XLSForm read as a questionnaire: groups are dimensions, select_one questions of 1 to 5 are items, conditions on role say who is asked.

What a questionnaire has besides (notes, calculations, the voice, what gets in the way) is the same for all, and passed over.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from vado.collaboration import texts
from vado.errors import SettingsError
from vado.model.survey import Dimension, Instrument, Item, Said, Who

Grid = Sequence[Sequence[object]]
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
_ONE = r"\s*\$\{\s*(?:role|rol)\s*\}\s*=\s*['\"](practitioner|manager|citizen)['\"]\s*"
_CONDITION = re.compile(rf"{_ONE}(?:or{_ONE})*")
_OURS = {"role", "voice", "blocks", "missing", "day", "round", "instrument", "code"}
_PASSED = {"note", "calculate", "start", "end", "today", "text", "deviceid", "username", "hidden", "acknowledge"}
_LEVELS = 5


class _Line:
    """One row of a sheet."""

    def __init__(self, sheet: str, number: int, cells: Mapping[str, str]) -> None:
        self.sheet, self.number, self.cells = sheet, number, cells

    def get(self, key: str) -> str:
        return self.cells.get(key, "")

    def wrong(self, code: str, **slots: str) -> SettingsError:
        return SettingsError(code, sheet=self.sheet, row=self.number, **slots)

    def said(self) -> Said:
        """Give the label in both languages."""
        found: Said = {}
        for language in texts.LANGUAGES:
            heads = (h for h in self.cells if h.startswith("label::") and _is(h.removeprefix("label::"), language))
            text = self.cells.get(next(heads, ""), "")
            if not text:
                raise self.wrong("SV-032", language=language)
            found[language] = text
        return found


def from_xlsform(sheets: Iterable[tuple[str, Grid]], id_: str) -> Instrument:
    """Make an instrument of a workbook's sheets survey, choices and settings.

    Raises:
        SettingsError: SV-030 to SV-037, with the sheet and its row.
    """
    named = {name.strip().casefold(): rows for name, rows in sheets}
    survey, choices = _lines(named, "survey", "type"), _lists(_lines(named, "choices", "list_name"))
    settings = next(iter(_lines(named, "settings", "version")), None)
    if settings is None or not settings.get("version"):
        raise SettingsError("SV-030", sheet="settings", column="version")
    dimensions, levels, importance = _dimensions(survey, choices)
    title = settings.get("form_title") or id_
    return Instrument(
        id_, settings.get("version"), dict.fromkeys(texts.LANGUAGES, title), settings.get("publisher") or title,
        settings.get("licence") or "-", _stems(survey), levels[:_LEVELS],
        levels[_LEVELS] if len(levels) > _LEVELS else {"en": "I can't say", "es": "No puedo decirlo"}, importance, dimensions,
    )  # fmt: skip


def _lines(named: Mapping[str, Grid], sheet: str, must: str) -> list[_Line]:
    rows = named.get(sheet, ())
    heads = [_head(str(c)) for c in rows[0]] if rows else []
    if must not in heads:
        raise SettingsError("SV-030", sheet=sheet, column=must)
    made = (
        _Line(sheet, n, {h: str(c).strip() for h, c in zip(heads, row, strict=False) if h}) for n, row in enumerate(rows[1:], 2)
    )
    return [line for line in made if any(line.cells.values())]


def _head(text: str) -> str:
    text = text.strip()
    return "list_name" if text.casefold() in {"list_name", "list name"} else text if "::" in text else text.casefold()


def _is(named: str, language: str) -> bool:
    """Say whether a label's column is of a language: 'Español (es)', 'es'."""
    plain = named.strip().casefold()
    return plain.endswith(f"({language})") or plain in {language, {"en": "english", "es": "español"}[language]}


def _lists(lines: Sequence[_Line]) -> dict[str, list[_Line]]:
    found: dict[str, list[_Line]] = {}
    for line in lines:
        same = found.setdefault(line.get("list_name"), [])
        if any(line.get("name") == other.get("name") for other in same):
            raise line.wrong("SV-031")
        same.append(line)
    return found


def _dimensions(
    survey: Sequence[_Line], lists: Mapping[str, Sequence[_Line]]
) -> tuple[tuple[Dimension, ...], tuple[Said, ...], tuple[Said, ...]]:
    made: list[Dimension] = []
    common: tuple[Said, ...] = ()
    weights: tuple[Said, ...] = ()
    for group, inside in _groups(survey):
        items: list[Item] = []
        for line in inside:
            kind, _, list_ = line.get("type").partition(" ")
            if line.get("name") == f"{group.get('name')}_importance":
                weights = weights or tuple(c.said() for c in lists.get(list_.strip(), ()))
                continue
            levels = _levels(line, lists.get(list_.strip(), ()))
            common = common or levels
            own = levels[:_LEVELS] if levels[:_LEVELS] != common[:_LEVELS] else ()
            who = _who(line)
            extra = len(who) == 1 and line.get("extra").casefold() not in {"no", "false", "0"}
            items.append(
                Item(line.get("name"), line.said(), who, extra, line.get("behaviour"), line.get("block"), own)
            )  # fmt: skip
        if items:
            made.append(Dimension(group.get("name"), group.said(), tuple(items)))
    if not made:
        raise SettingsError("SV-030", sheet="survey", column="select_one")
    return tuple(made), common, weights or _IMPORTANCE


_IMPORTANCE: tuple[Said, ...] = ({"en": "A little", "es": "Poco"}, {"en": "Some", "es": "Algo"}, {"en": "A lot", "es": "Mucho"})


def _groups(survey: Sequence[_Line]) -> Iterator[tuple[_Line, list[_Line]]]:
    """Give each group with the questions in it."""
    group: _Line | None = None
    inside: list[_Line] = []
    for kind, line in _named(survey):
        if kind == "end_group":
            if group is None:
                raise line.wrong("SV-036")
            yield group, inside
            group, inside = None, []
        elif kind == "begin_group":
            if group is not None:
                raise line.wrong("SV-036")
            group = line
        elif kind != "select_one":
            raise line.wrong("SV-035")
        elif group is None:
            raise line.wrong("SV-036")
        else:
            inside.append(line)
    if group is not None:
        raise group.wrong("SV-036")


def _named(survey: Sequence[_Line]) -> Iterator[tuple[str, _Line]]:
    """Give the rows that matter, each with the first word of its type; every name is looked at, over the whole sheet."""
    seen: set[str] = set()
    for line in survey:
        kind = re.sub(r"^(begin|end) ", r"\1_", line.get("type")).partition(" ")[0]
        name = line.get("name")
        if kind != "end_group":
            if not _NAME.fullmatch(name):
                raise line.wrong("SV-037")
            if name in seen:
                raise line.wrong("SV-031")
            seen.add(name)
        if name not in _OURS and kind not in _PASSED:
            yield kind, line


def _levels(line: _Line, choices: Sequence[_Line]) -> tuple[Said, ...]:
    """Give the words of 1 to 5, and of 'I can't say' where the list has it."""
    names = [c.get("name") for c in choices]
    if names[:_LEVELS] != [str(n) for n in range(1, _LEVELS + 1)] or names[_LEVELS:] not in ([], ["dk"]):
        raise line.wrong("SV-033")
    return tuple(c.said() for c in choices)


def _who(line: _Line) -> tuple[Who, ...]:
    condition = line.get("relevant")
    if not condition:
        return ()
    if not _CONDITION.fullmatch(condition):
        raise line.wrong("SV-034")
    named = re.findall(r"practitioner|manager|citizen", condition)
    return tuple(w for w in Who if w.value in named)


def _stems(survey: Sequence[_Line]) -> dict[str, Said]:
    """Take how questions begin from the first notes that are named so: 'PUR_stem_manager'."""
    found: dict[str, Said] = {}
    for line in survey:
        who = line.get("name").rpartition("_stem_")[2]
        if line.get("type") == "note" and "_stem_" in line.get("name") and who in {w.value for w in Who}:
            found.setdefault(who, line.said())
    return found or {w.value: texts.ROLES[w] for w in Who}
