"""The table: that it is as the code expects it, and that it can be brought back."""

import functools
from collections.abc import Iterator
from typing import Any

from findings import Outcome, fail, ok, warn
from site_of_stack import Site, found

KEYS = {"pk": "HASH", "sk": "RANGE"}
INDEXES = ("due", "list", "owner")
EXPIRY = "ttl"


@functools.lru_cache(maxsize=1)
def _table(site: Site) -> dict[str, Any] | None:
    name = site.outputs["TableName"]
    answer = found(site.client("dynamodb").describe_table, "ResourceNotFoundException", TableName=name)
    return answer["Table"] if answer else None


def _keys(schema: list[dict[str, str]]) -> dict[str, str]:
    return {key["AttributeName"]: key["KeyType"] for key in schema}


def table(site: Site) -> Iterator[Outcome]:
    """There, ready, and with its keys."""
    name, about = site.outputs["TableName"], _table(site)
    if not about:
        page = site.console("dynamodbv2", "list-backups")
        todo = f"AWS keeps the last state of a deleted table for 35 days: restore it under this name: {page}"
        yield fail(f"{name} is gone", todo)
    elif about["TableStatus"] not in ("ACTIVE", "UPDATING"):
        yield fail(f"{name} is {about['TableStatus']}", f"see {site.console('dynamodbv2', f'table?name={name}')}")
    elif _keys(about["KeySchema"]) != KEYS:
        yield fail(
            f"{name} has the keys {_keys(about['KeySchema'])}, not {KEYS}", "is TableName another product's table?"
        )
    else:
        protection = "on" if about.get("DeletionProtectionEnabled") else "off"
        items = about.get("ItemCount", 0)
        yield ok(f"{name} is {about['TableStatus']}, about {items} items, deletion protection {protection}")


def indexes(site: Site) -> Iterator[Outcome]:
    """Lists, expiries and the books read these."""
    there = {index["IndexName"]: index for index in (_table(site) or {}).get("GlobalSecondaryIndexes", [])}
    is_well = True
    for name in INDEXES:
        index, keys = there.get(name), {f"{name}_pk": "HASH", f"{name}_sk": "RANGE"}
        if index and index["IndexStatus"] in ("ACTIVE", "UPDATING") and _keys(index["KeySchema"]) == keys:
            continue
        is_well = False
        if not index:
            todo = f"{site.deploy()}, once for each missing index; if it was deleted by hand, {site.replace()}"
            yield fail(f"{name} is missing: what reads it fails", todo)
        elif _keys(index["KeySchema"]) != keys:
            yield fail(
                f"{name} has the keys {_keys(index['KeySchema'])}, not {keys}",
                f"delete that index, then {site.deploy()}",
            )
        else:
            yield fail(
                f"{name} is {index['IndexStatus']}: what reads it fails", "wait until it is built, then run this again"
            )
    if is_well:
        yield ok(" and ".join(INDEXES) + " are ready")


def expiry(site: Site) -> Iterator[Outcome]:
    """Without it nothing that has ended is ever thrown away, and storage grows."""
    name = site.outputs["TableName"]
    about = site.client("dynamodb").describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    status, attribute = about.get("TimeToLiveStatus", "DISABLED"), about.get("AttributeName", "")
    if status in ("ENABLED", "ENABLING") and attribute == EXPIRY:
        yield ok(f"ended items are thrown away by {EXPIRY}")
    else:
        wanted = f"--time-to-live-specification Enabled=true,AttributeName={EXPIRY}"
        todo = site.aws(f"dynamodb update-time-to-live --table-name {name} {wanted}")
        yield warn(f"expiry by {EXPIRY} is {status} {attribute}".strip() + ": ended items stay and are paid for", todo)


def backups(site: Site) -> Iterator[Outcome]:
    """Point-in-time recovery: without it a mistake with the ledger is final."""
    name = site.outputs["TableName"]
    about = site.client("dynamodb").describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = about.get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") == "ENABLED":
        earliest = recovery.get("EarliestRestorableDateTime")
        yield ok("any second can be restored" + (f" since {earliest:%Y-%m-%d %H:%M} UTC" if earliest else ""))
    else:
        wanted = "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true"
        todo = site.aws(f"dynamodb update-continuous-backups --table-name {name} {wanted}")
        yield fail("point-in-time recovery is off: a lost ledger is lost", todo)
