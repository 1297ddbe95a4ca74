"""What checks say, and how it is printed: a line for each, and below it what to do next."""

import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TextIO

OK, WARN, FAIL, SKIPPED = "ok", "warn", "FAIL", "skipped"
COLOURS = {OK: "32", WARN: "33", FAIL: "31", SKIPPED: "90"}
NAME_WIDTH = 17
# Much of a line was sent by others: a page of HTML is not wanted here.
CHARS_MAX = 600


@dataclass(frozen=True)
class Outcome:
    """One thing that a check saw, and the next step if it is not as it should be."""

    status: str
    seen: str
    todo: str = ""


@dataclass(frozen=True)
class Finding:
    """An outcome with the name of its check."""

    check: str
    status: str
    seen: str
    todo: str


def ok(seen: str) -> Outcome:
    """All is well."""
    return Outcome(OK, seen)


def warn(seen: str, todo: str) -> Outcome:
    """The site works, but not for everybody, or not for long."""
    return Outcome(WARN, seen, todo)


def fail(seen: str, todo: str) -> Outcome:
    """Something is broken, or could not be looked at."""
    return Outcome(FAIL, seen, todo)


def skipped(why: str, todo: str = "") -> Outcome:
    """Not looked at, so not green."""
    return Outcome(SKIPPED, why, todo)


def printable(text: str, secrets: Iterable[str] = ()) -> str:
    """One line without what a terminal would obey, and without secrets, whoever sent them back."""
    for secret in secrets:
        text = text.replace(secret, "***")
    line = re.sub(r"\s+", " ", text)
    line = "".join(character for character in line if character.isprintable()).strip()
    return line if len(line) <= CHARS_MAX else line[: CHARS_MAX - 1] + "…"


def print_line(finding: Finding, before: Finding | None, out: TextIO, is_coloured: bool) -> None:
    """A finding as a person reads it, at once: the next check may take its time. The same step is not told twice."""
    status = f"{finding.status:8}"
    if is_coloured:
        status = f"\x1b[{COLOURS[finding.status]}m{status}\x1b[0m"
    print(f"{status}{finding.check:{NAME_WIDTH}} {finding.seen}", file=out, flush=True)
    if finding.todo and (before is None or before.todo != finding.todo):
        print(f"{'':8}{'':{NAME_WIDTH}} → {finding.todo}", file=out, flush=True)


def print_summary(findings: list[Finding], out: TextIO) -> None:
    """How many of each kind."""
    counts = [(status, sum(finding.status == status for finding in findings)) for status in COLOURS]
    print("\n" + ", ".join(f"{count} {status}" for status, count in counts if count), file=out)


def print_json(about: dict[str, str], findings: list[Finding], out: TextIO) -> None:
    """The same for programs."""
    rows = [{"check": each.check, "status": each.status, "seen": each.seen, "next": each.todo} for each in findings]
    json.dump({**about, "ok": is_well(findings), "findings": rows}, out, ensure_ascii=False, indent=2)
    print(file=out)


def is_well(findings: list[Finding]) -> bool:
    """Whether nothing is broken."""
    return all(finding.status != FAIL for finding in findings)


def wants_colour(out: TextIO, environment: dict[str, str]) -> bool:
    """Whether a person looks at it (https://no-color.org)."""
    return out.isatty() and not environment.get("NO_COLOR") and sys.platform != "win32"
