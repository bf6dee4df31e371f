"""Which web pages may talk to this server's routes.

A browser lets any page of the internet open a WebSocket to any address, and sends the page's own address along as the
Origin header, which no script can change. The rules are those of Streamlit's own socket: a page that may connect to
Streamlit may also have the numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

LOCAL = frozenset({"localhost", "127.0.0.1", "0.0.0.0"})  # pages of the machine at which the browser runs


@dataclass(frozen=True)
class Origins:
    """The pages that may connect besides the server's own: those of `hosts` (names without a port), or all pages if
    `everyone`.

    `admits_host` says whether a request with this Host header may be answered at all.
    """

    hosts: frozenset[str] = LOCAL
    everyone: bool = False
    admits_host: Callable[[str | None], bool] = lambda host: True

    def admit(self, request: HTTPConnection) -> bool:
        """Returns whether the request may be answered. A request without an Origin header comes from no foreign page: a
        browser sends the header with every WebSocket and every POST."""
        origin, host = request.headers.get("origin"), request.headers.get("host")
        if not self.admits_host(host):
            return False
        if origin is None or self.everyone:
            return True
        try:
            asking = urlsplit(origin)
            name = asking.hostname
        except ValueError:
            return False
        if not asking.netloc:  # "null": a sandboxed frame or a file
            return False
        return asking.netloc in _asked(request) or name in self.hosts


def _asked(request: HTTPConnection) -> set[str]:
    """Returns the hosts, with their ports, under which the browser may see this server: by the request's own header, or
    by that of a proxy."""
    headers = [request.headers.get(name, "") for name in ("host", "x-forwarded-host")]
    return {part for header in headers if (part := header.split(",")[0].strip())}
