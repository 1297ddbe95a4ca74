"""What the roles of the functions may do, and that it is no more than they need."""

import json
import unittest

from deployment import Deployment
from product import FUNCTIONS, INDEXES, PICTURES, RESOURCES, items, of_type, statements

# Managed policies cover what AWS offers no narrower way for: writing logs, and traces where they are asked for.
MANAGED_POLICIES = {"AWSLambdaBasicExecutionRole", "AmazonAPIGatewayPushToCloudWatchLogs"}
TRACING_POLICY = "AWSXrayWriteOnlyAccess"
TABLE_VERBS = ("GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem", "Query")
TABLE_ACTIONS = {f"dynamodb:{verb}" for verb in TABLE_VERBS}
# What may be done with pictures.
PICTURE_ACTIONS = {"s3:PutObject", "s3:DeleteObject"}


class Rights(unittest.TestCase):
    def test_no_right_is_wider_than_its_purpose(self):
        for role, statement in statements():
            with self.subTest(role=role, statement=statement.get("Sid")):
                self.assertEqual(statement["Effect"], "Allow")
                self.assertNotIn("NotAction", statement)
                self.assertNotIn("NotResource", statement)
                for action in items(statement["Action"]):
                    self.assertNotIn("*", action)
                    if action.startswith("dynamodb:"):
                        self.assertIn(action, TABLE_ACTIONS)
                for resource in items(statement["Resource"]):
                    self.check_resource(statement, resource)

    def check_resource(self, statement, resource):
        if statement.get("Sid") == "MailSettings":
            # One set of settings, which alone sends nothing: SES asks for the identity as well.
            self.assertEqual(items(statement["Action"]), ["ses:SendEmail"])
            self.assertTrue(resource["Fn::Sub"].endswith(":${AWS::AccountId}:configuration-set/${MailSettings}"))
        elif items(statement["Action"]) == ["ses:SendEmail"]:
            # SES decides by itself which identity a mail falls under; the sender is bound by the condition.
            self.assertTrue(resource["Fn::Sub"].endswith(":${AWS::AccountId}:identity/*"))
            self.assertEqual(statement["Condition"], {"StringEquals": {"ses:FromAddress": {"Ref": "MailSender"}}})
        elif resource == PICTURES:
            self.assertLessEqual(set(items(statement["Action"])), PICTURE_ACTIONS)
        else:
            self.assertNotIn("*", json.dumps(resource))
            # A bucket's own ARN is good for listing alone.
            self.assertNotIn("ImageBucket", json.dumps(resource))

    def test_indexes_are_queried_and_nothing_else(self):
        for role, statement in statements():
            for resource in items(statement["Resource"]):
                name = isinstance(resource, dict) and resource.get("Fn::Sub", "").partition("${Table.Arn}/index/")[2]
                if name:
                    with self.subTest(role=role, index=name):
                        self.assertIn(name, INDEXES)
                        self.assertEqual(items(statement["Action"]), ["dynamodb:Query"])

    def test_no_scan_anywhere(self):
        self.assertNotIn("Scan", json.dumps(RESOURCES))

    def test_roles_borrow_only_the_right_to_write_logs_and_traces_when_asked_for(self):
        for tracing in ("Disabled", "Active"):
            resources = Deployment(Tracing=tracing).resources
            functions = of_type("AWS::Lambda::Function", resources).values()
            roles = {function["Properties"]["Role"]["Fn::GetAtt"][0] for function in functions}
            for name, role in of_type("AWS::IAM::Role", resources).items():
                arns = role["Properties"].get("ManagedPolicyArns", [])
                borrowed = {(arn["Fn::Sub"] if isinstance(arn, dict) else arn).rsplit("/", 1)[1] for arn in arns}
                with self.subTest(tracing=tracing, role=name):
                    traces = tracing == "Active" and name in roles
                    self.assertEqual(TRACING_POLICY in borrowed, traces)
                    self.assertLessEqual(borrowed - {TRACING_POLICY}, MANAGED_POLICIES)

    def test_every_function_has_a_role_of_its_own(self):
        roles = [function["Properties"]["Role"]["Fn::GetAtt"][0] for function in FUNCTIONS.values()]
        self.assertEqual(len(roles), len(set(roles)))


if __name__ == "__main__":
    unittest.main()
