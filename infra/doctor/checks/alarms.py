"""Whether somebody hears of trouble, and whether there is any."""

from collections.abc import Iterator
from typing import Any

from findings import Outcome, fail, ok, warn
from site_of_stack import Site, found

PENDING = "PendingConfirmation"
ENDED = "Deleted"
# A call of CloudWatch takes so many names.
NAMES_A_CALL = 100


def mail(site: Site) -> Iterator[Outcome]:
    """AlarmEmail, and whether its owner followed the link that SNS sent."""
    address = site.parameters.get("AlarmEmail", "")
    if not address:
        yield warn("AlarmEmail is not set: nobody hears of alarms", site.deploy("AlarmEmail=you@your.domain"))
        return
    rows, subscribe = [], ""
    for topic in site.of_type("AWS::SNS::Topic").values():
        subscribe = site.aws(f"sns subscribe --topic-arn {topic} --protocol email --notification-endpoint {address}")
        call = site.client("sns").list_subscriptions_by_topic
        rows += (found(call, "NotFound", TopicArn=topic) or {}).get("Subscriptions", [])
    mine = [row["SubscriptionArn"] for row in rows if row.get("Endpoint", "").lower() == address.lower()]
    mine = [arn for arn in mine if arn != ENDED]
    if not mine:
        todo = f"{subscribe or site.deploy()}, then follow the link in the mail of AWS Notifications"
        yield warn(
            f"{address} is not subscribed to the alarms: the subscription was never made, or ended by its link", todo
        )
    elif all(arn == PENDING for arn in mine):
        todo = f"follow the link in the mail of AWS Notifications (see the spam folder); to get it again: {subscribe}"
        yield warn(f"{address} has not confirmed: no alarm reaches it", todo)
    else:
        yield ok(f"alarms go to {address}")


def alarms(site: Site) -> Iterator[Outcome]:
    """Each alarm of the stack."""
    names = [name for name in site.of_type("AWS::CloudWatch::Alarm").values() if name]
    if not names and not site.parameters.get("AlarmEmail"):
        yield ok("none without AlarmEmail")
        return
    if not names:
        yield warn("the stack has no alarms", f"deploy this version: {site.deploy()}")
        return
    known: dict[str, Any] = {}
    for start in range(0, len(names), NAMES_A_CALL):
        part = names[start : start + NAMES_A_CALL]
        rows = site.client("cloudwatch").describe_alarms(AlarmNames=part, MaxRecords=NAMES_A_CALL)["MetricAlarms"]
        known |= {row["AlarmName"]: row for row in rows}
    is_well = True
    for name in names:
        alarm = known.get(name)
        if alarm and alarm["StateValue"] != "ALARM" and alarm.get("ActionsEnabled", True):
            continue
        is_well = False
        if not alarm:
            yield fail(f"{name} is gone", site.replace())
        elif alarm["StateValue"] == "ALARM":
            page = site.console("cloudwatch", f"alarmsV2:alarm/{name}")
            yield warn(
                f"{name}: {alarm.get('StateReason', 'no reason given')}",
                f"see {page} and the README's chapter on operations",
            )
        else:
            yield warn(
                f"{name} tells nobody: its actions are off",
                site.aws(f"cloudwatch enable-alarm-actions --alarm-names {name}"),
            )
    if is_well:
        yield ok(f"{len(names)}, none of them raised")
