"""Expands template.yaml to the CloudFormation template that AWS makes of it, without AWS."""

import functools
import logging
import os
from pathlib import Path

# The translator asks the AWS SDK for a region; nothing is called.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

# It tells of switches of its own that it has no list of.
logging.getLogger("samtranslator").setLevel(logging.ERROR)

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"

# The only parameters without a default.
PARAMETERS = {"AdminAccount": "admin@example.com", "MailSender": "no-reply@example.com"}


class _ManagedPolicies:
    """Names that SAM may turn into ARNs; the template uses none of its policy templates."""

    @staticmethod
    def load():
        return {}


def source() -> dict:
    """The template as written, its tags in the long form."""
    return yaml_parse(TEMPLATE.read_text(encoding="utf-8"))


@functools.cache
def expanded(**parameters: str) -> dict:
    """The template as CloudFormation sees it when these parameters differ from their defaults. Not to be changed."""
    template = source()
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # `sam package` does the same after the build: code is uploaded and named by bucket and key.
            resource["Properties"]["CodeUri"] = "s3://packages/function.zip"
    return transform(template, PARAMETERS | parameters, _ManagedPolicies())
