"""What CloudFormation says of the stack: is it there, how did its last deployment end, what was it given."""

from collections.abc import Iterator
from typing import Any

import botocore.exceptions
from findings import Outcome, fail, ok, warn
from site_of_stack import PAGES_MAX, Site

OUTPUTS = ("ApiUrl", "TableName")
PARAMETERS = ("AdminAccount", "MailSender")
# States of a stack that nothing stands in, or nothing whole.
HOLLOW = ("CREATE_FAILED", "CREATE_IN_PROGRESS", "REVIEW_IN_PROGRESS", "ROLLBACK_", "DELETE_")
# What documentation calls people; mail to it goes nowhere.
NOBODYS = (".example.com", ".example.org", ".example.net")
REASONS_MAX = 3


def exists(site: Site) -> Iterator[Outcome]:
    """Without it, or without what it puts out, there is nothing to look at."""
    try:
        stack = site.stack
    except botocore.exceptions.ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ValidationError":
            raise
        others = ", ".join(_others(site)) or "none"
        todo = f"give the --stack and --region that sam deploy was given. Stacks of this kind here: {others}"
        yield fail(f"there is no stack {site.name} in {site.region}", todo)
        return
    status = stack["StackStatus"]
    if status.startswith(HOLLOW):
        if status.endswith("_IN_PROGRESS") and not status.startswith("ROLLBACK_"):
            todo = f"wait: {site.aws(f'cloudformation describe-stack-events --stack-name {site.name} --max-items 5')}"
        else:
            delete = site.aws(f"cloudformation delete-stack --stack-name {site.name}")
            todo = f"mend the cause, then {delete}, then {site.deploy()}"
        yield fail(f"{status}: it was never deployed whole{_because(site)}", todo)
        return
    missing = [name for name in OUTPUTS if not site.outputs.get(name)]
    if missing:
        yield fail(f"it puts out no {' and no '.join(missing)}", f"is it another product's stack? Else {site.deploy()}")
        return
    yield ok(f"{site.name}, {site.api_url}")


def _others(site: Site) -> list[str]:
    stacks = site.pages("cloudformation", "describe_stacks", "Stacks")
    return [
        stack["StackName"]
        for stack in stacks
        if set(OUTPUTS) <= {output["OutputKey"] for output in stack.get("Outputs", [])}
    ]


def deployment(site: Site) -> Iterator[Outcome]:
    """How the last one ended. A stack that was rolled back runs, but it is not what one thinks."""
    status = site.stack["StackStatus"]
    if status.endswith("_FAILED"):
        way = "continue-update-rollback" if "ROLLBACK" in status else "rollback-stack"
        todo = site.aws(f"cloudformation {way} --stack-name {site.name}")
        yield fail(
            f"{status}: neither the new version nor the old one is whole{_because(site)}",
            f"mend the cause, then {todo}",
        )
    elif "ROLLBACK" in status:
        yield fail(f"{status}: the version before it runs{_because(site)}", f"mend the cause, then {site.deploy()}")
    elif status.endswith("_IN_PROGRESS"):
        yield warn(
            f"{status}: a deployment is running",
            site.aws(f"cloudformation wait stack-update-complete --stack-name {site.name}"),
        )
    else:
        when = site.stack.get("LastUpdatedTime") or site.stack["CreationTime"]
        yield ok(f"{status}, {when:%Y-%m-%d %H:%M} UTC")


def _because(site: Site) -> str:
    """The first failures of the last deployment; those after them follow from them."""
    reasons = []
    for event in _last_events(site):
        reason = event.get("ResourceStatusReason", "")
        if event.get("ResourceStatus", "").endswith("_FAILED") and "cancelled" not in reason:
            reasons.append(f"{event.get('LogicalResourceId')}: {reason}")
    first = list(reversed(reasons))[:REASONS_MAX]
    return f". Why: {'; '.join(first)}" if first else ""


def _last_events(site: Site) -> Iterator[dict[str, Any]]:
    """What happened since the last deployment began, newest first."""
    pages = site.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=site.name)
    for _, page in zip(range(PAGES_MAX), pages, strict=False):
        for event in page["StackEvents"]:
            is_stack = event.get("PhysicalResourceId") == event.get("StackId")
            if is_stack and event.get("ResourceStatus") in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"):
                return
            yield event


def resources(site: Site) -> Iterator[Outcome]:
    """What CloudFormation itself knows to be broken. What was taken away behind its back, the later checks find."""
    broken = [row for row in site.resources if row["ResourceStatus"].endswith("_FAILED")]
    for row in broken:
        reason = row.get("ResourceStatusReason", "no reason given")
        yield fail(
            f"{row['LogicalResourceId']}: {row['ResourceStatus']}: {reason}", f"mend the cause, then {site.deploy()}"
        )
    if not broken:
        yield ok(f"{len(site.resources)} of them")


def parameters(site: Site) -> Iterator[Outcome]:
    """Those without which nobody can log in."""
    is_well = True
    for name in PARAMETERS:
        value = site.parameters.get(name, "")
        domain = value.rpartition("@")[2].lower()
        if not domain:
            is_well = False
            yield fail(f"{name} is empty", site.deploy(f"{name}=you@your.domain"))
        elif f".{domain}".endswith(NOBODYS):
            is_well = False
            yield fail(f"{name} is {value}, which is nobody's", site.deploy(f"{name}=you@your.domain"))
    if is_well:
        known = (*PARAMETERS, "Stage", "PublicUrl", "AllowedOrigin", "DomainName", "AlarmEmail")
        yield ok(", ".join(f"{name} {site.parameters[name]}" for name in known if site.parameters.get(name)))
