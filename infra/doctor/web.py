"""Calls to the public address as clients make them: over TLS, bounded in time and size, and following no redirects."""

import functools
import http.client
import json
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any, NoReturn

import botocore.httpsession

SECONDS_MAX = 15
BYTES_MAX = 1_000_000
AGENT = "doctor"


class Unreachable(Exception):
    """Nobody answered, or nobody who can be trusted."""

    def __init__(self, said: str, todo: str) -> None:
        super().__init__(said)
        self.todo = todo


@dataclass(frozen=True)
class Answer:
    """What came back."""

    url: str
    status: int
    headers: Message
    body: bytes

    def envelope(self) -> dict[str, Any] | None:
        """The site's envelope, if it is one."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        is_envelope = isinstance(value, dict) and {"code", "data", "message"} <= value.keys()
        return value if is_envelope else None

    def described(self) -> str:
        """What it is, in a few words."""
        kind = self.headers.get_content_type() if self.headers.get("content-type") else "no media type"
        if self.status in (301, 302, 303, 307, 308):
            return f"{self.status}, a redirect to {self.headers.get('location')}"
        if envelope := self.envelope():
            request = self.headers.get("x-request-id")
            return f"{self.status}, code {envelope['code']}: {envelope['message']}, request {request}"
        if "html" in kind or self.body.lstrip()[:1] == b"<":
            return f"{self.status}, a page of HTML"
        return f"{self.status}, {kind}: {self.body[:100].decode(errors='replace')}"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Payment providers follow none, and a redirect to somewhere else is what one wants to hear of."""

    def redirect_request(self, *_: Any) -> None:
        return None


@functools.cache
def trust() -> ssl.SSLContext:
    """The roots of this machine and those that AWS's SDK brings along: some Pythons find none of their own."""
    context = ssl.create_default_context()
    context.load_verify_locations(botocore.httpsession.get_cert_path(True))
    return context


def is_safe(url: str) -> bool:
    """Over TLS, or to this very machine."""
    parts = urllib.parse.urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "127.0.0.1")


def _give_up(url: str, error: Exception) -> NoReturn:
    host = urllib.parse.urlsplit(url).hostname
    cause = getattr(error, "reason", error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        said = f"{host} shows a certificate that is not valid: {cause.verify_message}"
        raise Unreachable(said, "renew it, or let AWS Certificate Manager do so: the name must be on it") from error
    if isinstance(cause, ssl.SSLError):
        raise Unreachable(f"no TLS with {host}: {cause}", "see what answers on port 443 of that host") from error
    if isinstance(cause, socket.gaierror):
        said = f"the name {host} is not known to DNS"
        raise Unreachable(said, "add its DNS record, or mend the parameter or output that names it") from error
    if isinstance(cause, TimeoutError):
        raise Unreachable(
            f"no answer from {host} in {SECONDS_MAX} s", "look at the functions' logs: sam logs"
        ) from error
    raise Unreachable(
        f"cannot reach {url}: {cause}", "check this machine's network, then what serves that address"
    ) from error


def _open(method: str, url: str, headers: dict[str, str], body: bytes | None) -> Any:
    if not is_safe(url):
        raise Unreachable(
            f"{url} is not an https address", "only https is for the public: mend the parameter that names it"
        )
    opener = urllib.request.build_opener(_NoRedirects, urllib.request.HTTPSHandler(context=trust()))
    try:
        request = urllib.request.Request(url, data=body, headers={"user-agent": AGENT, **headers}, method=method)
        return opener.open(request, timeout=SECONDS_MAX)
    except urllib.error.HTTPError as refusal:
        return refusal
    except (OSError, http.client.HTTPException, ValueError) as error:
        _give_up(url, error)


def chunks(
    method: str, url: str, headers: dict[str, str], body: bytes | None, seconds_max: float
) -> tuple[Answer, Iterator[tuple[float, bytes]]]:
    """The head of an answer, and its body piece by piece: when each came, in seconds since the request."""
    started = time.monotonic()
    response = _open(method, url, headers, body)

    def pieces() -> Iterator[tuple[float, bytes]]:
        size = 0
        with response:
            try:
                while piece := response.read1(65_536):
                    moment = time.monotonic() - started
                    size += len(piece)
                    yield moment, piece
                    if moment > seconds_max or size > BYTES_MAX:
                        raise Unreachable(
                            f"the answer of {url} does not end: {size} bytes in {moment:.0f} s",
                            "look at what answers there",
                        )
            except (OSError, http.client.HTTPException) as error:
                _give_up(url, error)

    return Answer(url, response.status, response.headers, b""), pieces()


def fetch(method: str, url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Answer:
    """A whole answer."""
    head, pieces = chunks(method, url, headers or {}, body, SECONDS_MAX)
    return Answer(url, head.status, head.headers, b"".join(piece for _, piece in pieces))
