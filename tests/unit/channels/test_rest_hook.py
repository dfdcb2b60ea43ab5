"""Only listed addresses are called, and no trick of names or digits leads into the inner network."""

import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vado.channels import rest_hook
from vado.channels.rest_hook import allowed, call
from vado.errors import Undeliverable

LISTED = ("https://partner.example/hook", "http://127.0.0.1:9/in")


@pytest.mark.parametrize(
    "url",
    [
        "https://partner.example/hook",
        "https://partner.example:443/hook/a?b=c",
        "https://PARTNER.example/hook/",
        "http://127.0.0.1:9/in",
    ],
)
def test_listed(url: str) -> None:
    assert allowed(url, LISTED)


@pytest.mark.parametrize(
    "url",
    [
        "", "https://partner.example", "https://partner.example/hookx", "http://partner.example/hook", "https://partner.example:8443/hook",
        "https://partner.example.evil.example/hook", "https://partner.example@evil.example/hook", "https://evil.example/https://partner.example/hook",
        "https://partner.example/hook/../admin", "https://partner.example/hook/%2e%2e/admin", "https://partner.example\\@evil.example/hook",
        "https://partner.example/hook#x", "https://partner.example/hook\r\nX: y", "file:///etc/passwd", "gopher://partner.example/hook",
        "https://partner.example:99999/hook", "http://127.1:9/in", "http://2130706433:9/in", "http://[::ffff:127.0.0.1]:9/in", "//partner.example/hook",
    ],
)  # fmt: skip
def test_not_listed(url: str) -> None:
    assert allowed(url, LISTED) == ""


@given(st.text(max_size=60))
def test_nothing_but_what_is_listed_begins_so(rest: str) -> None:
    if allowed("https://partner.example" + rest, LISTED):
        assert rest.startswith(("/hook", ":443/hook"))
        assert ".." not in rest.split("?")[0].split("/")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "::1",
        "fe80::1",
        "fd00::1",
        "0.0.0.0",
        "::ffff:10.0.0.1",
        "224.0.0.1",
    ],
)
def test_a_name_that_means_a_private_address_is_not_called(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def named(*_: Any, **__: Any) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)),
        ]

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("it was called")

    monkeypatch.setattr(rest_hook.socket, "getaddrinfo", named)
    monkeypatch.setattr(rest_hook.socket, "create_connection", never)
    with pytest.raises(Undeliverable, match="address not allowed") as fault:
        call("https://partner.example/hook", (), b"{}", LISTED)
    assert not fault.value.again


def test_what_is_not_listed_any_more_is_not_called() -> None:
    with pytest.raises(Undeliverable, match="address not allowed"):
        call("https://partner.example/hook", (), b"{}", ())
