"""The schedule of the janitor, which ends reservations, asks about unpaid orders and checks the books."""

from collections.abc import Iterator

from findings import Outcome, fail, ok
from site_of_stack import Site, found


def schedule(site: Site) -> Iterator[Outcome]:
    """Nobody misses it on the day it stops."""
    rules = site.of_type("AWS::Events::Rule")
    if not rules:
        yield fail("the stack has none: the janitor never runs", site.deploy())
    for logical, physical in rules.items():
        # CloudFormation puts the bus before the name of a rule that is not on the default one.
        bus, _, name = physical.rpartition("|")
        where = {"EventBusName": bus} if bus else {}
        rule = found(site.client("events").describe_rule, "ResourceNotFoundException", Name=name, **where)
        if not rule:
            yield fail(f"{logical} is gone: the janitor does not run", site.replace())
        elif rule.get("State") == "DISABLED":
            yield fail(f"{logical} is off: the janitor does not run", site.aws(f"events enable-rule --name {name}"))
        else:
            yield ok(f"{logical}: {rule.get('ScheduleExpression') or 'by event'}, on")
