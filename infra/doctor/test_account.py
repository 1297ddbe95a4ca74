"""Faults of who looks and when, and of the stack itself."""

import unittest

from case import KEYS, DoctorCase, after
from findings import FAIL, WARN
from scripted_aws import Refusal
from world import WHEN


class Account(DoctorCase):
    def test_all_is_well(self):
        self.sees({})

    def test_nothing_is_asked_for_that_is_secret(self):
        self.told()
        self.assertIn("secretsmanager:DescribeSecret", self.aws.called)
        reads = ("Get", "Describe", "List")
        self.assertEqual([name for name in self.aws.called if not name.partition(":")[2].startswith(reads)], [])
        forbidden = {"secretsmanager:GetSecretValue", "dynamodb:GetItem", "dynamodb:BatchGetItem"}
        self.assertEqual(forbidden & set(self.aws.called), set())

    def test_no_region(self):
        del self.environment["AWS_REGION"]
        said = self.sees({"region": FAIL}, skipped=after("region"))
        self.assertIn("--region", said)

    def test_an_unknown_profile(self):
        said = self.sees({"region": FAIL}, "--profile", "nobody", skipped=after("region"))
        self.assertIn("aws configure list-profiles", said)

    def test_no_credentials(self):
        for name in KEYS:
            del self.environment[name]
        said = self.sees({"credentials": FAIL}, skipped=after("credentials"))
        self.assertIn("aws configure sso", said)

    def test_credentials_that_have_ended(self):
        self.world.caller = Refusal("ExpiredToken", "The security token included in the request is expired", 403)
        said = self.sees({"credentials": FAIL}, skipped=after("credentials"))
        self.assertIn("ExpiredToken", said)
        self.assertIn("aws sso login", said)

    def test_a_clock_that_is_a_little_wrong(self):
        self.aws.ahead_seconds = 100
        said = self.sees({"clock": WARN})
        self.assertRegex(said, "(99|100|101) s behind AWS")

    def test_a_clock_that_is_wrong(self):
        self.aws.ahead_seconds = -400
        said = self.sees({"clock": FAIL})
        self.assertRegex(said, "(399|400|401) s ahead of AWS")

    def test_no_network(self):
        self.environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"
        said = self.sees({"clock": FAIL, "credentials": FAIL}, skipped=after("credentials"))
        self.assertIn("AWS does not answer: cannot reach http://127.0.0.1:9", said)

    def test_rights_that_are_missing(self):
        self.world.refused["dynamodb:DescribeContinuousBackups"] = Refusal("AccessDeniedException", "no", 400)
        said = self.sees({"table backups": FAIL})
        self.assertIn("may not look: DescribeContinuousBackups", said)


class Deployment(DoctorCase):
    def event(self, logical, status, reason="", physical="x"):
        about = {"StackId": self.world.stack["StackId"], "EventId": "1", "StackName": "chat", "Timestamp": WHEN}
        return {
            **about,
            "LogicalResourceId": logical,
            "PhysicalResourceId": physical,
            "ResourceStatus": status,
            "ResourceStatusReason": reason,
        }

    def rolled_back(self):
        """The events of a deployment that failed, newest first, and one of the deployment before it."""
        stack = self.world.stack["StackId"]
        self.world.events = [
            self.event("chat", "UPDATE_ROLLBACK_COMPLETE", physical=stack),
            self.event("Users", "UPDATE_FAILED", "Resource update cancelled"),
            self.event("Chat", "UPDATE_FAILED", "memory is out of range"),
            self.event("chat", "UPDATE_IN_PROGRESS", "User Initiated", stack),
            self.event("Site", "CREATE_FAILED", "long ago"),
        ]

    def test_another_name(self):
        said = self.sees({"stack": FAIL}, "--stack", "chatt", skipped=after("stack"))
        self.assertIn("Stacks of this kind here: chat", said)

    def test_another_region(self):
        # The account has no stacks there.
        said = self.sees({"stack": FAIL}, "--region", "us-west-2", skipped=after("stack"))
        self.assertIn("there is no stack chat in us-west-2", said)
        self.assertIn("Stacks of this kind here: none", said)

    def test_a_stack_that_was_rolled_back(self):
        self.world.stack["StackStatus"] = "UPDATE_ROLLBACK_COMPLETE"
        self.rolled_back()
        said = self.sees({"deployment": FAIL})
        self.assertIn("Why: Chat: memory is out of range →", said)

    def test_a_stack_that_never_came_to_be(self):
        self.world.stack["StackStatus"] = "ROLLBACK_COMPLETE"
        self.world.events = [self.event("Table", "CREATE_FAILED", "no <quota> & no table")]
        said = self.sees({"stack": FAIL}, skipped=after("stack"))
        self.assertIn("Table: no <quota> & no table", said)
        self.assertIn("delete-stack --stack-name chat --region eu-central-1", said)

    def test_a_rollback_that_failed(self):
        self.world.stack["StackStatus"] = "UPDATE_ROLLBACK_FAILED"
        self.assertIn("continue-update-rollback", self.sees({"deployment": FAIL}))

    def test_an_update_that_was_left_as_it_failed(self):
        self.world.stack["StackStatus"] = "UPDATE_FAILED"
        self.assertIn("cloudformation rollback-stack --stack-name chat", self.sees({"deployment": FAIL}))

    def test_a_deployment_that_runs(self):
        self.world.stack["StackStatus"] = "UPDATE_IN_PROGRESS"
        self.sees({"deployment": WARN})

    def test_another_product(self):
        del self.world.outputs["TableName"]
        self.sees({"stack": FAIL}, skipped=after("stack"))

    def test_a_resource_that_failed(self):
        self.world.resources[-1]["ResourceStatus"] = "DELETE_FAILED"
        self.sees({"resources": FAIL})

    def test_an_administrator_who_is_nobody(self):
        self.world.parameters["AdminAccount"] = "admin@example.com"
        said = self.sees({"parameters": FAIL}, skipped=after("parameters"))
        self.assertIn("admin@example.com, which is nobody's", said)

    def test_an_administrator_of_a_domain_that_only_looks_like_it(self):
        self.world.parameters["AdminAccount"] = "admin@myexample.com"
        self.sees({})


if __name__ == "__main__":
    unittest.main()
