"""The stack that is looked at: AWS's clients, each with its bounds, and what CloudFormation tells of it, asked once."""

import functools
import os
import shlex
from collections.abc import Callable
from typing import Any

import boto3
import botocore.config
import botocore.exceptions

CONFIG = botocore.config.Config(
    connect_timeout=5, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 3}
)
# CloudFormation lists a hundred resources a page, and a stack has at most five hundred.
PAGES_MAX = 10


def found(call: Callable[..., Any], code: str, **arguments: Any) -> Any:
    """What a call answers; None when it says by this code that the thing is not there."""
    try:
        return call(**arguments)
    except botocore.exceptions.ClientError as error:
        if error.response.get("Error", {}).get("Code") == code:
            return None
        raise


class Site:
    """One deployed stack, and how it was asked for."""

    def __init__(self, name: str, region: str | None, profile: str | None, token: str, model: str, prompt: str) -> None:
        self.name, self.profile = name, profile
        self.token, self.model, self.prompt = token, model, prompt
        # The CLI reads AWS_REGION first, boto3 not at all.
        self._region = region or os.environ.get("AWS_REGION") or None
        self._clients: dict[str, Any] = {}

    @functools.cached_property
    def session(self) -> boto3.Session:
        """The profile's session. Nothing is called yet."""
        return boto3.Session(profile_name=self.profile, region_name=self._region)

    @property
    def region(self) -> str | None:
        """The region that is looked at, if any is known."""
        try:
            return self.session.region_name
        except botocore.exceptions.ProfileNotFound:
            return self._region

    def client(self, service: str) -> Any:
        """A service's client."""
        if service not in self._clients:
            self._clients[service] = self.session.client(service, config=CONFIG)
        return self._clients[service]

    def pages(self, service: str, operation: str, key: str, **arguments: Any) -> list[Any]:
        """What a paged call lists, up to a bound."""
        rows: list[Any] = []
        pages = self.client(service).get_paginator(operation).paginate(**arguments)
        for _, page in zip(range(PAGES_MAX), pages, strict=False):
            rows += page.get(key, [])
        return rows

    @property
    def where(self) -> str:
        """The region and the profile that were looked at, as commands take them."""
        profile = f" --profile {shlex.quote(self.profile)}" if self.profile else ""
        return f"--region {self.region}{profile}"

    def aws(self, command: str) -> str:
        """A command for the person to run."""
        return f"aws {command} {self.where}"

    def deploy(self, overrides: str = "") -> str:
        """The command that deploys this checkout. Unbuilt it would upload sources; what it does not name stays."""
        parameters = f" --parameter-overrides {overrides}" if overrides else ""
        which = f"--config-file infra/samconfig.toml --stack-name {self.name}"
        return f"sam build && sam deploy {which} {self.where}{parameters}"

    def replace(self) -> str:
        """How to get back what was deleted by hand: while the template says the same, nothing is made anew."""
        return f"deploy twice, once without it in template.yaml and once with it again: {self.deploy()}"

    def console(self, service: str, page: str) -> str:
        """The address of a page of the console."""
        return f"https://{self.region}.console.aws.amazon.com/{service}/home?region={self.region}#{page}"

    @functools.cached_property
    def stack(self) -> dict[str, Any]:
        """What CloudFormation says of it."""
        return self.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]

    @functools.cached_property
    def parameters(self) -> dict[str, str]:
        """The stack's parameters. Stacks of other versions lack some."""
        return {row["ParameterKey"]: row.get("ParameterValue", "") for row in self.stack.get("Parameters", [])}

    @functools.cached_property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs."""
        return {row["OutputKey"]: row["OutputValue"] for row in self.stack.get("Outputs", [])}

    @functools.cached_property
    def resources(self) -> list[dict[str, Any]]:
        """The stack's resources."""
        return self.pages("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=self.name)

    def of_type(self, kind: str) -> dict[str, str]:
        """The names in AWS of the resources of a type, by their names in the template."""
        rows = (row for row in self.resources if row["ResourceType"] == kind)
        return {row["LogicalResourceId"]: row.get("PhysicalResourceId", "") for row in rows}

    @property
    def api_url(self) -> str:
        """API Gateway's own address of the API."""
        return self.outputs["ApiUrl"].rstrip("/")

    @property
    def public_url(self) -> str:
        """The address that people and payment providers are told."""
        return (self.outputs.get("PublicBaseUrl") or self.parameters.get("PublicUrl") or self.api_url).rstrip("/")
