# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests come from a page of another origin, in a browser on the machine of the emulator. Pure.

Browsers set the headers Host, Origin and Sec-Fetch-*, and pages can neither change nor remove them. Sources: Fetch
standard, "Origin header" and "Forbidden request-header"; W3C, "Fetch Metadata Request Headers"; RFC 6761, 6.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_HOST = re.compile(r"(\[[^\]]*\]|[^:]*)(?::[0-9]*)?")
_LOOPBACK = re.compile(r"127(?:\.[0-9]{1,3}){3}|\[::1\]|localhost", re.IGNORECASE)
_ALLOWED = re.compile(r"\*|(?:\*\.)?[a-z0-9_.-]+|\[[0-9a-f:.]+\]")
_READING = ("GET", "HEAD")
_MAX_SHOWN = 200


class Guard:
    """Decides by the headers of requests, for an emulator that listens at `address`.

    `allowed` are names of hosts, without ports: `*.example.com` stands for all names below, and `*` for all names.
    Raises ValueError for anything else.
    """

    def __init__(self, address: str = "127.0.0.1", allowed: Iterable[str] = ()) -> None:
        given = {name: _as_host(name) for name in allowed}
        for name, host in given.items():
            if not _ALLOWED.fullmatch(host):
                raise ValueError(f"The allowed host {name!r} must be a name without scheme and port, *.NAME, or *.")
        self._names = {_as_host(address), *given.values()}
        self._checks_hosts = bool(given)
        # Most clients use the same name for all requests.
        self._serves = lru_cache(maxsize=64)(self._decide_host)

    def why_wrong_host(self, environ: WSGIEnvironment) -> str | None:
        """Return a sentence if a request is for a host that is neither loopback nor allowed, else None.

        By DNS rebinding, a name that an attacker owns resolves to loopback, so that pages there have the same origin as
        the emulator. An emulator that listens elsewhere accepts any host, unless it was given some. Requests in
        HTTP/1.0 can lack a host.
        """
        if self._serves(environ.get("HTTP_HOST", ""), environ["SERVER_NAME"]):
            return None
        name = _host_name(environ.get("HTTP_HOST", ""))
        return (
            f"The emulator does not serve the host {name[:_MAX_SHOWN]}: use 127.0.0.1 or localhost, or allow the host "
            "with the option --allow-host, or the variable emulator_allowed_hosts of the role."
        )

    def why_foreign(self, environ: WSGIEnvironment) -> str | None:
        """Return a sentence if a page of another origin sent a request, None for programs and the emulator's own pages.

        The origin `null` is another one. A user can type a URL (Sec-Fetch-Site `none`) and follow a link to the path /.
        """
        origin, site = environ.get("HTTP_ORIGIN"), environ.get("HTTP_SEC_FETCH_SITE")
        if origin is None and site is None:
            return None
        if origin is not None and not self._is_own(origin, environ):
            page = f"A page of the origin {origin[:_MAX_SHOWN]}"
        elif site is None or site == "same-origin" or _is_typed(environ) or _opens_start_page(environ):
            return None
        else:
            page = f"A page of another origin (Sec-Fetch-Site: {site[:_MAX_SHOWN]})"
        return (
            f"{page} can use only the endpoints of containers, and buckets of S3 as their CORS rules allow: use a page "
            "of the emulator, or a program."
        )

    def _decide_host(self, host: str, address: str) -> bool:
        """Return whether requests with a Host header are served, by an emulator whose socket has an address."""
        name = _host_name(host)
        is_checked = self._checks_hosts or _is_loopback(_as_host(address))
        return not name or not is_checked or _is_loopback(name) or self._is_allowed(name)

    def _is_allowed(self, name: str) -> bool:
        name = name.lower()
        return any(name == other or (other.startswith("*") and name.endswith(other[1:])) for other in self._names)

    def _is_own(self, origin: str, environ: WSGIEnvironment) -> bool:
        """Return whether an origin is that of the request's host. An allowed host can be a proxy with TLS."""
        host = environ.get("HTTP_HOST", "").lower()
        schemes = ("http", "https") if self._checks_hosts and self._is_allowed(_host_name(host)) else ("http",)
        return bool(host) and origin.lower() in [f"{scheme}://{host}" for scheme in schemes]


def _as_host(address: str) -> str:
    """Return a name or an address in lower case, an IPv6 address in brackets, as in a Host header."""
    address = address.lower()
    return f"[{address}]" if ":" in address and address[0] != "[" else address


def _host_name(host: str) -> str:
    """Return a Host header without the port and the dot that ends an absolute name; all of it if it is not a host."""
    match = _HOST.fullmatch(host)
    return match[1].removesuffix(".") if match else host


def _is_loopback(name: str) -> bool:
    return bool(_LOOPBACK.fullmatch(name)) or name.lower().endswith(".localhost")


def _is_typed(environ: WSGIEnvironment) -> bool:
    return environ["HTTP_SEC_FETCH_SITE"] == "none" and environ["REQUEST_METHOD"] in _READING


def _opens_start_page(environ: WSGIEnvironment) -> bool:
    """Return whether a browser opens the path / in a tab: the page that has the link cannot read it."""
    return (environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("QUERY_STRING", "")) == ("GET", "/", "") and (
        environ.get("HTTP_SEC_FETCH_MODE"),
        environ.get("HTTP_SEC_FETCH_DEST"),
    ) == ("navigate", "document")
