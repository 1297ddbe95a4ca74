"""Expands template.yaml to the CloudFormation template that AWS makes of it, without AWS."""

import os
from pathlib import Path

# The translator asks the AWS SDK for a region; nothing is called.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"

# The only parameters without a default.
PARAMETERS = {"AdminAccount": "admin@example.com", "MailSender": "no-reply@example.com"}


class _ManagedPolicies:
    """Names that SAM may turn into ARNs; the template uses none of its policy templates."""

    @staticmethod
    def load():
        return {}


def source():
    """The template as written, its tags in the long form."""
    return yaml_parse(TEMPLATE.read_text(encoding="utf-8"))


def expanded():
    """The template as CloudFormation sees it."""
    template = source()
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # `sam package` does the same after the build: code is uploaded and named by bucket and key.
            resource["Properties"]["CodeUri"] = "s3://packages/function.zip"
    return transform(template, dict(PARAMETERS), _ManagedPolicies())
