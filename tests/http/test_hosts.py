"""Under which names the service answers."""

import pytest

from messaging.http.hosts import host_name


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("messages.example.org", "messages.example.org"),
        ("messages.example.org:443", "messages.example.org"),
        ("Messages.Example.ORG", "messages.example.org"),
        ("127.0.0.1:8000", "127.0.0.1"),
        ("[::1]:8000", "::1"),
        ("[::1]", "::1"),
        ("[::1", "::1"),
        ("", ""),
        (":8000", ""),
        ("a@b", "a@b"),
    ],
)
def test_the_name_in_a_host_header(header: str, name: str) -> None:
    assert host_name(header) == name
