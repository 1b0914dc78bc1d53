"""Where a push may go: nothing inside, however it is spelled."""

import pytest

from messaging.domain.errors import Malformed
from messaging.domain.push import Endpoint, is_public, parse_endpoint


@pytest.mark.parametrize(
    "url",
    [
        "",
        "push.example",
        "http://push.example/1",
        "ftp://push.example/1",
        "https://",
        "https://push.example:8443/1",
        "https://push.example:x/1",
        "https://user@push.example/1",
        "https://push.example/1#part",
        "https://push.example/1 2",
        "https://push.example/1\r\nhost: inside",
        "https://pußh.example/1",
        "https://localhost/1",
        "https://127.0.0.1/1",
        "https://2130706433/1",
        "https://0x7f.1/1",
        "https://0x7f000001/1",
        "https://127.1/1",
        "https://[::1]/1",
        "https://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:80/1",
        "https://push..example/1",
        "https://.push.example/1",
        "https://push.example../1",
        f"https://{'a' * 64}.example/1",
        f"https://{'a.' * 124}example/1",
    ],
)
def test_what_is_no_push_service(url: str) -> None:
    with pytest.raises(Malformed):
        parse_endpoint(url)


def test_an_endpoint() -> None:
    parsed = parse_endpoint("https://updates.push.example/wpush/v2/a?b=c")
    assert parsed == Endpoint("https", "updates.push.example", 443, "/wpush/v2/a?b=c")
    assert parsed.origin == "https://updates.push.example"


def test_the_longest_names() -> None:
    for host in (f"{'a' * 63}.example", f"{'a.' * 123}example", f"{'a.' * 123}example."):
        assert parse_endpoint(f"https://{host}/1").host == host


def test_an_endpoint_of_a_test() -> None:
    assert parse_endpoint("http://127.0.0.1:99/1", loopback=True).origin == "http://127.0.0.1:99"
    for url in ("http://127.0.0.2:99/1", "http://10.0.0.1:99/1", "http://push.example:99/1"):
        with pytest.raises(Malformed):
            parse_endpoint(url, loopback=True)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1"),
        *("::ffff:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:0:7f00:1::"),
        *("64:ff9b:1::7f00:1", "64:ff9b:1::909:909", "::10.0.0.1", "::9.9.9.9", "::ffff:0:10.0.0.1", "fec0::1"),
        *("2002:909:909::1", "2001:0:909:909::f6f6:f6f6", "3fff::1", "5f00::1", "4000::1"),
    ],
)
def test_addresses_inside(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::fe", "64:ff9b::909:909", "::ffff:9.9.9.9"])
def test_addresses_outside(address: str) -> None:
    assert is_public(address)
