"""vado partner add: a conversation on a terminal, flags everywhere, a commented profile that loads."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import click
import orjson

from vado.cli.init import example_profile
from vado.cli.partner_check import Say, check_profile
from vado.errors import SettingsError, VadoError

SENDS = {  # what a partner sends -> (what it is called, the channel that most use for it)
    "hl7v2": ("HL7 v2 messages", "mllp"),
    "cda": ("CDA documents", "folder"),
    "fhir": ("FHIR bundles", "folder"),
    "table": ("lists: CSV or Excel", "folder"),
    "paper": ("scans, faxes, photos, PDF forms", "folder"),
    "mail": ("mails with attachments", "imap"),
}
CHANNELS = {
    "folder": "a folder on this machine or a share",
    "imap": "a mailbox that Vado fetches from",
    "smtp": "mail straight to Vado",
    "sftp": "an SFTP server that Vado fetches from",
    "mllp": "HL7 v2 over MLLP, straight to Vado",
    "store": "object storage (S3 and others)",
    "none": "none: files are given by hand with `vado receive`",
}
_WAYS = {
    "folder": "vado.channels.watched:WatchedFolder", "imap": "vado.channels.imap:Mailbox", "smtp": "vado.channels.smtp:MailDoor",
    "sftp": "vado.channels.sftp:SftpIn", "mllp": "vado.channels.mllp:Door", "store": "vado.channels.store:StoreIn",
}  # fmt: skip
_ASKED: dict[str, tuple[tuple[str, str, str], ...]] = {  # kind -> (key, question, proposal; '' must be answered, '-' may be left out)
    "folder": (("path", "Which folder?", "inbox/{id}"),),
    "imap": (
        ("host", "Name of the IMAP server?", ""), ("user", "Sign in as whom?", ""),
        ("password", "File with the password (made by you, chmod 600)?", "secrets/{id}-imap"),
        ("folder", "Folder of the mailbox?", "INBOX"), ("done", "Folder for mails that were taken in?", "-"),
    ),
    "smtp": (
        ("recipients", "Mail addresses that mean this partner, with commas?", "{id}@vado.example"),
        ("port", "Port to listen on?", "2525"), ("host", "Address to listen on?", "127.0.0.1"),
        ("networks", "Networks that may send, with commas (this machine alone: leave empty)?", "-"),
        ("certificate", "Our certificate, PEM?", "-"), ("key", "Its key, PEM?", "-"),
    ),
    "sftp": (
        ("host", "Name of the SFTP server?", ""), ("port", "Its port?", "22"), ("user", "Sign in as whom?", ""),
        ("key", "Our private key (made with ssh-keygen -t ed25519, no passphrase)?", "secrets/{id}-sftp"),
        ("folder", "Folder of the server?", "."),
        ("host_key", "The server's key, as the partner told it to you in another way (ssh-ed25519 AAAA... or SHA256:...)?", ""),
    ),
    "mllp": (
        ("port", "Port to listen on?", "2575"), ("host", "Address to listen on?", "127.0.0.1"),
        ("certificate", "Our certificate, PEM?", "-"), ("key", "Its key, PEM?", "-"),
        ("client_ca", "Who signs the senders' certificates, PEM?", "-"),
    ),
    "store": (
        ("url", "Address, such as s3://bucket/prefix?", ""),
        ("credentials", "JSON file with what signs in, chmod 600?", "-"), ("endpoint", "Address of the S3 server, if not Amazon's?", "-"),
    ),
}  # fmt: skip
TEXTS = (  # all that is said here, so that a test can see its Spanish
    "What is the organisation called?", "What does it send?", "How does it send?", "In which time zone does it write?",
    "The server at {host} shows {kind} {fingerprint}. Do not take it from here: ask the partner.",
    "Partner {id} added: {path}. Next: `vado partner check {id}`, then `vado serve`.",
    "Show what would come of a file: `vado partner check {id} --sample FILE`.",
    "Propose what the columns of a list mean: `vado partner learn FILE --partner {id}`.",
    "Learn a paper form: `vado partner learn-form BLANK.pdf --partner {id}`.",
    *(words for words, _ in SENDS.values()), *CHANNELS.values(), *(q for asked in _ASKED.values() for _, q, _ in asked),
)  # fmt: skip


def way_class(kind: str) -> Any:
    """Give the dataclass that says which keys a kind of channel has."""
    module, _, name = _WAYS[kind].partition(":")
    return getattr(import_module(module), name)


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
    profile = (
        example_profile().replace("{name}", name.replace("\\", "").replace('"', "'").replace("\n", " ")).replace("{id}", id_)
    )
    profile = profile.replace('timezone = "Europe/Madrid"', f"timezone = {_toml(zone)}")
    path = folder / f"{id_}.toml"
    path.write_text(profile + (channel_block(kind, values) if kind != "none" else ""), "utf-8")
    try:
        checked = check_profile(path)
        import_module("vado.wiring.doors").every_way(checked, folder.parent)
    except (VadoError, ValueError):
        path.unlink()
        raise
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
    for key, question, proposal in _ASKED[kind]:
        if key == "host_key":
            _show_key(values, answers.say, tell)
        if answer := answers.text(key, question, proposal):
            values[key] = _fitting(key, answer, types[key])
    for key, answer in answers.left().items():
        if key not in types:
            raise SettingsError("CO-001", path=f"{answers.id}.toml", key=f"channel.{key}")
        values[key] = _fitting(key, answer, types[key])
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


def _fitting(key: str, answer: str, kind: Any) -> Any:
    try:
        if kind is int:
            return int(answer)
        if kind is float:
            return float(answer)
    except ValueError as fault:
        raise SettingsError("CO-002", path=key, fault="a number is needed") from fault
    if kind is bool:
        return answer.strip().casefold() in ("true", "yes", "1", "sí", "si")
    if kind == tuple[str, ...]:
        return [part.strip() for part in answer.split(",") if part.strip()]
    return answer


def channel_block(kind: str, values: Mapping[str, Any]) -> str:
    """Write the [[channel]], each key with what it means; what was left out stands there as a comment with its default."""
    told = import_module("vado.cli.reference").told_fields(way_class(kind))
    lines = [
        "",
        "[[channel]]                     # how it sends; every key is told in docs/reference/channels.md",
        f'kind = "{kind}"',
    ]
    lines += [f"{_line(key, value)}{_comment(told.get(key, ''))}" for key, value in values.items()]
    for f in fields(way_class(kind)):
        if f.name in told and f.name not in values and f.default is not MISSING and f.name != "name":
            lines.append(f"# {_line(f.name, f.default)}{_comment(told[f.name])}")
    return "\n".join(lines) + "\n"


def _line(key: str, value: Any) -> str:
    return f"{key} = {_toml('' if value is None else value)}"


def _comment(text: str) -> str:
    return f"   # {text}" if text else ""


def _toml(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return orjson.dumps(str(value) if isinstance(value, Path) else value).decode()
