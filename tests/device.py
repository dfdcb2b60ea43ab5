"""A device that makes and shows passkeys, as the standard says (W3C Web Authentication Level 3): everything in its answers can be bent."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any

import cbor2
import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, NEW = 0x01, 0x04, 0x40


def plain(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class Device:
    """One passkey."""

    def __init__(self, origin: str, domain: str) -> None:
        self.origin, self.domain, self.count = origin, domain, 0
        self.flags, self.handle = PRESENT | VERIFIED, b""
        self.id, self._key = os.urandom(16), ec.generate_private_key(ec.SECP256R1())

    def make(self, wish: dict[str, Any]) -> dict[str, Any]:
        self.handle = urlsafe_b64decode(wish["user"]["id"] + "==")
        at = self._key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: at.x.to_bytes(32, "big"), -3: at.y.to_bytes(32, "big")})
        told = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        data = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._data(self.flags | NEW) + told})
        client = self._client("webauthn.create", wish["challenge"])
        return self._answer({"clientDataJSON": plain(client), "attestationObject": plain(data)})

    def show(self, wish: dict[str, Any]) -> dict[str, Any]:
        self.count += 1
        data, client = self._data(self.flags), self._client("webauthn.get", wish["challenge"])
        signed = self._key.sign(data + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        said = {"authenticatorData": data, "clientDataJSON": client, "signature": signed, "userHandle": self.handle}
        return self._answer({k: plain(v) for k, v in said.items()})

    def _data(self, flags: int) -> bytes:
        return sha256(self.domain.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        return orjson.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False})

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        return {
            "id": plain(self.id),
            "rawId": plain(self.id),
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }
