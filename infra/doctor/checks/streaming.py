"""Whether answers arrive word by word: how the routes are set up, and one chat if a token is given."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import web
from findings import Outcome, fail, ok, skipped, warn
from site_of_stack import Site, found

# The routes that template.yaml names as streaming.
ROUTES = {
    "/api/admin/export/{list}": ("GET",),
    "/api/admin/uploads": ("GET",),
    "/api/admin/uploads/{id}": ("DELETE",),
    "/api/chat/completion": ("POST",),
    "/api/chat/completions": ("POST",),
    "/api/images": ("GET", "PUT"),
    "/api/images/generations": ("POST",),
    "/api/upload": ("GET", "POST"),
    "/api/upload/{id}": ("DELETE",),
    "/v1/chat/completions": ("POST",),
    "/v1/images/generations": ("POST",),
}
CHAT = "/api/chat/completions"
CONVERSATION = "00000000-0000-4000-8000-000000d0c702"
SECONDS_MAX = 120
# Between the first frame and the last, when they were sent as they were made: a model takes longer than that.
SPREAD_SECONDS_MIN = 0.1
# An answer that is all there sooner than this was perhaps just short.
SHORT_SECONDS_MAX = 0.4
HOW = "give it as DOCTOR_TOKEN=… before this command, or as --token …; POST /api/login answers one"


def routes(site: Site) -> Iterator[Outcome]:
    """A buffered route answers too, but all at once and for 29 seconds at most."""
    buffered: list[str] = []
    gone: list[str] = []
    for api in site.of_type("AWS::ApiGateway::RestApi").values():
        resources = {
            row["path"]: row["id"] for row in site.pages("apigateway", "get_resources", "items", restApiId=api)
        }
        for path, methods in ROUTES.items():
            for method in methods:
                mode = _mode(site, api, resources.get(path), method)
                if mode != "STREAM":
                    (buffered if mode else gone).append(f"{method} {path}")
    if gone:
        yield fail(f"not deployed: {', '.join(gone)}", f"from this checkout: {site.deploy()}")
    if buffered:
        todo = f"with the newest SAM CLI, which knows ResponseTransferMode: {site.deploy()}"
        yield fail(f"not set to stream: {', '.join(buffered)}", todo)
    if not gone and not buffered:
        yield ok(f"all {sum(len(methods) for methods in ROUTES.values())} are set to stream")


def _mode(site: Site, api: str, resource: str | None, method: str) -> str | None:
    if not resource:
        return None
    call = site.client("apigateway").get_integration
    integration = found(call, "NotFoundException", restApiId=api, resourceId=resource, httpMethod=method)
    return integration.get("responseTransferMode", "BUFFERED") if integration else None


@dataclass(frozen=True)
class Frame:
    """A frame of a chat, and when the last of it came."""

    moment: float
    fields: dict[str, Any]

    @property
    def segment(self) -> str:
        """start, text or stop."""
        return str(self.fields.get("segment"))


def stream(site: Site) -> Iterator[Outcome]:
    """One chat, watched as it comes."""
    if not site.token:
        yield skipped("it needs the token of a login", HOW)
        return
    question: dict[str, Any] = {"prompt": site.prompt, "parentMessageId": CONVERSATION}
    if site.model:
        question["options"] = {"model": site.model}
    headers = {"token": site.token, "content-type": "application/json"}
    url = site.public_url + CHAT
    head, pieces = web.chunks("POST", url, headers, json.dumps(question).encode(), SECONDS_MAX)
    arrived = list(pieces)
    whole = web.Answer(url, head.status, head.headers, b"".join(piece for _, piece in arrived))
    if head.status != 200 or whole.envelope():
        yield _refused(whole)
        return
    frames = _frames(arrived)
    if not frames:
        yield fail(
            f"{url} answers no chat: {whole.described()}", "see what is in front of the API, and the log of Chat"
        )
        return
    yield _judge(frames)


def _refused(answer: web.Answer) -> Outcome:
    """A chat that did not begin."""
    if answer.status == 401:
        return fail("the token is not, or no longer, logged in", "log in and take the token from POST /api/login")
    envelope = answer.envelope()
    if not envelope:
        return fail(f"the chat answers {answer.described()}", "see what is in front of the API, and the log of Chat")
    todo = "give that user credits, and the site a working upstream key: see GET /api/admin/token"
    return fail(f"the site refuses the chat: {envelope['message']} ({answer.status})", todo)


def _frames(pieces: list[tuple[float, bytes]]) -> list[Frame] | None:
    """The frames, each with when its end came. Blank ones keep the connection alive. None when it is anything else."""
    frames, rest = [], b""
    for moment, piece in pieces:
        *ended, rest = (rest + piece).split(b"\n\n")
        for text in ended:
            if not text.strip():
                continue
            try:
                fields = json.loads(text)
            except ValueError:
                return None
            if not isinstance(fields, dict):
                return None
            frames.append(Frame(moment, fields))
    return None if rest.strip() else frames


def _judge(frames: list[Frame]) -> Outcome:
    """Whether they are the frames of one answer, and came one after another."""
    segments = [frame.segment for frame in frames]
    is_whole = segments[0] == "start" and segments[-1] == "stop"
    if not is_whole or segments.count("start") != 1 or segments.count("stop") != 1:
        order = ", ".join(segments[:3] + ["…"] + segments[-1:])
        return fail(
            f"the frames are not start, text, stop, but {order}", "see the log of Chat: it may have been cut off"
        )
    first, last = frames[0].moment, frames[-1].moment
    said = f"{len(frames)} frames, the first after {first:.1f} s, the last after {last:.1f} s"
    if last - first < SPREAD_SECONDS_MIN:
        if last < SHORT_SECONDS_MAX:
            return warn(f"{said}: too quick to tell whether it streams", 'ask for more: --prompt "…"')
        return fail(f"all at once: {said}", "switch off buffering (and compression) in the proxy or CDN before the API")
    usage = frames[-1].fields.get("usage")
    if not isinstance(usage, dict) or not usage.get("completion_tokens"):
        text = "".join(str(frame.fields.get("content", "")) for frame in frames)
        return warn(f"it streams, but no model answers: {text}", "see the site's upstream keys: GET /api/admin/token")
    return ok(said)
