"""The command: what it takes, the order of the checks, and its exit code."""

import argparse
import io
import os
import re
import sys
from collections.abc import Iterator, Sequence
from typing import TextIO

import botocore.exceptions
import checks
import findings
import web
from findings import FAIL, SKIPPED, Finding, Outcome, fail, skipped
from site_of_stack import Site

HELP = """Checks a deployed stack from outside: its AWS resources, and its public address as clients meet it. It only
reads, and neither the table's data nor the secret. With the token of a login it also has one short chat, which that
user pays for. The exit code is 0 when nothing is broken, else 1; warnings do not count."""
# As CloudFormation takes them; the name stands in commands that are printed to be copied.
STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python3 infra/doctor", description=HELP)
    parser.add_argument("--stack", required=True, metavar="NAME", help="the stack's name, as given to sam deploy")
    parser.add_argument("--region", metavar="R", help="its region; by default the profile's, or AWS_REGION")
    parser.add_argument("--profile", metavar="P", help="the AWS profile to look with; by default AWS's usual search")
    parser.add_argument(
        "--token",
        metavar="TOKEN",
        default=os.environ.get("DOCTOR_TOKEN", ""),
        help="the token of somebody who is logged in, for one chat; better in DOCTOR_TOKEN, unseen by others",
    )
    parser.add_argument("--model", metavar="M", default="", help="the chat's model; by default the site's")
    parser.add_argument(
        "--prompt", metavar="TEXT", default="Count from 1 to 30, one number a line.", help="the chat's text"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(words)
    if not STACK_NAME.fullmatch(given.stack):
        parser.error("a stack's name is letters, digits and hyphens")
    # A pasted token often brings a line break, which a header must not have.
    given.token = given.token.strip()
    if not given.token.isascii() or not given.token.isprintable():
        parser.error("the token has characters that no token has")
    return given


def outcomes(check: checks.Check, site: Site) -> Iterator[Outcome]:
    """What a check says; what it could not look at is not well."""
    try:
        yield from check.look(site)
    except botocore.exceptions.ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        what = f"{error.operation_name}: {code}"
        if "AccessDenied" in code or "Unauthorized" in code or "NotAuthorized" in code:
            yield fail(f"may not look: {what}", "look as an administrator of the account: add --profile P")
        else:
            message = error.response.get("Error", {}).get("Message", "")
            yield fail(f"could not look: {what}: {message}", "run this again; if it stays, see health.aws.amazon.com")
    except botocore.exceptions.BotoCoreError as error:
        yield fail(
            f"could not look: {error}", "check this machine's network, region and credentials; then run this again"
        )
    except web.Unreachable as error:
        yield fail(str(error), error.todo)
    # One mistake in here must not hide what the other checks would say.
    except Exception as error:
        yield fail(f"the check itself failed: {type(error).__name__}: {error}", "report this; the other checks stand")


def examine(site: Site, secrets: Sequence[str]) -> Iterator[Finding]:
    """All checks in their order; one whose ground is missing is skipped and says so."""
    missing: set[str] = set()
    for check in checks.ALL:
        needs = [name for name in check.needs if name in missing]
        said = outcomes(check, site) if not needs else [skipped(f"it needs {' and '.join(needs)}")]
        for outcome in said:
            if outcome.status in (FAIL, SKIPPED):
                missing.add(check.name)
            seen, todo = (findings.printable(text, secrets) for text in (outcome.seen, outcome.todo))
            yield Finding(check.name, outcome.status, seen, todo)


def run() -> int:
    """Runs them for a shell."""
    # A terminal that has no arrow or no Chinese gets a question mark, not a crash.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        return main()
    except BrokenPipeError:
        # Who reads, as head does, has seen enough; what Python would still write at its end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def main(words: Sequence[str] | None = None, out: TextIO | None = None) -> int:
    """Runs them."""
    out = out or sys.stdout
    given = arguments(words)
    site = Site(given.stack, given.region, given.profile, given.token, given.model, given.prompt)
    is_coloured = findings.wants_colour(out, dict(os.environ))
    found: list[Finding] = []
    for finding in examine(site, [given.token] if given.token else []):
        if not given.json:
            findings.print_line(finding, found[-1] if found else None, out, is_coloured)
        found.append(finding)
    if given.json:
        findings.print_json({"stack": given.stack, "region": site.region or ""}, found, out)
    else:
        findings.print_summary(found, out)
    return 0 if findings.is_well(found) else 1
