"""The public address as browsers and payment providers meet it, and what API Gateway allows the whole account."""

from collections.abc import Iterator

import web
from findings import Outcome, fail, ok, warn
from site_of_stack import Site

# What template.yaml lets the API take in a second; less for the account makes that figure untrue.
RATE_WANTED = 200
CONFIG = "/api/config"
UNKNOWN = "/api/no-such-path"
WALLED = "/api/admin/user"
# The notification that a deployment sends to itself comes here. A stranger's is refused like every false one, but
# unlike those it is not counted as somebody's attempt, which would raise an alarm.
NOTICE = "/api/pay/notify/alipay/test"
ORIGIN = "https://front-end.invalid"
HEADERS_WANTED = {"token", "content-type"}


def gateway(site: Site) -> Iterator[Outcome]:
    """The account's own limits, and whether it may write access logs."""
    account = site.client("apigateway").get_account()
    limits = account.get("throttleSettings", {})
    rate, burst = limits.get("rateLimit", 0), limits.get("burstLimit", 0)
    said = f"{rate:g} requests a second for the account, {burst} at once"
    if rate < RATE_WANTED:
        page = f"https://{site.region}.console.aws.amazon.com/servicequotas/home/services/apigateway/quotas"
        yield warn(f"{said}: less than the {RATE_WANTED} that this API is to take", f"ask for more: {page}")
    elif not account.get("cloudwatchRoleArn"):
        yield warn(
            "API Gateway has no role to write logs: there is no access log", site.deploy("ManageApiAccount=true")
        )
    else:
        yield ok(said)


def _logs(site: Site) -> str:
    return f"sam logs --stack-name {site.name} {site.where}"


def _config(base: str, todo: str) -> Outcome:
    """Whether the site answers below a base."""
    answer = web.fetch("GET", base + CONFIG)
    envelope = answer.envelope()
    if answer.status == 200 and envelope and envelope["code"] == 0:
        return ok(f"{base} answers")
    return fail(f"{base}{CONFIG} answers {answer.described()}", todo)


def api(site: Site) -> Iterator[Outcome]:
    """The address that the stack puts out."""
    yield _config(
        site.api_url, f"see why: {_logs(site)}; nothing there: does the stage {site.parameters.get('Stage')} exist?"
    )


def unknown_path(site: Site) -> Iterator[Outcome]:
    """API Gateway's own answers, which front ends read like all others."""
    answer = web.fetch("GET", site.api_url + UNKNOWN)
    envelope = answer.envelope()
    if answer.status == 404 and envelope and envelope["code"] != 0:
        yield ok("404, in the envelope")
    else:
        yield fail(
            f"a path that is not there answers {answer.described()}",
            f"this brings the gateway's own answers back: {site.deploy()}",
        )


def preflight(site: Site) -> Iterator[Outcome]:
    """Without it no page of another origin, so no front end, can call anything."""
    wanted = site.parameters.get("AllowedOrigin") or "*"
    origin = ORIGIN if wanted == "*" else wanted
    asked = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": ",".join(sorted(HEADERS_WANTED)),
    }
    answer = web.fetch("OPTIONS", site.api_url + "/api/login", asked)

    def words(name: str) -> set[str]:
        return {word.strip().lower() for word in (answer.headers.get(f"access-control-allow-{name}") or "").split(",")}

    lacks = [name for name in sorted(HEADERS_WANTED) if name not in words("headers")]
    lacks += ["POST"] if "post" not in words("methods") else []
    allowed = answer.headers.get("access-control-allow-origin")
    if answer.status not in (200, 204):
        yield fail(f"a preflight answers {answer.described()}: browsers call nothing", site.deploy())
    elif allowed not in ("*", origin):
        yield fail(f"pages of {allowed} may call, not those of {origin}", site.deploy(f"AllowedOrigin={origin}"))
    elif lacks:
        yield fail(f"pages may not use {' and '.join(lacks)}", site.deploy())
    else:
        yield ok(f"pages of {'every origin' if wanted == '*' else wanted} may call")


def login_wall(site: Site) -> Iterator[Outcome]:
    """What only administrators may see, asked for by nobody."""
    answer = web.fetch("GET", site.api_url + WALLED)
    envelope = answer.envelope() or {}
    if answer.status == 401 and envelope.get("code") == 4001:
        yield ok("who is not logged in is told so")
    elif answer.status == 200:
        yield fail(
            f"{site.api_url}{WALLED} answers without a login",
            "take the site down until you know why: what is in front of it?",
        )
    else:
        yield fail(f"asked without a login, {WALLED} answers {answer.described()}, not 401", f"see why: {_logs(site)}")


def public(site: Site) -> Iterator[Outcome]:
    """The address that payment providers are told, if it is another one."""
    if site.public_url == site.api_url:
        yield ok("people and payment providers are told the stack's own address")
        return
    yield _config(
        site.public_url,
        "see that its DNS, proxy or CDN leads to ApiUrl, stage included, or deploy with another PublicUrl",
    )


def payment_notice(site: Site) -> Iterator[Outcome]:
    """Whether a payment provider gets through, by a notification that nobody can believe."""
    url = site.public_url + NOTICE
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = web.fetch("POST", url, form, b"trade_status=doctor")
    if answer.status == 200 and answer.body == b"fail":
        yield ok(f"{url} is reached, and believes no stranger")
    elif answer.status == 200 and answer.body == b"success":
        yield fail(f"{url} believes anybody", "take PublicUrl off what answers there: it is not this site")
    elif answer.status in (401, 403):
        todo = "let POST below /api/pay/notify through: firewall, WAF rules, the proxy's login"
        yield fail(f"{url} refuses strangers ({answer.status}): payments would arrive late", todo)
    else:
        todo = "providers follow no redirects: PublicUrl must be the final address, below which /api is found"
        yield fail(f"{url} answers {answer.described()}: payments would arrive late", todo)
