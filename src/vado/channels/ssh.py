"""The way to an SFTP server, shared by both directions: its key is known beforehand or nothing is said to it.

Sources: RFC 4253 (host keys), draft-ietf-secsh-filexfer-02 (SFTP version 3).
"""

import base64
import binascii
import hashlib
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import paramiko
from paramiko.pkey import UnknownKeyType

from vado.channels.said import secret
from vado.errors import Unreachable, VadoError

SECONDS = 30.0  # without an answer
logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # it logs names of files


@dataclass(frozen=True, kw_only=True)
class Ssh:
    """What is said of an SFTP server."""

    host: str
    """Name of the SFTP server."""
    user: str
    """Whom we sign in as."""
    host_key: tuple[str, ...] = ()
    """The server's keys: "ssh-ed25519 AAAA..." as ssh-keyscan gives them, or "SHA256:..." of each. Never taken on trust."""
    known_hosts: Path | None = None
    """A known_hosts file of OpenSSH instead."""
    key: Path | None = None
    """Our private key, readable for Vado alone, without a passphrase."""
    password: Path | None = None
    """File that holds the password, where the server takes no key."""
    port: int = 22
    """Port of the server."""

    def check_access(self) -> None:
        """Refuse what cannot work, or would trust anybody. Raises ValueError."""
        if bool(self.host_key) == bool(self.known_hosts):
            raise ValueError("host_key or known_hosts must be said, not both: `vado partner check` shows the key")
        if bool(self.key) == bool(self.password):
            raise ValueError("key or password must be said, not both")
        for text in self.host_key:
            _fingerprint(text)


def fingerprint(blob: bytes) -> str:
    """Give a key's fingerprint as OpenSSH writes it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _fingerprint(text: str) -> str:
    if text.startswith("SHA256:"):
        return text.rstrip("=")
    try:
        return fingerprint(base64.b64decode(next(p for p in text.split() if p.startswith("AAAA")), validate=True))
    except (StopIteration, binascii.Error) as fault:
        raise ValueError("host_key is a public key or SHA256:...") from fault


@contextmanager
def speaking() -> Iterator[None]:
    """Tell a fault of the connection by its code; the server's own words stay out, for they may name a file."""
    try:
        yield
    except paramiko.AuthenticationException as fault:
        raise Unreachable("CH-006") from fault
    except (OSError, EOFError, paramiko.SSHException) as fault:
        raise Unreachable("CH-001", fault=type(fault).__name__) from fault


@contextmanager
def signed_in(way: Ssh) -> Iterator[paramiko.SFTPClient]:
    """Connect, check the server's key, sign in; let go of it all at the end.

    Raises:
        Unreachable: CH-001 no answer, CH-005 another key, CH-006 sign-in refused. VadoError: CH-007.
    """
    with speaking():
        transport = _greeted(way)
    try:
        with speaking():
            _check_key(way, transport)
            _sign_in(way, transport)
            client = paramiko.SFTPClient.from_transport(transport)
            if client is None:
                raise paramiko.SSHException("no SFTP")
            channel = client.get_channel()
            if channel is not None:
                channel.settimeout(SECONDS)
        yield client
    finally:
        with suppress(OSError, EOFError):
            transport.close()


def shown_key(way: Ssh) -> tuple[str, str]:
    """Ask the server for its key without signing in: ('ssh-ed25519', 'SHA256:...'). Raises Unreachable CH-001."""
    with speaking():
        transport = _greeted(way)
        try:
            key = transport.get_remote_server_key()
            return key.get_name(), fingerprint(key.asbytes())
        finally:
            transport.close()


def _greeted(way: Ssh) -> paramiko.Transport:
    transport = paramiko.Transport(socket.create_connection((way.host, way.port), timeout=SECONDS))
    transport.banner_timeout = transport.auth_timeout = SECONDS
    try:
        if kinds := _kinds(way):
            options = transport.get_security_options()
            options.key_types = tuple(k for k in options.key_types if k in kinds) or options.key_types
        transport.start_client(timeout=SECONDS)
    except BaseException:
        transport.close()
        raise
    return transport


def _kinds(way: Ssh) -> set[str]:
    """Name the kinds of key that we know of the server: it is asked for one of them. Fingerprints say no kind."""
    kinds = (
        set(_known(way)) if way.known_hosts else {p for text in way.host_key for p in text.split() if "-" in p and ":" not in p}
    )
    return kinds | ({"rsa-sha2-512", "rsa-sha2-256"} if "ssh-rsa" in kinds else set())


def _known(way: Ssh) -> dict[str, paramiko.PKey]:
    name = way.host if way.port == 22 else f"[{way.host}]:{way.port}"
    try:
        return dict(paramiko.HostKeys(str(way.known_hosts)).lookup(name) or {})
    except OSError as fault:
        raise VadoError("CH-007", key="known_hosts", fault=type(fault).__name__) from fault


def _check_key(way: Ssh, transport: paramiko.Transport) -> None:
    known = {fingerprint(k.asbytes()) for k in _known(way).values()} if way.known_hosts else set(map(_fingerprint, way.host_key))
    if fingerprint(transport.get_remote_server_key().asbytes()) not in known:
        raise Unreachable("CH-005")


def _sign_in(way: Ssh, transport: paramiko.Transport) -> None:
    if way.password:
        transport.auth_password(way.user, secret("password", way.password))
        return
    if way.key is None or not way.key.is_file() or way.key.stat().st_mode & 0o077:
        raise VadoError("CH-007", key="key", fault="it is not there, or others may read it; type chmod 600")
    try:
        key = paramiko.PKey.from_path(way.key)
    except (paramiko.SSHException, UnknownKeyType, ValueError, TypeError) as fault:
        raise VadoError("CH-007", key="key", fault=type(fault).__name__) from fault
    transport.auth_publickey(way.user, key)
