"""The site's own domain, if it has one: its name in DNS, its certificate, and who answers there."""

import socket
import ssl
import time
from collections.abc import Iterator

import web
from findings import Outcome, fail, ok, warn
from site_of_stack import Site

PORT = 443
# AWS renews its own 60 days ahead: one that is this old is not going to be.
DAYS_LEFT_MIN = 14


def domain(site: Site) -> Iterator[Outcome]:
    """DomainName, from name to answer."""
    name = site.parameters.get("DomainName", "")
    if not name:
        yield ok("DomainName is not set: the API has its own address alone")
        return
    target = site.outputs.get("DomainTarget", "the output DomainTarget")
    base = f"https://{name}" + ("" if PORT == 443 else f":{PORT}")
    try:
        answer = web.fetch("GET", f"{base}/api/config")
    except web.Unreachable as error:
        yield fail(str(error), f"{error.todo}; its CNAME record in DNS must say {target}")
        return
    envelope = answer.envelope()
    if answer.status != 200 or not envelope or envelope["code"] != 0:
        todo = f"let its CNAME record in DNS say {target}, and nothing else"
        yield fail(f"{name} leads elsewhere: {answer.described()}", todo)
        return
    days = days_left(name)
    if days < DAYS_LEFT_MIN:
        page = site.console("acm", "/certificates/list")
        todo = f"see why it is not renewed (is its DNS validation record still there?): {page}"
        yield warn(f"{name} answers, but its certificate ends in {days} days", todo)
    else:
        yield ok(f"{name} answers; its certificate holds for {days} days")


def days_left(name: str) -> int:
    """How long its certificate holds; it was valid a moment ago."""
    with (
        socket.create_connection((name, PORT), web.SECONDS_MAX) as plain,
        web.trust().wrap_socket(plain, server_hostname=name) as secure,
    ):
        certificate = secure.getpeercert() or {}
    ends = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    return int((ends - time.time()) // 86_400)
