"""vado partner add: a conversation on a terminal, flags everywhere, a commented profile that loads."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import click

from vado.cli.partner_check import Say
from vado.errors import SettingsError, VadoError
from vado.wiring.newcomer import ASKED, CHANNELS, SENDS, channel_block, fitting, profile_text, way_class, write_profile

TEXTS = (  # all that is said here, so that a test can see its Spanish
    "What is the organisation called?", "What does it send?", "How does it send?", "In which time zone does it write?",
    "The server at {host} shows {kind} {fingerprint}. Do not take it from here: ask the partner.",
    "Partner {id} added: {path}. Next: `vado partner check {id}`, then `vado serve`.",
    "Show what would come of a file: `vado partner check {id} --sample FILE`.",
    "Propose what the columns of a list mean: `vado partner learn FILE --partner {id}`.",
    "Learn a paper form: `vado partner learn-form BLANK.pdf --partner {id}`.",
    *(words for words, _ in SENDS.values()), *CHANNELS.values(), *(q for asked in ASKED.values() for _, q, _ in asked),
)  # fmt: skip


class Answers:
    """What flags said, and what is asked for on a terminal; asked nothing, every proposal holds."""

    def __init__(self, id_: str, said: Mapping[str, str], say: Say, *, ask: bool) -> None:
        self.id, self._said, self.say, self._ask = id_, dict(said), say, ask

    def text(self, key: str, question: str, proposal: str) -> str:
        """Give one answer; '' for one that is left out."""
        if key in self._said:
            return self._said.pop(key)
        default = proposal.replace("{id}", self.id)
        if not self._ask:
            return "" if default == "-" else default
        answer = click.prompt(
            self.say(question), default="" if default == "-" else default or None, show_default=default not in ("", "-")
        )
        return str(answer).strip()

    def one_of(self, key: str, question: str, choices: Mapping[str, str], proposal: str) -> str:
        """Give one of the choices, named by its word or its number."""
        if key in self._said or not self._ask:
            return self._said.pop(key, proposal)
        click.echo(self.say(question))
        for n, (word, meaning) in enumerate(choices.items(), 1):
            click.echo(f"  {n}  {word:7} {self.say(meaning)}")
        numbered = {str(n): word for n, word in enumerate(choices, 1)}
        wanted = click.Choice([*choices, *numbered])
        answer = click.prompt(">", type=wanted, default=proposal, show_choices=False)
        return numbered.get(answer, answer)

    def left(self) -> dict[str, str]:
        """Give what flags said and no question asked for."""
        return self._said


def add_partner(folder: Path, answers: Answers, tell: Callable[[str], None]) -> Path:
    """Ask, write the profile, and load it to be sure.

    Raises:
        SettingsError: what was said does not make a profile; nothing was written.
    """
    say, id_ = answers.say, answers.id
    name = answers.text("@name", "What is the organisation called?", id_)
    sends = answers.one_of("@sends", "What does it send?", {k: v for k, (v, _) in SENDS.items()}, "table")
    kind = answers.one_of("@channel", "How does it send?", CHANNELS, SENDS[sends][1])
    zone = answers.text("@timezone", "In which time zone does it write?", "Europe/Madrid")
    values = {} if kind == "none" else channel_values(kind, answers, tell)
    path = folder / f"{id_}.toml"
    write_profile(folder, id_, profile_text(id_, name, zone, channel_block(kind, values) if kind != "none" else ""))
    tell(say("Partner {id} added: {path}. Next: `vado partner check {id}`, then `vado serve`.", id=id_, path=path))
    tell(say("Show what would come of a file: `vado partner check {id} --sample FILE`.", id=id_))
    if sends == "table":
        tell(say("Propose what the columns of a list mean: `vado partner learn FILE --partner {id}`.", id=id_))
    if sends == "paper":
        tell(say("Learn a paper form: `vado partner learn-form BLANK.pdf --partner {id}`.", id=id_))
    return path


def channel_values(kind: str, answers: Answers, tell: Callable[[str], None]) -> dict[str, Any]:
    """Ask for what a channel needs; give each key with its value. Raises SettingsError CO-001, CO-002."""
    types, values = get_type_hints(way_class(kind)), {}
    for key, question, proposal in ASKED[kind]:
        if key == "host_key":
            _show_key(values, answers.say, tell)
        if answer := answers.text(key, question, proposal):
            values[key] = fitting(key, answer, types[key])
    for key, answer in answers.left().items():
        if key not in types:
            raise SettingsError("CO-001", path=f"{answers.id}.toml", key=f"channel.{key}")
        values[key] = fitting(key, answer, types[key])
    return values


def _show_key(values: Mapping[str, Any], say: Say, tell: Callable[[str], None]) -> None:
    """Show the key that the server shows, for comparison only: it is never taken from there."""
    if not sys.stdin.isatty():
        return
    ssh = import_module("vado.channels.ssh")
    try:
        asked = ssh.Ssh(host=values["host"], user="", port=values.get("port", 22))
        kind, print_ = ssh.shown_key(asked)
    except VadoError as fault:
        tell(str(fault))
        return
    text = "The server at {host} shows {kind} {fingerprint}. Do not take it from here: ask the partner."
    tell(say(text, host=values["host"], kind=kind, fingerprint=print_))
