"""An AWS on this machine that says what a test wants. Requests are read, and answers written, by the descriptions of
services that boto3 brings along: an answer with a field or a type that AWS does not have is a mistake of the test, and
fails it. It has what stand-ins for all of AWS lack: the sandbox, rollbacks, quotas, streaming, unconfirmed mail.
"""

import datetime
import functools
import json
import re
import threading
import urllib.parse
from collections.abc import Callable
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.sax.saxutils import escape

import botocore.loaders
import botocore.model

# The names that requests are signed for, where they are not those of the descriptions.
SIGNED_AS = {"ses": "sesv2", "monitoring": "cloudwatch"}
# A caller's name, the operation's, its parameters; what it answers.
Answers = Callable[[str, str, str, dict[str, Any]], Any]


class Refusal(Exception):
    """An error of a service."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class ScriptedAws:
    """The endpoint. `answers` is called with region, service, operation and parameters."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.ahead_seconds = 0.0
        self.mistakes: list[str] = []
        self.called: list[str] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()

    def stop(self) -> None:
        """Ends it."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        aws = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body are two writes: the second would wait 40 ms for the first.
            disable_nagle_algorithm = True

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                status, headers, sent = aws._answer(self.command, self.path, self.headers, body)
                self.send_response_only(status)
                self.send_header(
                    "Date", formatdate(datetime.datetime.now().timestamp() + aws.ahead_seconds, usegmt=True)
                )
                for name, value in {**headers, "content-length": str(len(sent))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(sent)

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def _answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, dict[str, str], bytes]:
        scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/", headers.get("authorization", ""))
        if not scope:
            return 200, {}, b""
        region, service = scope[1], SIGNED_AS.get(scope[2], scope[2])
        model = described(service)
        try:
            operation, parameters = read(model, method, path, headers, body)
            with self._lock:
                self.called.append(f"{service}:{operation.name}")
            return write(model, operation, self.answers(region, service, operation.name, parameters))
        except Refusal as refusal:
            return write_refusal(model, refusal)
        # Whatever it is, the test is to see it and not the one who called.
        except Exception as error:
            self.mistakes.append(f"{service}, {method} {path}: {error!r}")
            return 500, {}, b""


# Not those that the doctor's own clients read: for S3 they are changed in place.
LOADER = botocore.loaders.Loader()


@functools.cache
def described(service: str) -> botocore.model.ServiceModel:
    """What boto3 knows of a service."""
    return botocore.model.ServiceModel(LOADER.load_service_model(service, "service-2"), service)


def protocol(model: Any) -> str:
    """The one that boto3 speaks with a service."""
    return model.resolved_protocol


def read(model: Any, method: str, path: str, headers: Any, body: bytes) -> tuple[Any, dict[str, Any]]:
    """Which operation a request is for, and with which parameters."""
    if protocol(model) == "query":
        fields = dict(urllib.parse.parse_qsl(body.decode()))
        return model.operation_model(fields["Action"]), fields
    if protocol(model) == "json":
        return model.operation_model(headers["x-amz-target"].rpartition(".")[2]), json.loads(body)
    raw, _, query = path.partition("?")
    # S3 tells its operations apart by a word of the query; those without one are what is left.
    operations = [model.operation_model(name) for name in model.operation_names]
    for operation in sorted(operations, key=lambda each: "?" not in each.http["requestUri"]):
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(operation.http["requestUri"].partition("?")[0]))
        matched = re.fullmatch(pattern, raw)
        word = operation.http["requestUri"].partition("?")[2]
        if matched and operation.http["method"] == method and word in ("", query):
            located = {
                shape.serialization.get("name", key): key for key, shape in operation.input_shape.members.items()
            }
            found = {**matched.groupdict(), **dict(urllib.parse.parse_qsl(query))}
            return operation, {located[name]: urllib.parse.unquote(value) for name, value in found.items()}
    raise ValueError("no operation is asked for like this")


def write(model: Any, operation: Any, value: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """An answer as the service would send it."""
    shape = operation.output_shape
    if protocol(model) == "rest-xml":
        # What the answer is, where it is not the whole of it.
        payload = shape.serialization.get("payload")
        inner = _xml(shape.members[payload], value[payload]) if payload else _xml(shape, value)
        return 200, {"content-type": "application/xml"}, f"<{operation.name}>{inner}</{operation.name}>".encode()
    if protocol(model) == "query":
        inner = _xml(shape, value)
        wrapper = shape.serialization.get("resultWrapper", f"{operation.name}Result")
        return (
            200,
            {"content-type": "text/xml"},
            f"<{operation.name}Response><{wrapper}>{inner}</{wrapper}></{operation.name}Response>".encode(),
        )
    return 200, {"content-type": "application/json"}, json.dumps(_json(shape, value)).encode()


def write_refusal(model: Any, refusal: Refusal) -> tuple[int, dict[str, str], bytes]:
    """An error as the service would send it."""
    if protocol(model) == "rest-xml":
        code, message = escape(refusal.code), escape(refusal.message)
        text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        return refusal.status, {"content-type": "application/xml"}, text.encode()
    if protocol(model) == "query":
        code, message = escape(refusal.code), escape(refusal.message)
        text = f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
        return refusal.status, {"content-type": "text/xml"}, text.encode()
    body = json.dumps({"__type": refusal.code, "message": refusal.message}).encode()
    return refusal.status, {"content-type": "application/json", "x-amzn-errortype": refusal.code}, body


TYPES = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "double": (int, float),
    "float": (int, float),
    "timestamp": datetime.datetime,
    "structure": dict,
    "map": dict,
    "list": list,
}


def _check(shape: Any, value: Any) -> None:
    if not isinstance(value, TYPES[shape.type_name]) or (isinstance(value, bool) and shape.type_name != "boolean"):
        raise TypeError(f"{shape.name} is {shape.type_name}, not {value!r}")
    if shape.type_name == "structure" and (unknown := value.keys() - shape.members.keys()):
        raise TypeError(f"{shape.name} has no {unknown}")
    if getattr(shape, "enum", None) and value not in shape.enum:
        raise TypeError(f"{shape.name} is one of {shape.enum}, not {value!r}")


def _json(shape: Any, value: Any) -> Any:
    _check(shape, value)
    match shape.type_name:
        case "structure":
            return {
                shape.members[key].serialization.get("name", key): _json(shape.members[key], each)
                for key, each in value.items()
            }
        case "list":
            return [_json(shape.member, each) for each in value]
        case "map":
            return {key: _json(shape.value, each) for key, each in value.items()}
        case "timestamp":
            return value.timestamp()
        case _:
            return value


def _xml(shape: Any, value: Any) -> str:
    _check(shape, value)
    match shape.type_name:
        case "structure":
            tags = (
                (shape.members[key].serialization.get("name", key), shape.members[key], each)
                for key, each in value.items()
            )
            return "".join(f"<{tag}>{_xml(member, each)}</{tag}>" for tag, member, each in tags)
        case "list":
            return "".join(f"<member>{_xml(shape.member, each)}</member>" for each in value)
        case "boolean":
            return str(value).lower()
        case "timestamp":
            return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case _:
            return escape(str(value))
