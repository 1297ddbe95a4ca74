"""Whether login codes reach people: what SES lets this account send, from whom, and to whom not."""

import functools
from collections.abc import Iterator
from typing import Any

from findings import Outcome, fail, ok, skipped, warn
from site_of_stack import Site, found

# Of the quota of a day; above it there is still time to ask for more.
QUOTA_SHARE_WARN = 0.8


@functools.lru_cache(maxsize=1)
def _account(site: Site) -> dict[str, Any]:
    return site.client("sesv2").get_account()


def _domains(address: str) -> list[str]:
    """An address's domain and those above it: SES lets a verified domain speak for all below it."""
    labels = address.rpartition("@")[2].split(".")
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]


@functools.lru_cache(maxsize=16)
def _identities(site: Site, address: str) -> dict[str, dict[str, Any]]:
    """What SES knows of an address and its domains."""
    known = {}
    for name in [address, *_domains(address)]:
        identity = found(site.client("sesv2").get_email_identity, "NotFoundException", EmailIdentity=name)
        if identity:
            known[name] = identity
    return known


def _verified(site: Site, address: str) -> list[str]:
    return [name for name, identity in _identities(site, address).items() if identity.get("VerifiedForSendingStatus")]


def sending(site: Site) -> Iterator[Outcome]:
    """Whether SES sends for this account at all."""
    account = _account(site)
    standing = account.get("EnforcementStatus", "HEALTHY")
    page = site.console("ses", "/account")
    if not account.get("SendingEnabled") or standing == "SHUTDOWN":
        enable = site.aws("sesv2 put-account-sending-attributes --sending-enabled")
        todo = f"answer AWS's mail about it, see {page}; if you switched it off yourself: {enable}"
        yield fail(f"SES sends nothing for this account (standing: {standing})", todo)
    elif standing != "HEALTHY":
        yield warn(
            f"SES watches this account for bounces or complaints (standing: {standing})",
            f"read and mend its causes: {page}",
        )
    else:
        yield ok("on, in good standing")


def sandbox(site: Site) -> Iterator[Outcome]:
    """In the sandbox only verified addresses get mail, so only they can log in."""
    if _account(site).get("ProductionAccessEnabled"):
        yield ok("SES is in production: everybody can get a code")
        return
    administrator = site.parameters["AdminAccount"]
    use = "--mail-type TRANSACTIONAL --use-case-description 'login codes' --website-url https://YOUR.SITE"
    request = site.aws(f"sesv2 put-account-details --production-access-enabled {use}")
    todo = f"ask to leave it, a day ahead: {site.console('ses', '/account')} or {request}"
    if _verified(site, administrator):
        yield warn("SES is in its sandbox: only verified addresses get codes, nobody else can log in", todo)
    else:
        verify = site.aws(f"sesv2 create-email-identity --email-identity {administrator}")
        said = f"SES is in its sandbox, and {administrator} is not verified: not even the administrator can log in"
        yield fail(said, f"for now {verify}, and follow the link in the mail; for everybody else {todo}")


def quota(site: Site) -> Iterator[Outcome]:
    """Mails of a day. A code that is over it is not sent."""
    quota = _account(site).get("SendQuota", {})
    most, sent, rate = (quota.get(name, 0) for name in ("Max24HourSend", "SentLast24Hours", "MaxSendRate"))
    said = f"{sent:.0f} of {most:.0f} mails sent in 24 hours, at most {rate:g} a second"
    page = f"https://{site.region}.console.aws.amazon.com/servicequotas/home/services/ses/quotas"
    # SES says -1 for no limit.
    if most >= 0 and sent >= most:
        yield fail(f"{said}: no more codes go out", f"ask for more: {page}; and see in the logs who asks for so many")
    elif most >= 0 and sent >= most * QUOTA_SHARE_WARN:
        yield warn(said, f"ask for more in time: {page}")
    else:
        yield ok(said)


def settings(site: Site) -> Iterator[Outcome]:
    """The configuration set that the mails go out by: without it none does."""
    names = site.of_type("AWS::SES::ConfigurationSet")
    for logical, name in names.items():
        about = found(site.client("sesv2").get_configuration_set, "NotFoundException", ConfigurationSetName=name)
        if not about:
            yield fail(f"{logical} is gone: no mail goes out", site.replace())
        elif not about.get("SendingOptions", {}).get("SendingEnabled", True):
            enable = f"sesv2 put-configuration-set-sending-options --configuration-set-name {name} --sending-enabled"
            yield fail(f"{logical} is switched off: no mail goes out", site.aws(enable))
        elif set(about.get("SuppressionOptions", {}).get("SuppressedReasons", [])) != {"BOUNCE", "COMPLAINT"}:
            yield warn(f"{logical} does not keep mails from those who bounced and complained", site.deploy())
        else:
            yield ok("addresses that bounce or complain get no more mail")
    if not names:
        yield ok("this version of the stack has none of its own")


def identity(site: Site) -> Iterator[Outcome]:
    """Whether SES lets MailSender be the sender."""
    sender = site.parameters["MailSender"]
    known, verified = _identities(site, sender), _verified(site, sender)
    if verified:
        yield ok(f"{sender}, verified as {' and '.join(verified)}")
    elif known:
        name, identity = next(iter(known.items()))
        status = identity.get("VerificationStatus", "not verified")
        todo = "follow the link in AWS's mail to it" if "@" in name else f"add to DNS: {_records(name, identity)}"
        yield fail(f"{name} is {status}: no login code is sent", todo)
    else:
        domain = _domains(sender)[0]
        create = site.aws(f"sesv2 create-email-identity --email-identity {domain}")
        todo = f"{create}, then run this again for its DNS records"
        yield fail(f"SES in {site.region} knows neither {sender} nor its domain: no login code is sent", todo)


def _records(domain: str, identity: dict[str, Any]) -> str:
    tokens = identity.get("DkimAttributes", {}).get("Tokens", [])
    zone = identity.get("DkimAttributes", {}).get("SigningHostedZone", "dkim.amazonses.com")
    return (
        "; ".join(f"{token}._domainkey.{domain} CNAME {token}.{zone}" for token in tokens)
        or "what the SES console shows"
    )


def signature(site: Site) -> Iterator[Outcome]:
    """Mails without DKIM of their own domain land in spam, or nowhere."""
    sender = site.parameters["MailSender"]
    domains = {name: identity for name, identity in _identities(site, sender).items() if "@" not in name}
    signed = [name for name, each in domains.items() if _signs(each)]
    if signed:
        yield ok(f"mails are signed for {signed[0]} (DKIM)")
    elif domains:
        name, identity = next(iter(domains.items()))
        status = identity.get("DkimAttributes", {}).get("Status", "not set up")
        yield warn(
            f"mails of {name} are not signed (DKIM: {status}) and may land in spam",
            f"add to DNS: {_records(name, identity)}",
        )
    else:
        domain = _domains(sender)[0]
        todo = site.aws(f"sesv2 create-email-identity --email-identity {domain}")
        if "MailIdentity" in site.parameters:
            # What was made by hand, the stack could not make.
            todo = f"{site.deploy('MailIdentity=domain')}, then add the records of its output MailDns to DNS"
        yield warn(f"only the address is verified: mails are not signed for {domain} (DKIM) and may land in spam", todo)


def _signs(identity: dict[str, Any]) -> bool:
    attributes = identity.get("DkimAttributes", {})
    return bool(attributes.get("SigningEnabled")) and attributes.get("Status") == "SUCCESS"


def suppression(site: Site) -> Iterator[Outcome]:
    """Whether the administrator's address once bounced or complained: SES then takes mails to it and sends none."""
    if not _account(site).get("ProductionAccessEnabled"):
        yield skipped("SES keeps its list closed in the sandbox")
        return
    address = site.parameters["AdminAccount"]
    entry = found(site.client("sesv2").get_suppressed_destination, "NotFoundException", EmailAddress=address)
    if entry:
        reason = entry.get("SuppressedDestination", {}).get("Reason", "unknown")
        todo = site.aws(f"sesv2 delete-suppressed-destination --email-address {address}")
        yield fail(f"SES sends nothing to {address} (once: {reason}): the administrator gets no code", todo)
    else:
        yield ok(f"{address} is not on SES's list")
