"""Where other computers find this server. The machine's addresses are read from its network interfaces, without any
network traffic."""

import ipaddress
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import psutil

from ladder.problems import Problem

# Interfaces that lead to no other computer of the room: containers, virtual machines, private tunnels.
_VIRTUAL = ("docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "vethernet", "podman", "cni", "lxc", "lxd")
_TUNNELS = ("tun", "tap", "utun", "wg", "tailscale", "zt", "ppp")
_ALL = "", "0.0.0.0", "::"  # what a server listens at that listens at every interface
CODE_KEY = "code"  # the query parameter with a code: of a link, or on the page "class" of a class
CLASS_PAGE = "class"  # the page on which students join
CODE_FILE = "LADDER_CODE_FILE"  # the environment variable with a file into which the server writes its class's code
_ANYWHERE = "10.255.255.255"  # an address that needs no name and is asked nothing


@dataclass(frozen=True)
class Server:
    """How the web server listens.

    `listens`: the address of the interface, "" for all. `port`, `secure`: whether it speaks HTTPS itself. `path`: the
    path below which its pages lie, without slashes at its ends. `name`: what the person who started it has told others
    to call it, "" for nothing. `admits_host` says whether a request with this Host header may be answered at all.
    """

    listens: str = ""
    port: int = 8501
    secure: bool = False
    path: str = ""
    name: str = ""
    admits_host: Callable[[str], bool] = lambda host: True

    def address(self, host: str, page: str) -> str:
        """Returns the address of the page at `page`, "" for the first one, on this server under a name."""
        scheme, usual = ("https", 443) if self.secure else ("http", 80)
        port = "" if self.port == usual else f":{self.port}"
        return f"{scheme}://{host}{port}/" + "/".join(filter(None, (self.path, page)))


def addresses(seen: str, page: str, server: Server) -> list[str]:
    """Returns the addresses, without a query, under which other computers open the page that a browser shows at the
    address `seen`: the likeliest first.

    That is `seen` itself, a proxy's name and path included, unless only the browser's own computer can use it: then the
    server's name or its addresses in the network. `page`: the page's path on this server, "" for the first one. Raises
    Problem "share_loopback" where the server answers its own computer alone, "share_offline" where that is in no
    network, and "share_hosts" where the server is told not to answer under its addresses.
    """
    if not is_local(urlsplit(seen).hostname or ""):
        return [seen.partition("#")[0].partition("?")[0]]
    if server.name:
        return [server.address(server.name, page)]
    if server.listens in _ALL:
        hosts = machine_addresses()
    elif is_local(server.listens):
        raise Problem("share_loopback", listens=server.listens)
    else:
        hosts = [server.listens]
    if not hosts:
        raise Problem("share_offline")
    admitted = [host for host in hosts if server.admits_host(f"{host}:{server.port}")]
    if not admitted:
        raise Problem("share_hosts", hosts=", ".join(hosts))
    return [server.address(host, page) for host in admitted]


def with_code(base: str, code: str) -> str:
    """Returns the link to the page at the address `base` that opens what has this code."""
    return f"{base}?{urlencode({CODE_KEY: code})}"


def is_local(host: str) -> bool:
    """Returns whether a name or an address means the computer itself, whichever computer asks. "0.0.0.0" and "::" do so
    in a browser."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    with suppress(ValueError):
        address = ipaddress.ip_address(host)
        return address.is_loopback or address.is_unspecified
    return False


def machine_addresses() -> list[str]:
    """Returns the IPv4 addresses of this machine in its networks, that of its usual route first; an empty list where it
    is in no network. Addresses of containers, virtual machines and tunnels count only where there are no others."""
    states = psutil.net_if_stats()
    real: list[str] = []
    rest: list[str] = []
    for name, found in psutil.net_if_addrs().items():
        if name in states and not states[name].isup:
            continue
        others = name.lower().startswith((*_VIRTUAL, *_TUNNELS))
        (rest if others else real).extend(one.address for one in found if one.family == socket.AF_INET)
    kept = [[one for one in some if _is_reachable(one)] for some in (real, rest)]
    usual = _usual_address()
    return sorted(kept[0] or kept[1], key=lambda one: one != usual)


def _is_reachable(address: str) -> bool:
    """Whether an address is neither the computer's own nor one that it gave itself for want of a network."""
    found = ipaddress.ip_address(address)
    return not (found.is_loopback or found.is_link_local or found.is_unspecified)


def _usual_address() -> str:
    """The address from which this machine would speak to another, "" where it has no route. A connected UDP socket has
    sent nothing yet."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.connect((_ANYWHERE, 1))
        return str(asked.getsockname()[0])
    return ""
