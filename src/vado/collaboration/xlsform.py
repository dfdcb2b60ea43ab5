"""A questionnaire as an XLSForm (xlsform.org): the sheets survey, choices and settings, as ODK, Kobo and others take them."""

from collections.abc import Iterable, Mapping

from vado.collaboration import texts
from vado.collaboration.keys import importance_of, instrument_named
from vado.model.survey import Instrument, Item, Round, Said, Who

Row = dict[str, str]  # heading -> cell
Sheets = dict[str, list[Row]]
VOICE_KINDS = {True: "group", False: "organisation"}


def xlsform(instrument: Instrument, round_: Round) -> Sheets:
    """Give the form that asks everything of everybody; who is not asked a question does not see it."""
    survey = [
        {"type": "calculate", "name": "round", "calculation": f"'{round_.id}'"},
        {"type": "calculate", "name": "instrument", "calculation": f"'{instrument_named(instrument)}'"},
        _row("note", "intro", texts.INTRO),
        {**_row("select_one role", "role", texts.ROLE), "required": "yes"},
        {
            **_row("select_one voice", "voice", texts.VOICE), "required": "yes",
            "choice_filter": "kind = if(${role} = 'citizen', 'group', 'organisation')",
        },
    ]  # fmt: skip
    for dimension in instrument.dimensions:
        survey.append({**_row("begin_group", dimension.id, dimension.text), "appearance": "field-list"})
        survey += [
            {**_row("note", f"{dimension.id}_stem_{who}", said), "relevant": _of((Who(who),))}
            for who, said in instrument.stems.items()
        ]
        survey += [_question(item) for item in dimension.items]
        survey.append(_row("select_one importance", importance_of(dimension.id), texts.IMPORTANCE))
        survey.append({"type": "end_group"})
    survey.append(
        {
            **_row("select_multiple items", "blocks", texts.BLOCKS), "constraint": "count-selected(.) <= 3",
            **_labels(texts.BLOCKS, "constraint_message"),
            "choice_filter": f"who = '' or contains(who, {_ROLE})",
        }
    )  # fmt: skip
    survey.append({**_row("text", "missing", texts.MISSING), "appearance": "multiline"})
    title = instrument.title["en"]
    return {"survey": survey, "choices": _choices(instrument, round_), "settings": [_settings(title, instrument, round_, "")]}


def roster_form(instrument: Instrument, round_: Round) -> Sheets:
    """Give the second form: one informant of each organisation says whom it works with, one repetition each."""
    ties = [
        _row("select_one organisation", "other", texts.OTHER),
        _row("select_one often", "often", texts.OFTEN),
        _row("select_one direction", "direction", texts.DIRECTION),
        _row("select_multiple what", "what", texts.WHAT),
        _row("select_multiple means", "means", texts.MEANS),
        *(_row("select_one grade", name, said) for name, said in texts.GRADED.items()),
        _row("text", "wish", texts.WISH),
    ]
    for row in ties[1:]:
        row["relevant"] = "${other} != ''" if row["name"] == "often" else "${often} > 0"
    ties[0]["choice_filter"] = "name != ${organisation}"
    ties[0]["constraint"] = "not(. = ${organisation})"
    survey = [
        {"type": "calculate", "name": "round", "calculation": f"'{round_.id}'"},
        _row("note", "intro", texts.ROSTER_INTRO),
        {**_row("select_one organisation", "organisation", texts.OWN), "required": "yes"},
        _row("begin_repeat", "ties", texts.TIE),
        {"type": "calculate", "name": "own", "calculation": "${organisation}"},  # so that an exported row says whose it is
        *ties,
        {"type": "end_repeat"},
    ]
    choices = [{"list_name": "organisation", "name": o.id, **_same(o.name)} for o in round_.organisations]
    choices += [_choice("often", str(n), said) for n, said in enumerate(texts.OFTENS)]
    choices += [_choice("grade", str(n), said) for n, said in enumerate(texts.GRADES, 1)]
    lists = {"direction": texts.DIRECTIONS, "what": texts.WHATS, "means": texts.MEANSES}
    choices += [_choice(name, key, said) for name, some in lists.items() for key, said in some.items()]
    settings = _settings(texts.ROSTER["en"], instrument, round_, "_roster")
    return {"survey": survey, "choices": choices, "settings": [settings]}


_ROLE = "${role}"


def _question(item: Item) -> Row:
    row = _row(f"select_one {_list_of(item)}", item.id, item.text)
    return {**row, "relevant": _of(item.who)} if item.who else row


def _list_of(item: Item) -> str:
    return f"levels_{item.id}" if item.levels else "levels"


def _of(who: Iterable[Who]) -> str:
    return " or ".join(f"{_ROLE} = '{w.value}'" for w in who)


def _choices(instrument: Instrument, round_: Round) -> list[Row]:
    made = [_choice("role", who.value, said) for who, said in texts.ROLES.items()]
    for voice in (*round_.organisations, *round_.groups):
        kind = VOICE_KINDS[voice in round_.groups]
        made.append({"list_name": "voice", "name": voice.id, **_same(voice.name), "kind": kind})
    lists = {"levels": instrument.levels} | {_list_of(i): i.levels for i in instrument.items.values() if i.levels}
    for name, levels in lists.items():
        made += [_choice(name, str(n), said) for n, said in enumerate(levels, 1)]
        made.append(_choice(name, "dk", instrument.cannot_say))
    made += [_choice("importance", str(n), said) for n, said in enumerate(instrument.importance, 1)]
    made += [{**_choice("items", i.id, i.text), "who": " ".join(w.value for w in i.who)} for i in instrument.items.values()]
    return made


def _settings(title: str, instrument: Instrument, round_: Round, kind: str) -> Row:
    form = f"vado_{instrument.id}_{round_.id}{kind}".replace("-", "_")
    return {
        "form_title": f"{title}: {round_.title}", "form_id": form, "version": instrument.version,
        "default_language": texts.LANGUAGE_NAMES["en"], "style": "pages",
    }  # fmt: skip


def _row(kind: str, name: str, said: Mapping[str, str] | None = None) -> Row:
    return {"type": kind, "name": name, **(_labels(said) if said else {})}


def _choice(list_: str, name: str, said: Said) -> Row:
    return {"list_name": list_, "name": name, **_labels(said)}


def _labels(said: Mapping[str, str], column: str = "label") -> Row:
    return {f"{column}::{texts.LANGUAGE_NAMES[language]}": said[language] for language in texts.LANGUAGES if language in said}


def _same(name: str) -> Row:
    return _labels(dict.fromkeys(texts.LANGUAGES, name))
