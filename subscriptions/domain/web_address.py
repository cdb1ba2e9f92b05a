"""To which addresses on the web something may be sent: a host with a public name, never our own network."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

LONGEST = 500
LONGEST_HOST = 253
PORTS = (443, 8443)
"""What web servers listen on; anything else is more likely somebody's database."""

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_OF_A_NETWORK = ("localhost", "localdomain", "local", "internal", "intranet", "lan", "home.arpa", "onion")
"""Names that mean something only inside of some network."""

_NEVER_4 = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' own, and one cloud's metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's metadata, behind an address that looks public
        "169.254.0.0/16",  # link-local: most clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocols, and one cloud's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
]
# Outside of this nothing is routed between networks: loopback, mapped IPv4, local, link-local, multicast.
_ROUTED_6 = IPv6Network("2000::/3")
_NEVER_6 = [
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocols; Teredo carries an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 carries an IPv4 address
        "3fff::/20",  # documentation
    )
]
_NAT64 = IPv6Network("64:ff9b::/96")
"""What a network without IPv4 makes of an IPv4 address: as public as that one is."""


class AddressFault(StrEnum):
    """What is wrong with an address."""

    TOO_LONG = "too_long"
    CHARACTERS = "characters"
    SCHEME = "scheme"
    USER = "user"
    FRAGMENT = "fragment"
    HOST = "host"
    NUMERIC_HOST = "numeric_host"
    LOCAL_HOST = "local_host"
    PORT = "port"


class AddressError(ValueError):
    """An address to which nothing may be sent; `fault` says why."""

    def __init__(self, fault: AddressFault) -> None:
        """Keep what is wrong."""
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAddress:
    """An address, taken apart: `target` is its path with the query; `is_allowed` tells that its host may be private."""

    scheme: str
    host: str
    port: int
    target: str
    is_allowed: bool

    @property
    def authority(self) -> str:
        """Return host and port as a request names them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"


def read_address(text: str, *, allowed: Collection[str]) -> WebAddress:
    """
    Take an address apart; `allowed` are the hosts that may be private, at any port, without encryption.

    :raises AddressError: if nothing may be sent there, as far as that can be told without looking its host up
    """
    if len(text) > LONGEST:
        raise AddressError(AddressFault.TOO_LONG)
    # Checked before anything is taken apart: parsers differ in what they make of these.
    if any(not "!" <= character <= "~" for character in text) or "\\" in text:
        raise AddressError(AddressFault.CHARACTERS)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressError(AddressFault.HOST) from None
    scheme = parts.scheme.lower()
    is_allowed = host in allowed
    if scheme != "https" and not (scheme == "http" and is_allowed):
        raise AddressError(AddressFault.SCHEME)
    if "@" in parts.netloc:
        raise AddressError(AddressFault.USER)
    if "#" in text:
        raise AddressError(AddressFault.FRAGMENT)
    if not is_allowed:
        _check_host(host)
    port = (443 if scheme == "https" else 80) if port is None else port
    if port == 0 or (not is_allowed and port not in PORTS):
        raise AddressError(AddressFault.PORT)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return WebAddress(scheme=scheme, host=host, port=port, target=target, is_allowed=is_allowed)


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to nobody's own network; one that cannot be read does not."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return _is_public_4(found) if isinstance(found, IPv4Address) else _is_public_6(found)


def _is_public_4(address: IPv4Address) -> bool:
    return not any(address in network for network in _NEVER_4)


def _is_public_6(address: IPv6Address) -> bool:
    if address.scope_id is not None:
        return False
    if address in _NAT64:
        return _is_public_4(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _ROUTED_6 and not any(address in network for network in _NEVER_6)


def _check_host(host: str) -> None:
    labels = host.split(".")
    if ":" in host or labels[-1].isdigit() or re.fullmatch(r"0x[0-9a-f]*", labels[-1]):
        raise AddressError(AddressFault.NUMERIC_HOST)
    if any(host == name or host.endswith(f".{name}") for name in _OF_A_NETWORK):
        raise AddressError(AddressFault.LOCAL_HOST)
    if len(labels) < 2 or len(host) > LONGEST_HOST or not all(map(_LABEL.fullmatch, labels)):
        raise AddressError(AddressFault.HOST)
