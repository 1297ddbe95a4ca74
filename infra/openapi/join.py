"""Joins `functions/site/openapi/*.yaml` to the one document that the function embeds. Without an argument it writes it;
`--check` fails when it is not what the sources say.

The sources name what differs from route to route; what all share (the envelope, the refusals of a login, of limits and
of the gateway) is said here once. `functions/site/openapi/README.md` tells how they are written.
"""

import json
import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "functions/site/openapi"
DOCUMENT = ROOT / "functions/site/src/openapi.json"

# Examples of what has no example of its own.
EXAMPLES = {"Id": "51370316848435200", "AnyId": "51370316848435200", "Time": "2026-01-01 08:00:00", "Day": "2026-12-31"}
SECURITY = {
    "nobody": [],
    "anybody": [{}, {"token": []}],
    "user": [{"token": []}],
    "administrator": [{"token": []}],
    "key": [{"key": []}],
}
ACCESS = {
    "nobody": "无需登录。",
    "anybody": "可以不登录；携带 `token` 时按其身份处理，无效的 `token` 视为未登录。",
    "user": "需要登录。",
    "administrator": "需要管理员身份。",
    "key": "需要站点的 API 密钥：`authorization: Bearer KEY`。",
}
PAGING = {
    "page?": "text 页码，从 1 开始，默认 1；无法识别时按默认值 | 1",
    "page_size?": "text 每页条数，默认 10，最多 100；也接受 `pageSize` 和 `pageSIze`；无法识别时按默认值 | 10",
}


def ref(kind, name):
    return {"$ref": f"#/components/{kind}/{name}"}


class Joiner:
    """Schemas by their names, while their routes are read."""

    def __init__(self, named):
        self.named = named

    def type(self, text):
        """The schema and an example of a type: `text{1..50}`, `=0,1`, `User`, `User?`, `User[]`, `page(User)`."""
        if text.endswith("?"):
            schema, _ = self.type(text[:-1])
            return self.nullable(schema), None
        if text.endswith("[]"):
            schema, example = self.type(text[:-2])
            return {"type": "array", "items": schema}, [example]
        if match := re.fullmatch(r"(page|edited|map)\((.+)\)", text):
            return self.around(match[1], match[2])
        if text.startswith("="):
            values = [int(value) if value.lstrip("-").isdigit() else value for value in text[1:].split(",")]
            return {"enum": values}, values[-1] if values == [0, 1] else values[0]
        name, _, bounds = text.rstrip("}").partition("{")
        low, high = [int(bound) if bound else None for bound in bounds.split("..")] if bounds else (None, None)
        plain = {"text": ("string", "Length", ""), "int": ("integer", "imum", 0), "number": ("number", "imum", 0)}
        if name in plain:
            kind, word, example = plain[name]
            schema = {"type": kind}
            schema |= {f"min{word}": low} if low is not None else {}
            schema |= {f"max{word}": high} if high is not None else {}
            return schema, example if kind == "string" or low is None else low
        simple = {
            "bool": ({"type": "boolean"}, True),
            "empty": ({"type": "object", "maxProperties": 0}, {}),
            "nothing": ({"type": "array", "maxItems": 0}, []),
            "file": ({"type": "string", "contentMediaType": "application/octet-stream"}, "(文件)"),
            "anything": ({}, {}),
        }
        if name in simple:
            return simple[name]
        return ref("schemas", name), self.example_of(name)

    def around(self, kind, inner):
        schema, example = self.type(inner)
        if kind == "map":
            return {"type": "object", "additionalProperties": schema}, {}
        if kind == "edited":
            # Not `prefixItems`, which schemathesis takes for the `items` of an older draft.
            either = {"anyOf": [schema, {"const": False}]}
            about = "修改之后的行，和固定的 false"
            pair = {"type": "array", "description": about, "items": either, "minItems": 2, "maxItems": 2}
            return pair | {"contains": {"const": False}, "maxContains": 1}, [example, False]
        rows = {"count": "int{0..} 总条数", "rows": f"{inner}[] 本页各行，新的在前"}
        page, _ = self.object(rows)
        return page, {"count": 1, "rows": [example]}

    @staticmethod
    def nullable(schema):
        if "type" in schema and isinstance(schema["type"], str):
            return schema | {"type": [schema["type"], "null"]}
        if "enum" in schema:
            return {"enum": [*schema["enum"], None]}
        return {"anyOf": [schema, {"type": "null"}]}

    def example_of(self, name):
        if name in EXAMPLES:
            return EXAMPLES[name]
        said = self.named[name]
        if "example" in said:
            return said["example"]
        return self.object(said["fields"])[1] if "fields" in said else self.schema(said)[1]

    def field(self, said):
        """The schema and an example of a field: `type what it is | example`, or an object with `fields`."""
        if isinstance(said, dict):
            return self.schema(said)
        said, _, told = said.partition(" | ")
        kind, _, about = said.partition(" ")
        schema, example = self.type(kind)
        if told:
            is_text = kind.rstrip("?").split("{")[0] in ("text", "AnyId", "Id", "Time", "Day", "file")
            example = told if is_text and not told.startswith('"') else yaml.safe_load(told)
        return schema | ({"description": about.strip()} if about else {}), example

    def schema(self, said):
        """A schema that is written out: fields, a type, or plain JSON Schema."""
        about = {"description": said["about"]} if "about" in said else {}
        if "fields" in said:
            schema, example = self.object(said["fields"], said.get("open", False))
        elif "is" in said:
            schema, example = self.type(said["is"])
        else:
            schema, example = said["schema"], said.get("example")
        return about | schema, said.get("example", example)

    def object(self, fields, is_open=False):
        """An object of exactly these fields; those whose name ends in `?` may be missing."""
        properties, required, example = {}, [], {}
        for name, said in fields.items():
            is_optional = name.endswith("?")
            name = name.rstrip("?")
            properties[name], shown = self.field(said)
            if not is_optional:
                required.append(name)
            if not is_optional or (isinstance(said, str) and " | " in said):
                example[name] = shown
        schema = {"type": "object", "properties": properties}
        schema |= {"required": required} if required else {}
        schema |= {} if is_open else {"additionalProperties": False}
        return schema, example


def success(joiner, route):
    """What the route answers when all is well: the envelope around `data`, or whatever `answer` lists."""
    if "answer" in route:
        content = {}
        for media, said in route["answer"].items():
            schema, example = joiner.field(said)
            content[media] = {"schema": schema} | ({"example": example} if example is not None else {})
            if isinstance(said, dict) and "item" in said:
                content[media]["x-item-schema"] = ref("schemas", said["item"])
        return content
    schema, example = joiner.field(route["data"])
    say = route.get("say", "")
    envelope = {
        "type": "object",
        "properties": {
            "code": {"const": 0},
            "data": schema,
            "message": {"type": "string"},
        },
        "required": ["code", "data", "message"],
        "additionalProperties": False,
    }
    if route.get("slow"):
        envelope = {"anyOf": [envelope, ref("schemas", "Refusal"), ref("schemas", "Failure")]}
    return {"application/json": {"schema": envelope, "example": {"code": 0, "data": example, "message": say}}}


def refusal(status, said, is_open_ai):
    """A refusal of the route's own, with its sentences."""
    sentences = said if isinstance(said, list) else [said]
    about = "拒绝，`message` 如：" + "、".join(f"`{sentence}`" for sentence in sentences)
    if is_open_ai:
        code = {404: "model_not_found", 409: "conflict", 403: "permission_denied"}.get(status)
        error = {"message": sentences[0], "type": "invalid_request_error", "param": None, "code": code}
        schema, example = "OpenAiRefusal", {"error": error}
        about = about.replace("`message`", "`error.message`")
    else:
        schema, example = "Refusal", {"code": -1, "data": {}, "message": sentences[0]}
    content = {"application/json": {"schema": ref("schemas", schema), "example": example}}
    return {"description": about, "headers": {"x-request-id": ref("headers", "RequestId")}, "content": content}


def responses(joiner, route, is_open_ai):
    access = route["access"]
    head = {"x-request-id": ref("headers", "RequestId")}
    found = {"200": {"description": route.get("then", "成功"), "headers": head, "content": success(joiner, route)}}
    own = {status: refusal(status, said, is_open_ai) for status, said in route.get("refuses", {}).items()}
    if 401 in own:
        own[401] = ref("responses", "LoggedOut")
    named = "OpenAi" if is_open_ai else ""
    common = {413: f"{named}TooLarge", 429: f"{named}TooMany", "5XX": f"{named}Failure"}
    if access in ("user", "administrator", "key"):
        common[401] = f"{named}LoggedOut"
    if access == "administrator":
        common[403] = "Forbidden"
    for status, name in common.items():
        own.setdefault(status, ref("responses", name))
    if "elsewhere" in route:
        place = {"description": "所在的网址", "schema": {"type": "string"}}
        content = {"text/plain; charset=utf-8": {"schema": {"type": "string", "maxLength": 0}, "example": ""}}
        found["302"] = {"description": route["elsewhere"], "headers": head | {"location": place}, "content": content}
    return found | {str(status): own[status] for status in sorted(own, key=str)}


def parameters(joiner, route):
    found = []
    for place in ("path", "query"):
        fields = dict(route.get(place, {}))
        if place == "query" and route.get("pages"):
            fields = PAGING | fields
        for name, said in fields.items():
            schema, example = joiner.field(said)
            about = schema.pop("description", "")
            parameter = {"name": name.rstrip("?"), "in": place, "required": not name.endswith("?")}
            parameter |= {"description": about, "schema": schema}
            if " | " in said or not name.endswith("?"):
                parameter["example"] = example
            found.append(parameter)
    return {"parameters": found} if found else {}


def body(joiner, route):
    if "body" not in route and "form" not in route:
        return {}
    content, is_required = {}, False
    for media, place in (("application/json", "body"), ("multipart/form-data", "form")):
        if place in route:
            said = route[place]
            schema, example = joiner.schema(said) if "schema" in said else joiner.object(said, is_open=True)
            content[media] = {"schema": schema, "example": example}
            is_required = is_required or bool(schema.get("required"))
    return {"requestBody": {"required": is_required, "content": content}}


def operation(joiner, tag, method, path, route):
    words = re.sub(r"[{}]", "", path.removeprefix("/api")).strip("/")
    about = " ".join(part for part in (ACCESS[route["access"]], route.get("about", "")) if part)
    found = {
        "tags": [f"{tag}（管理）" if path.startswith("/api/admin/") else tag],
        "summary": route["summary"],
        "description": about,
        "operationId": re.sub(r"\W+", "_", f"{method}_{words}"),
        "security": SECURITY[route["access"]],
    }
    found |= parameters(joiner, route) | (body(joiner, route) if method not in ("get", "delete") else {})
    return found | {"responses": responses(joiner, route, path.startswith(("/v1/", "/dashboard/")))}


def joined():
    """The document."""
    head = yaml.safe_load((SOURCES / "document.yaml").read_text("utf-8"))
    parts = [yaml.safe_load((SOURCES / f"{name}.yaml").read_text("utf-8")) for name in head.pop("parts")]
    named = head["components"].pop("schemas")
    for part in parts:
        named |= part.get("schemas", {})
    joiner = Joiner(named)
    paths, tags = {}, []
    for part in parts:
        for key, route in part["routes"].items():
            method, _, rest = key.partition(" ")
            for path in rest.split(" and "):
                for verb in ("get", "post") if method == "ANY" else (method.lower(),):
                    found = operation(joiner, part["tag"], verb, path, route)
                    paths.setdefault(path, {})[verb] = found
                    tags += [name for name in found["tags"] if name not in tags]
    components = {"schemas": {name: joiner.schema(said)[0] for name, said in named.items()}} | head.pop("components")
    document = {"openapi": "3.1.0"} | head
    return document | {"tags": [{"name": name} for name in tags], "paths": paths, "components": components}


def main():
    text = json.dumps(joined(), ensure_ascii=False, separators=(",", ":")) + "\n"
    if sys.argv[1:] != ["--check"]:
        DOCUMENT.write_text(text, "utf-8")
    elif DOCUMENT.read_text("utf-8") != text:
        sys.exit("functions/site/src/openapi.json is not what its sources say: run infra/openapi/join.py")


if __name__ == "__main__":
    main()
