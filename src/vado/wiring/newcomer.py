"""A new partner: what is asked of it, the profile that is made of the answers, and the check that it loads.

The same for the conversation of `vado partner add` and for the page that shows beside it what would come of a sample.
"""

import ast
import inspect
import os
import secrets
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

from vado.channels.keys import UPLOAD
from vado.errors import SettingsError
from vado.extract.layout import compile_layout
from vado.model.partner import PartnerProfile
from vado.settings.form import load_form
from vado.settings.profile import load_profile
from vado.wiring.doors import check_kinds, every_way

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
ASKED: dict[str, tuple[tuple[str, str, str], ...]] = {  # kind -> (key, question, proposal; '' must be answered, '-' may be left out)
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


def way_class(kind: str) -> Any:
    """Give the dataclass that says which keys a kind of channel has."""
    module, _, name = _WAYS[kind].partition(":")
    return getattr(import_module(module), name)


def example_profile() -> str:
    """Give the commented example of a partner's profile."""
    return (files("vado.settings") / "example-partner.toml").read_text("utf-8")


def profile_text(  # noqa: PLR0913 - what a profile begins with
    id_: str, name: str, zone: str, channel: str = "", *, languages: Sequence[str] = (), dates: str = "dmy", layouts: Sequence[str] = ()
) -> str:  # fmt: skip
    """Write a profile: the commented example with these answers, a [[channel]], and layouts of tables as TOML."""
    text = example_profile().replace("{name}", name.replace("\\", "").replace('"', "'").replace("\n", " ")).replace("{id}", id_)
    text = text.replace('timezone = "Europe/Madrid"', f"timezone = {_toml(zone)}").replace(
        'dates = "dmy"', f"dates = {_toml(dates)}"
    )
    if languages:
        text = text.replace('languages = ["es", "en"]', f"languages = {_toml(list(languages))}")
    return text + channel + "".join(f"\n{one}" for one in layouts)


def write_profile(folder: Path, id_: str, text: str) -> PartnerProfile:
    """Write a new profile, and load it to be sure.

    Raises:
        SettingsError, ValueError: what was said does not make a profile; nothing is left behind. FileExistsError: it is there already.
    """
    path = folder / f"{id_}.toml"
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    try:
        profile = check_profile(path)
        every_way(profile, folder.parent)
    except Exception:
        path.unlink()
        raise
    return profile


def upload_block(place: Path, id_: str) -> tuple[str, str]:
    """Make the key with which a partner hands over files by HTTPS: the [[channel]], and the key, which is shown once."""
    key, path = secrets.token_urlsafe(32), place / "secrets" / f"{id_}-upload"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key)
    return (
        f'\n[[channel]]                     # files by HTTPS; the key is the partner\'s\nkind = "{UPLOAD}"\nkey = "secrets/{path.name}"\n',
        key,
    )


def check_profile(path: Path) -> PartnerProfile:
    """Load a profile with all that is in it. Raises VadoError, or ValueError for a layout that does not fit."""
    profile = load_profile(path)
    check_kinds(profile)
    for layout in (*profile.tables, *profile.forms):
        compile_layout(layout)
    for paper in profile.papers:
        load_form(Path(paper))
    return profile


def fitting(key: str, answer: str, kind: Any) -> Any:
    """Give an answer as the type of its key. Raises SettingsError CO-002."""
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
    told = told_fields(way_class(kind))
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


def told_fields(kind: type) -> dict[str, str]:
    """Read the text under each field of a dataclass, those of its bases first; a comment behind one where there is no text."""
    told: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if not is_dataclass(base):
            continue
        source = inspect.getsource(base)
        (tree,) = ast.parse(textwrap.dedent(source)).body
        assert isinstance(tree, ast.ClassDef)  # noqa: S101 - it is one
        lines = source.splitlines()
        for one, following in zip(tree.body, [*tree.body[1:], None], strict=True):
            if not isinstance(one, ast.AnnAssign) or not isinstance(one.target, ast.Name):
                continue
            if isinstance(following, ast.Expr):
                told[one.target.id] = " ".join(str(ast.literal_eval(following.value)).split())
            elif "  # " in lines[one.lineno - 1]:
                told[one.target.id] = lines[one.lineno - 1].partition("  # ")[2]
    return told
