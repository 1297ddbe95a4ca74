"""Who looks, where, and whether this machine's clock is right: AWS refuses what is signed at another time."""

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import botocore.exceptions
import web
from findings import Outcome, fail, ok, warn
from site_of_stack import Site

# AWS takes signatures that are five minutes old.
SKEW_SECONDS_WARN = 60
SKEW_SECONDS_MAX = 300


def region(site: Site) -> Iterator[Outcome]:
    """Where."""
    try:
        known = site.session.region_name
    except botocore.exceptions.ProfileNotFound:
        yield fail(f"there is no profile {site.profile}", "aws configure list-profiles")
        return
    if known:
        yield ok(known)
    else:
        yield fail("no region is known", "add --region R, the region that the stack was deployed to")


def clock(site: Site) -> Iterator[Outcome]:
    """Read off an answer of AWS that needs no signature."""
    before = time.time()
    try:
        answer = web.fetch("GET", site.client("sts").meta.endpoint_url)
    except web.Unreachable as error:
        yield fail(f"AWS does not answer: {error}", "check this machine's network and proxy, and the region's name")
        return
    local = (before + time.time()) / 2
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except ValueError:
        yield fail(f"{answer.url} tells no time: {answer.described()}", "see whether a proxy answers in AWS's place")
        return
    skew = round(local - theirs)
    said = f"this machine is {abs(skew)} s {'ahead of' if skew > 0 else 'behind'} AWS"
    todo = "switch time synchronisation on: sudo timedatectl set-ntp true, or Date & Time in the system's settings"
    if abs(skew) > SKEW_SECONDS_MAX:
        yield fail(f"{said}; AWS refuses signatures older than {SKEW_SECONDS_MAX // 60} minutes", todo)
    elif abs(skew) > SKEW_SECONDS_WARN:
        yield warn(said, todo)
    else:
        yield ok("right" if abs(skew) <= 1 else said)


def credentials(site: Site) -> Iterator[Outcome]:
    """Who."""
    profile = f" --profile {site.profile}" if site.profile else ""
    try:
        caller = site.client("sts").get_caller_identity()
    except botocore.exceptions.NoCredentialsError:
        todo = (
            "aws configure sso (or aws login, or aws configure), then run this again, with --profile P if it has a name"
        )
        yield fail("no AWS credentials were found", todo)
    except botocore.exceptions.ClientError as error:
        said = error.response.get("Error", {})
        todo = f"aws sso login{profile} (or aws login, or new keys); with a wrong clock, mend that first"
        yield fail(f"AWS does not accept the credentials: {said.get('Code')}: {said.get('Message')}", todo)
    except (botocore.exceptions.EndpointConnectionError, botocore.exceptions.HTTPClientError) as error:
        yield fail(f"AWS cannot be reached: {error}", "check this machine's network, proxy and region")
    except botocore.exceptions.BotoCoreError as error:
        yield fail(f"the credentials cannot be used: {error}", f"aws sso login{profile}, or aws configure{profile}")
    else:
        yield ok(f"account {caller['Account']}, as {caller['Arn']}")
