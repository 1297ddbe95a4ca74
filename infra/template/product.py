"""The template as the tests look at it, and the code that it deploys."""

import re
from typing import Iterator

import expand

SOURCE = expand.source()
RESOURCES = expand.expanded()["Resources"]
EVENTS = expand.ROOT / "events"
# What API Gateway calls a route of any method. SAM answers OPTIONS by itself.
ANY = "x-amazon-apigateway-any-method"
INDEXES = ("due", "list", "owner")
# Which pictures everybody may get and functions may write.
PICTURES = {"Fn::Sub": "${ImageBucket.Arn}/public/*"}
# What streams, and for how long at most.
STREAMED = {
    ("/api/admin/export/{list}", "get"): 900_000,
    ("/api/admin/uploads", "get"): 300_000,
    ("/api/admin/uploads/{id}", "delete"): 300_000,
    ("/api/chat/completion", "post"): 900_000,
    ("/api/chat/completions", "post"): 900_000,
    ("/api/images", "get"): 300_000,
    ("/api/images", "put"): 300_000,
    ("/api/images/generations", "post"): 300_000,
    ("/api/upload", "get"): 300_000,
    ("/api/upload", "post"): 300_000,
    ("/api/upload/{id}", "delete"): 300_000,
    ("/v1/chat/completions", "post"): 900_000,
    ("/v1/images/generations", "post"): 300_000,
}


def of_type(kind: str, resources: dict = RESOURCES) -> dict:
    """The resources of one type by logical id."""
    return {name: resource for name, resource in resources.items() if resource["Type"] == kind}


def items(value) -> list:
    """A list as it is, anything else as a list of one."""
    return value if isinstance(value, list) else [value]


FUNCTIONS = of_type("AWS::Lambda::Function")
OPENAPI = RESOURCES["Api"]["Properties"]["Body"]
OPERATIONS = [
    (path, "any" if method == ANY else method, operation)
    for path, methods in OPENAPI["paths"].items()
    for method, operation in methods.items()
    if method != "options"
]


def function_of(operation: dict) -> str:
    """The logical id of the function behind an operation."""
    return re.search(r"functions/\$\{(\w+)\.Arn\}/", operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"])[1]


def statements(resources: dict = RESOURCES) -> Iterator[tuple[str, dict]]:
    """Every statement of every role with the role's name."""
    for name, role in of_type("AWS::IAM::Role", resources).items():
        for policy in role["Properties"].get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement


def deployed_with(package: str) -> set:
    """The folders of a function's own code and of the shared crates that it stands on."""
    folders, waiting = set(), [expand.ROOT / "functions" / package]
    while waiting:
        folder = waiting.pop()
        if folder not in folders:
            folders.add(folder)
            manifest = (folder / "Cargo.toml").read_text(encoding="utf-8").partition("[dev-dependencies]")[0]
            names = re.findall(r"^([\w-]+)[. =]", manifest.partition("[dependencies]")[2], re.MULTILINE)
            waiting.extend(expand.ROOT / "shared" / name for name in names if (expand.ROOT / "shared" / name).is_dir())
    return folders


def code(package: str) -> Iterator[str]:
    """The text of each file that a function is made of."""
    for folder in deployed_with(package):
        for file in (folder / "src").rglob("*.rs"):
            yield file.read_text(encoding="utf-8")


def log_lines(package: str) -> Iterator[tuple[str, set]]:
    """The messages that a function's code logs, each with the names of the fields beside it."""
    for text in code(package):
        for fields, message in re.findall(r'\btracing::(?:error|warn|info)!\(([^"]*)"([^"]+)"', text):
            yield message, set(re.findall(r"(?:^|,)\s*[%?]?(\w+)(?=\s*[=,])", fields))
