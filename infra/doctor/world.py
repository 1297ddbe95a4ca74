"""What the scripted AWS says: an account in which one stack is deployed as it should be; tests break things in it."""

import datetime
import re
from pathlib import Path
from typing import Any

from scripted_aws import Refusal

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT, REGION, STACK = "123456789012", "eu-central-1", "chat"
ADMINISTRATOR, SENDER = "owner@shop.example", "no-reply@mail.shop.example"
WHEN = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
PACKAGES = sorted(folder.parent.name for folder in (ROOT / "functions").glob("*/Cargo.toml"))
STREAMED = re.compile(r"Method: (\w+)\n +Path: \"?([^\s\"]+)\"?\n(?: +#[^\n]*\n)* +ResponseTransferMode: RESPONSE_STREAM")
NOT_FOUND = Refusal("ResourceNotFoundException", "not found", 404)
# A page of CloudFormation's lists here: small, so that there are several.
PAGE = 10


def streamed() -> list[tuple[str, str]]:
    """Methods and paths of the routes that template.yaml streams."""
    return STREAMED.findall((ROOT / "template.yaml").read_text(encoding="utf-8"))


def _index(name: str) -> dict[str, Any]:
    keys = [{"AttributeName": f"{name}_pk", "KeyType": "HASH"}, {"AttributeName": f"{name}_sk", "KeyType": "RANGE"}]
    return {"IndexName": name, "IndexStatus": "ACTIVE", "KeySchema": keys}


class World:
    """The account. Everything in it can be changed."""

    def __init__(self, api_url: str) -> None:
        arn = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/0"
        self.parameters = {"Stage": "prod", "AdminAccount": ADMINISTRATOR, "MailSender": SENDER, "AllowedOrigin": "*"}
        self.parameters |= {"Architecture": "arm64", "PublicUrl": "", "AlarmEmail": ADMINISTRATOR}
        self.outputs = {"ApiUrl": api_url, "TableName": f"{STACK}-Table-1", "ImagesBaseUrl": "https://pictures.invalid"}
        self.stack: dict[str, Any] = {
            "StackName": STACK,
            "StackId": arn,
            "StackStatus": "UPDATE_COMPLETE",
            "CreationTime": WHEN,
            "LastUpdatedTime": WHEN,
        }
        self.events: list[dict[str, Any]] = []
        self.caller: dict[str, Any] | Refusal = {
            "Account": ACCOUNT,
            "Arn": f"arn:aws:iam::{ACCOUNT}:user/ada",
            "UserId": "AIDA",
        }
        self._makes_mail()
        self._makes_data()
        self._makes_functions()
        self._makes_alarms()
        self.refused: dict[str, Refusal] = {}

    def _makes_mail(self) -> None:
        quota = {"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 120.0}
        self.mail: dict[str, Any] = {
            "ProductionAccessEnabled": True,
            "SendingEnabled": True,
            "EnforcementStatus": "HEALTHY",
            "SendQuota": quota,
        }
        dkim = {"SigningEnabled": True, "Status": "SUCCESS", "Tokens": ["aaa", "bbb", "ccc"]}
        domain = {
            "IdentityType": "DOMAIN",
            "VerifiedForSendingStatus": True,
            "VerificationStatus": "SUCCESS",
            "DkimAttributes": dkim,
        }
        self.identities: dict[str, dict[str, Any]] = {"shop.example": domain}
        reasons = {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}
        self.settings: dict[str, Any] = {"SendingOptions": {"SendingEnabled": True}, "SuppressionOptions": reasons}
        self.suppressed: dict[str, str] = {}

    def _makes_data(self) -> None:
        self.secret: dict[str, Any] = {
            "Name": "Secret-1",
            "ARN": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:Secret-1",
        }
        self.table: dict[str, Any] = {
            "TableName": f"{STACK}-Table-1",
            "TableStatus": "ACTIVE",
            "ItemCount": 12,
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            "GlobalSecondaryIndexes": [_index(name) for name in ("due", "list", "owner")],
        }
        self.versioning: dict[str, Any] | Refusal = {"Status": "Enabled"}
        self.block = {"BlockPublicAcls": True, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}
        self.policy: dict[str, Any] | Refusal = {"PolicyStatus": {"IsPublic": True}}
        self.expiry = {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
        self.recovery: dict[str, Any] = {"PointInTimeRecoveryStatus": "ENABLED", "EarliestRestorableDateTime": WHEN}

    def _makes_functions(self) -> None:
        self.functions: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, dict[str, Any]] = {}
        self.reserved: dict[str, int] = {}
        for package in PACKAGES:
            name, group = f"{STACK}-{package.title()}-1", f"{STACK}-{package.title()}Log-1"
            self.functions[name] = {
                "FunctionName": name,
                "State": "Active",
                "LastUpdateStatus": "Successful",
                "Runtime": "provided.al2023",
                "Architectures": ["arm64"],
                "LoggingConfig": {"LogFormat": "JSON", "LogGroup": group},
            }
            self.groups[group] = {"logGroupName": group, "retentionInDays": 30}
        self.limits = {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}
        self.rule: dict[str, Any] = {"Name": "rule-1", "State": "ENABLED", "ScheduleExpression": "rate(1 minute)"}
        self.gateway: dict[str, Any] = {"throttleSettings": {"rateLimit": 10_000.0, "burstLimit": 5_000}}
        self.gateway["cloudwatchRoleArn"] = f"arn:aws:iam::{ACCOUNT}:role/logs"
        self.modes = dict.fromkeys(streamed(), "STREAM")

    def _makes_alarms(self) -> None:
        self.subscription = {
            "SubscriptionArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms:1",
            "Endpoint": ADMINISTRATOR,
            "Protocol": "email",
        }
        names = [f"{STACK}-Errors-1", f"{STACK}-BooksDiffer-1"]
        self.alarms = {name: {"AlarmName": name, "StateValue": "OK", "ActionsEnabled": True} for name in names}
        self.resources = [
            self._resource("Table", "AWS::DynamoDB::Table", self.table["TableName"]),
            self._resource("Secret", "AWS::SecretsManager::Secret", self.secret["ARN"]),
            self._resource("Api", "AWS::ApiGateway::RestApi", "api1"),
            self._resource("JanitorEveryMinute", "AWS::Events::Rule", "rule-1"),
            self._resource("ImageBucket", "AWS::S3::Bucket", "bucket-1"),
            self._resource("MailSettings", "AWS::SES::ConfigurationSet", "settings-1"),
            self._resource("AlarmTopic", "AWS::SNS::Topic", f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"),
            *(self._resource(name.split("-")[1], "AWS::CloudWatch::Alarm", name) for name in names),
            *(self._resource(name.split("-")[1], "AWS::Lambda::Function", name) for name in self.functions),
            *(self._resource(name.split("-")[1], "AWS::Logs::LogGroup", name) for name in self.groups),
        ]

    @staticmethod
    def _resource(logical: str, kind: str, physical: str) -> dict[str, Any]:
        row = {"LogicalResourceId": logical, "ResourceType": kind, "PhysicalResourceId": physical}
        return {**row, "ResourceStatus": "UPDATE_COMPLETE", "LastUpdatedTimestamp": WHEN}

    def answers(self, region: str, service: str, operation: str, parameters: dict[str, Any]) -> Any:
        """What an operation answers."""
        name = f"{service}:{operation}"
        if name in self.refused:
            raise self.refused[name]
        if region != REGION and name == "cloudformation:DescribeStacks":
            if "StackName" in parameters:
                raise Refusal("ValidationError", f"Stack with id {parameters['StackName']} does not exist")
            return {"Stacks": []}
        # SES and API Gateway each have one of this name.
        is_gateway = name == "apigateway:GetAccount"
        value = self.gateway if is_gateway else getattr(self, f"on_{operation}")(parameters)
        if isinstance(value, Refusal):
            raise value
        return value

    def on_GetCallerIdentity(self, _: dict[str, Any]) -> Any:
        return self.caller

    def on_DescribeStacks(self, asked: dict[str, Any]) -> Any:
        if asked.get("StackName", STACK) != STACK:
            return Refusal("ValidationError", f"Stack with id {asked['StackName']} does not exist")
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in self.parameters.items()]
        public = self.parameters["PublicUrl"] or self.outputs.get("ApiUrl", "")
        outputs = [
            {"OutputKey": key, "OutputValue": value} for key, value in {"PublicBaseUrl": public, **self.outputs}.items()
        ]
        return {"Stacks": [{**self.stack, "Parameters": parameters, "Outputs": outputs}]}

    def on_DescribeStackEvents(self, _: dict[str, Any]) -> Any:
        return {"StackEvents": self.events}

    def on_ListStackResources(self, asked: dict[str, Any]) -> Any:
        start = int(asked.get("NextToken", 0))
        page = {"StackResourceSummaries": self.resources[start : start + PAGE]}
        more = start + PAGE < len(self.resources)
        return {**page, "NextToken": str(start + PAGE)} if more else page

    def on_GetEmailIdentity(self, asked: dict[str, Any]) -> Any:
        return self.identities.get(asked["EmailIdentity"]) or Refusal("NotFoundException", "no such identity", 404)

    def on_GetAccount(self, _: dict[str, Any]) -> Any:
        return self.mail

    def on_GetConfigurationSet(self, _: dict[str, Any]) -> Any:
        return self.settings or Refusal("NotFoundException", "no such set", 404)

    def on_GetSuppressedDestination(self, asked: dict[str, Any]) -> Any:
        address = asked["EmailAddress"]
        if address not in self.suppressed:
            return Refusal("NotFoundException", "not on the list", 404)
        return {
            "SuppressedDestination": {
                "EmailAddress": address,
                "Reason": self.suppressed[address],
                "LastUpdateTime": WHEN,
            }
        }

    def on_DescribeSecret(self, _: dict[str, Any]) -> Any:
        return self.secret or NOT_FOUND

    def on_DescribeTable(self, _: dict[str, Any]) -> Any:
        return {"Table": self.table} if self.table else NOT_FOUND

    def on_DescribeTimeToLive(self, _: dict[str, Any]) -> Any:
        return {"TimeToLiveDescription": self.expiry}

    def on_DescribeContinuousBackups(self, _: dict[str, Any]) -> Any:
        return {
            "ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": self.recovery,
            }
        }

    def on_GetBucketVersioning(self, _: dict[str, Any]) -> Any:
        return self.versioning

    def on_GetPublicAccessBlock(self, _: dict[str, Any]) -> Any:
        return {"PublicAccessBlockConfiguration": self.block}

    def on_GetBucketPolicyStatus(self, _: dict[str, Any]) -> Any:
        return self.policy

    def on_GetFunctionConfiguration(self, asked: dict[str, Any]) -> Any:
        return self.functions.get(asked["FunctionName"]) or NOT_FOUND

    def on_GetFunctionConcurrency(self, asked: dict[str, Any]) -> Any:
        name = asked["FunctionName"]
        return {"ReservedConcurrentExecutions": self.reserved[name]} if name in self.reserved else {}

    def on_GetAccountSettings(self, _: dict[str, Any]) -> Any:
        return {"AccountLimit": self.limits}

    def on_DescribeLogGroups(self, asked: dict[str, Any]) -> Any:
        return {"logGroups": [row for name, row in self.groups.items() if name.startswith(asked["logGroupNamePrefix"])]}

    def on_DescribeRule(self, _: dict[str, Any]) -> Any:
        return self.rule or NOT_FOUND

    def on_GetResources(self, _: dict[str, Any]) -> Any:
        paths = sorted({path for _, path in self.modes})
        return {"items": [{"id": path.replace("/", "-"), "path": path} for path in paths]}

    def on_GetIntegration(self, asked: dict[str, Any]) -> Any:
        route = (asked["httpMethod"], asked["resourceId"].replace("-", "/"))
        if route not in self.modes:
            return Refusal("NotFoundException", "no such integration", 404)
        return {"type": "AWS_PROXY", "responseTransferMode": self.modes[route]}

    def on_ListSubscriptionsByTopic(self, _: dict[str, Any]) -> Any:
        return {"Subscriptions": [self.subscription] if self.subscription else []}

    def on_DescribeAlarms(self, asked: dict[str, Any]) -> Any:
        return {"MetricAlarms": [self.alarms[name] for name in asked["AlarmNames"] if name in self.alarms]}
