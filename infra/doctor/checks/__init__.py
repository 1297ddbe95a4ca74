"""All checks in the order in which one would look oneself: from the account to the chat."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from findings import Outcome
from site_of_stack import Site

from . import account, address, alarms, domain, functions, mail, pictures, schedule, secret, stack, streaming, table


@dataclass(frozen=True)
class Check:
    """A line of the report. It needs others when it would only repeat in other words what they found."""

    name: str
    look: Callable[[Site], Iterable[Outcome]]
    needs: tuple[str, ...] = ()


STACK = ("stack",)
ADDRESS = ("address",)

ALL = [
    Check("region", account.region),
    Check("clock", account.clock, ("region",)),
    Check("credentials", account.credentials, ("region",)),
    Check("stack", stack.exists, ("credentials",)),
    Check("deployment", stack.deployment, STACK),
    Check("resources", stack.resources, STACK),
    Check("parameters", stack.parameters, STACK),
    Check("mail sending", mail.sending, STACK),
    Check("mail sandbox", mail.sandbox, ("parameters", "mail sending")),
    Check("mail quota", mail.quota, ("mail sending",)),
    Check("mail settings", mail.settings, STACK),
    Check("mail identity", mail.identity, ("parameters",)),
    Check("mail signature", mail.signature, ("mail identity",)),
    Check("mail suppression", mail.suppression, ("parameters", "mail sending")),
    Check("secret", secret.secret, STACK),
    Check("table", table.table, STACK),
    Check("table indexes", table.indexes, ("table",)),
    Check("table expiry", table.expiry, ("table",)),
    Check("table backups", table.backups, ("table",)),
    Check("pictures", pictures.pictures, STACK),
    Check("functions", functions.functions, STACK),
    Check("concurrency", functions.concurrency, STACK),
    Check("logs", functions.logs, STACK),
    Check("schedule", schedule.schedule, STACK),
    Check("gateway", address.gateway, STACK),
    Check("address", address.api, STACK),
    Check("unknown path", address.unknown_path, ADDRESS),
    Check("preflight", address.preflight, ADDRESS),
    Check("login wall", address.login_wall, ADDRESS),
    Check("domain", domain.domain, STACK),
    Check("public address", address.public, ("domain",)),
    Check("payment notice", address.payment_notice, ("address", "public address")),
    Check("stream routes", streaming.routes, STACK),
    Check("stream", streaming.stream, ("address", "public address")),
    Check("alarm mail", alarms.mail, STACK),
    Check("alarms", alarms.alarms, STACK),
]
