"""To a partner's SFTP server: never half a file under its own name. The same delivery has the same name again."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import paramiko

from vado.channels.names import file_name
from vado.channels.said import Way, read_way
from vado.channels.ssh import Ssh, signed_in, speaking
from vado.errors import Undeliverable, Unreachable, VadoError
from vado.model.original import PartnerId
from vado.model.outgoing import Outgoing


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpOut(Ssh, Way):
    """An SFTP server of a partner that Vado sends to: a [[channel]] with way = "out"."""

    kind: ClassVar[str] = "sftp"
    folder: str = "."
    """Folder of the server that is written to."""

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        self.check_access()


class SftpSender:
    """Writes under another name, and renames: what has its name is whole."""

    def __init__(self, way: SftpOut) -> None:
        self._way = way

    @classmethod
    def of(cls, partner: PartnerId, table: Mapping[str, Any], place: Path) -> "SftpSender":
        """Read the channel. Raises SettingsError CO-001, CO-002."""
        return cls(read_way(SftpOut, partner, table, place))

    def send(self, outgoing: Outgoing, delivery: str) -> str:
        """Give the name of the file, once the server has it whole.

        Raises:
            Undeliverable: DE-001 it was not reached, or the folder cannot be written; DE-002 its key or our sign-in is wrong.
        """
        name = file_name(outgoing, delivery)
        beside, target = f"{self._way.folder.rstrip('/')}/.{delivery}.part", f"{self._way.folder.rstrip('/')}/{name}"
        try:
            with signed_in(self._way) as client, speaking():
                with client.open(beside, "wb") as file:
                    file.set_pipelined(True)
                    file.write(outgoing.content)
                if client.stat(beside).st_size != len(outgoing.content):
                    raise Undeliverable("DE-001", again=True, fault="the server kept only a part")
                _rename(client, beside, target)
        except Unreachable as fault:
            if fault.code == "CH-001":
                raise Undeliverable("DE-001", again=True, fault=str(fault.slots["fault"])) from fault
            raise Undeliverable("DE-002", again=True, word=fault.code) from fault
        except Undeliverable:
            raise
        except VadoError as fault:
            raise Undeliverable("DE-002", again=True, word=fault.code) from fault
        return name

    def close(self) -> None:
        """Nothing is kept open."""


def _rename(client: paramiko.SFTPClient, beside: str, target: str) -> None:
    """Give the file its name, also where this delivery came before and only its answer was lost."""
    try:
        client.posix_rename(beside, target)
    except OSError:  # a server without OpenSSH's extension
        with suppress(FileNotFoundError):
            client.remove(target)
        client.rename(beside, target)
