"""The functions: all there, ready, of one processor; how many may run at a time; and how long their logs are kept."""

import functools as tools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from findings import Outcome, fail, ok, warn
from site_of_stack import Site, found

# Beside this folder; each package below it is one function, deployed under its name.
PACKAGES = Path(__file__).resolve().parents[3] / "functions"
RUNTIME = "provided.al2023"
# A new account has 10; below this, ten people who read their answers at once keep everybody else waiting.
CONCURRENCY_WANTED = 100
QUOTA = (
    "service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000"
)


@tools.lru_cache(maxsize=1)
def _functions(site: Site) -> dict[str, dict[str, Any] | None]:
    """What Lambda says of each function of the stack."""
    call = site.client("lambda").get_function_configuration
    names = site.of_type("AWS::Lambda::Function").items()
    return {logical: found(call, "ResourceNotFoundException", FunctionName=physical) for logical, physical in names}


def functions(site: Site) -> Iterator[Outcome]:
    """Each of them."""
    known = _functions(site)
    problems = [outcome for name, about in known.items() for outcome in _problems(name, about, site)]
    wanted = {folder.name for folder in PACKAGES.iterdir() if (folder / "Cargo.toml").exists()}
    if missing := sorted(wanted - {name.lower() for name in known}):
        problems.append(fail(f"not deployed: {', '.join(missing)}", f"from this checkout: {site.deploy()}"))
    yield from problems
    if not problems:
        kinds = {kind for about in known.values() if about for kind in about.get("Architectures", ["x86_64"])}
        yield ok(f"{len(known)}, all active, {' and '.join(sorted(kinds))}")


def _problems(name: str, about: dict[str, Any] | None, site: Site) -> Iterator[Outcome]:
    if not about:
        yield fail(f"{name} is gone: its routes answer 500", site.replace())
        return
    state, update = about.get("State", "Active"), about.get("LastUpdateStatus", "Successful")
    # Lambda puts away what nobody has called for weeks, and fetches it again at the next call.
    if state not in ("Active", "Inactive"):
        yield fail(f"{name} is {state}: {about.get('StateReason', 'no reason given')}", site.deploy())
    elif update == "Failed":
        yield fail(
            f"{name}: its last update failed: {about.get('LastUpdateStatusReason', 'no reason given')}", site.deploy()
        )
    elif update == "InProgress":
        yield warn(f"{name} is being updated", "wait a minute, then run this again")
    if about.get("Runtime") != RUNTIME:
        yield warn(f"{name} runs on {about.get('Runtime')}, not on {RUNTIME}", site.deploy())
    wanted = site.parameters.get("Architecture")
    if wanted and about.get("Architectures", ["x86_64"]) != [wanted]:
        yield fail(
            f"{name} is for {about.get('Architectures')}, the stack for {wanted}",
            f"{site.deploy()}, built for {wanted}",
        )


def concurrency(site: Site) -> Iterator[Outcome]:
    """How many can run at a time: each open chat is one."""
    limit = site.client("lambda").get_account_settings()["AccountLimit"]
    most, free = limit["ConcurrentExecutions"], limit.get("UnreservedConcurrentExecutions", 0)
    is_well = True
    reserved = []
    for name, about in _functions(site).items():
        if about:
            answer = site.client("lambda").get_function_concurrency(FunctionName=about["FunctionName"])
            if "ReservedConcurrentExecutions" in answer:
                reserved.append(f"{name} {answer['ReservedConcurrentExecutions']}")
            if answer.get("ReservedConcurrentExecutions") == 0:
                is_well = False
                todo = site.aws(f"lambda delete-function-concurrency --function-name {about['FunctionName']}")
                yield fail(f"{name} is switched off: no run of it is allowed", todo)
    if most < CONCURRENCY_WANTED:
        is_well = False
        said = (
            f"the account may run {most} functions at a time in all: with {most} open chats everybody else is refused"
        )
        yield warn(said, f"ask for more, it costs nothing: {site.aws(QUOTA)}")
    if is_well:
        yield ok(f"{most} at a time for the account, {free} of them for all; reserved: {', '.join(reserved) or 'none'}")


def logs(site: Site) -> Iterator[Outcome]:
    """Without retention they are kept, and paid for, for ever; without a group there are none when one needs them."""
    groups = dict.fromkeys(site.of_type("AWS::Logs::LogGroup").values())
    for about in _functions(site).values():
        groups[(about or {}).get("LoggingConfig", {}).get("LogGroup") or ""] = None
    groups.pop("", None)
    is_well, days = True, set()
    for name in groups:
        rows = site.client("logs").describe_log_groups(logGroupNamePrefix=name, limit=50)["logGroups"]
        group = next((row for row in rows if row["logGroupName"] == name), None)
        if not group:
            is_well = False
            yield warn(
                f"{name} is gone: nothing is logged there", site.aws(f"logs create-log-group --log-group-name {name}")
            )
        elif "retentionInDays" not in group:
            is_well = False
            todo = site.aws(f"logs put-retention-policy --log-group-name {name} --retention-in-days 30")
            yield warn(f"{name} is kept, and paid for, for ever", todo)
        else:
            days.add(group["retentionInDays"])
    if is_well:
        yield ok(f"{len(groups)} groups, kept for {' or '.join(str(each) for each in sorted(days))} days")
