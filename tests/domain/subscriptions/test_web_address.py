"""To which addresses something may be sent."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.web_address import AddressError, AddressFault, is_public, read_address

LONG = "https://hooks.example.com/" + "a" * 480


@pytest.mark.parametrize(
    ("text", "authority", "target"),
    [
        ("https://hooks.example.com", "hooks.example.com", "/"),
        ("https://hooks.example.com/", "hooks.example.com", "/"),
        ("https://hooks.example.com/a/b?c=d&e=%20f", "hooks.example.com", "/a/b?c=d&e=%20f"),
        ("https://hooks.example.com:443/", "hooks.example.com", "/"),
        ("https://hooks.example.com:8443/x", "hooks.example.com:8443", "/x"),
        ("HTTPS://Hooks.Example.COM/X", "hooks.example.com", "/X"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", "/"),
        ("https://a_b.example.com?x", "a_b.example.com", "/?x"),
    ],
)
def test_a_public_address_is_taken_apart(text, authority, target):
    address = read_address(text, allowed=[])

    assert (address.scheme, address.authority, address.target) == ("https", authority, target)
    assert not address.is_allowed


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", AddressFault.SCHEME),
        ("hooks.example.com", AddressFault.SCHEME),
        ("//hooks.example.com/", AddressFault.SCHEME),
        ("http://hooks.example.com/", AddressFault.SCHEME),
        ("ftp://hooks.example.com/", AddressFault.SCHEME),
        ("file:///etc/passwd", AddressFault.SCHEME),
        ("gopher://hooks.example.com:70/", AddressFault.SCHEME),
        (LONG, AddressFault.TOO_LONG),
        ("https://hooks.example.com/a b", AddressFault.CHARACTERS),
        ("https://hooks.example.com/\r\nX-Injected: 1", AddressFault.CHARACTERS),
        ("https://hooks.example.com\t/", AddressFault.CHARACTERS),
        ("https://hooks.example.com\\@169.254.169.254/", AddressFault.CHARACTERS),
        ("https://bücher.example/", AddressFault.CHARACTERS),
        ("https://hooks。example.com/", AddressFault.CHARACTERS),
        ("https://ann:secret@hooks.example.com/", AddressFault.USER),
        ("https://hooks.example.com@169.254.169.254/", AddressFault.USER),
        ("https://@hooks.example.com/", AddressFault.USER),
        ("https://hooks.example.com/#part", AddressFault.FRAGMENT),
        ("https://hooks.example.com#@127.0.0.1/", AddressFault.FRAGMENT),
        ("https:///path", AddressFault.HOST),
        ("https://example/", AddressFault.HOST),
        ("https://hooks..example.com/", AddressFault.HOST),
        ("https://hooks.example.com./", AddressFault.HOST),
        ("https://-hooks.example.com/", AddressFault.HOST),
        ("https://hooks.example.com:x/", AddressFault.HOST),
        ("https://[hooks.example.com/", AddressFault.HOST),
        ("https://%31%32%37.example.com/", AddressFault.HOST),
        ("https://127.0.0.1/", AddressFault.NUMERIC_HOST),
        ("https://8.8.8.8/", AddressFault.NUMERIC_HOST),
        ("https://2130706433/", AddressFault.NUMERIC_HOST),
        ("https://0x7f000001/", AddressFault.NUMERIC_HOST),
        ("https://0x7f.0x1/", AddressFault.NUMERIC_HOST),
        ("https://0177.0.0.1/", AddressFault.NUMERIC_HOST),
        ("https://[::1]/", AddressFault.NUMERIC_HOST),
        ("https://[::ffff:169.254.169.254]/", AddressFault.NUMERIC_HOST),
        ("https://localhost/", AddressFault.LOCAL_HOST),
        ("https://a.localhost/", AddressFault.LOCAL_HOST),
        ("https://metadata.google.internal/", AddressFault.LOCAL_HOST),
        ("https://printer.local/", AddressFault.LOCAL_HOST),
        ("https://router.home.arpa/", AddressFault.LOCAL_HOST),
        ("https://hooks.example.com:80/", AddressFault.PORT),
        ("https://hooks.example.com:22/", AddressFault.PORT),
        ("https://hooks.example.com:6379/", AddressFault.PORT),
        ("https://hooks.example.com:0/", AddressFault.PORT),
        ("https://hooks.example.com:65536/", AddressFault.HOST),
    ],
)
def test_any_other_is_refused_for_what_is_wrong_with_it(text, fault):
    with pytest.raises(AddressError) as refused:
        read_address(text, allowed=[])
    assert refused.value.fault is fault


def test_what_is_allowed_may_be_private_at_any_port_and_unencrypted():
    address = read_address("http://127.0.0.1:9000/hook", allowed=["127.0.0.1"])

    assert (address.scheme, address.host, address.port, address.is_allowed) == ("http", "127.0.0.1", 9000, True)
    assert address.authority == "127.0.0.1:9000"
    for other in ("http://127.0.0.2:9000/", "http://127.0.0.1.example.com/", "http://a@127.0.0.1/"):
        with pytest.raises(AddressError):
            read_address(other, allowed=["127.0.0.1"])


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "93.184.216.34",
        "172.15.255.255",
        "172.32.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "2606:4700:4700::1111",
        "2a00:1450:4001:81b::200e",
        "64:ff9b::0808:0808",
    ],
)
def test_a_public_number_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:8.8.8.8",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700:4700::1111%eth0",
        "fec0::1",
        "ff02::1",
        "localhost",
        "2130706433",
        "0177.0.0.1",
        "127.1",
        "",
    ],
)
def test_any_other_number_is_not(address):
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_a_number_of_ipv4_is_public_only_where_it_is_routed_to_everybody(address: IPv4Address):
    if is_public(str(address)):
        assert address.is_global
        assert not address.is_multicast
        assert address not in IPv4Network("192.88.99.0/24")


@given(st.ip_addresses(v=4))
def test_what_carries_a_number_of_ipv4_is_no_way_round(address: IPv4Address):
    for wrapped in (f"::ffff:{address}", f"::{address}", str(IPv6Address((0x2002 << 112) | (int(address) << 80)))):
        assert not is_public(wrapped)
    assert is_public(str(IPv6Address((0x64FF9B << 96) | int(address)))) == is_public(str(address))


@given(st.ip_addresses(v=6))
def test_a_number_of_ipv6_is_public_only_where_it_is_routed_to_everybody(address: IPv6Address):
    if is_public(str(address)) and address not in IPv6Network("64:ff9b::/96"):
        assert address.is_global
        assert not address.is_multicast
