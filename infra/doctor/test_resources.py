"""Faults of mail, secret, table, functions, schedule, quotas and alarms."""

import unittest

from case import DoctorCase, after
from findings import FAIL, WARN
from scripted_aws import Refusal
from world import ADMINISTRATOR, SENDER, WHEN


class Mail(DoctorCase):
    def in_sandbox(self):
        self.world.mail["ProductionAccessEnabled"] = False

    def test_sandbox(self):
        self.in_sandbox()
        said = self.sees({"mail sandbox": WARN}, skipped={"mail suppression"})
        self.assertIn("put-account-details --production-access-enabled", said)

    def test_sandbox_that_locks_the_administrator_out(self):
        self.in_sandbox()
        self.world.parameters["AdminAccount"] = "ada@elsewhere.example"
        said = self.sees({"mail sandbox": FAIL}, skipped={"mail suppression"})
        self.assertIn("create-email-identity --email-identity ada@elsewhere.example", said)

    def test_sending_switched_off(self):
        self.world.mail |= {"SendingEnabled": False, "EnforcementStatus": "SHUTDOWN"}
        said = self.sees({"mail sending": FAIL}, skipped=after("mail sending"))
        self.assertIn("SHUTDOWN", said)

    def test_shut_down(self):
        self.world.mail["EnforcementStatus"] = "SHUTDOWN"
        self.sees({"mail sending": FAIL}, skipped=after("mail sending"))

    def test_probation(self):
        self.world.mail["EnforcementStatus"] = "PROBATION"
        self.sees({"mail sending": WARN})

    def test_quota_nearly_used(self):
        self.world.mail["SendQuota"] = {"Max24HourSend": 200.0, "SentLast24Hours": 160.0, "MaxSendRate": 1.0}
        self.sees({"mail quota": WARN})

    def test_quota_used(self):
        self.world.mail["SendQuota"] = {"Max24HourSend": 200.0, "SentLast24Hours": 200.0, "MaxSendRate": 1.0}
        self.sees({"mail quota": FAIL})

    def test_settings_gone(self):
        self.world.settings = {}
        self.sees({"mail settings": FAIL})

    def test_settings_switched_off(self):
        self.world.settings["SendingOptions"] = {"SendingEnabled": False}
        self.assertIn("put-configuration-set-sending-options", self.sees({"mail settings": FAIL}))

    def test_settings_without_suppression(self):
        self.world.settings["SuppressionOptions"] = {"SuppressedReasons": ["BOUNCE"]}
        self.sees({"mail settings": WARN})

    def test_identity_unknown(self):
        self.world.identities.clear()
        said = self.sees({"mail identity": FAIL}, skipped={"mail signature"})
        self.assertIn("create-email-identity --email-identity mail.shop.example", said)

    def test_identity_unverified(self):
        self.world.identities["shop.example"] |= {"VerifiedForSendingStatus": False, "VerificationStatus": "PENDING"}
        said = self.sees({"mail identity": FAIL}, skipped={"mail signature"})
        self.assertIn("aaa._domainkey.shop.example CNAME aaa.dkim.amazonses.com", said)

    def test_domain_unsigned(self):
        self.world.identities["shop.example"]["DkimAttributes"]["Status"] = "PENDING"
        self.sees({"mail signature": WARN})

    def test_address_alone(self):
        self.world.identities = {SENDER: {"IdentityType": "EMAIL_ADDRESS", "VerifiedForSendingStatus": True}}
        self.assertIn("create-email-identity --email-identity mail.shop.example", self.sees({"mail signature": WARN}))
        self.world.parameters["MailIdentity"] = "address"
        self.assertIn("MailIdentity=domain", self.sees({"mail signature": WARN}))

    def test_administrator_suppressed(self):
        self.world.suppressed[ADMINISTRATOR] = "BOUNCE"
        self.assertIn("delete-suppressed-destination", self.sees({"mail suppression": FAIL}))


class Data(DoctorCase):
    def test_secret_being_deleted(self):
        self.world.secret["DeletedDate"] = WHEN
        self.assertIn("restore-secret", self.sees({"secret": FAIL}))

    def test_secret_gone(self):
        self.world.secret = {}
        self.sees({"secret": FAIL})

    def test_table_gone(self):
        self.world.table = {}
        self.sees({"table": FAIL}, skipped=after("table"))

    def test_table_of_another_product(self):
        self.world.table["KeySchema"] = [{"AttributeName": "id", "KeyType": "HASH"}]
        self.sees({"table": FAIL}, skipped=after("table"))

    def test_index_missing(self):
        del self.world.table["GlobalSecondaryIndexes"][2]
        self.assertIn("owner is missing", self.sees({"table indexes": FAIL}))

    def test_index_being_built(self):
        self.world.table["GlobalSecondaryIndexes"][1]["IndexStatus"] = "CREATING"
        self.assertIn("list is CREATING", self.sees({"table indexes": FAIL}))

    def test_expiry_off(self):
        self.world.expiry = {"TimeToLiveStatus": "DISABLED"}
        self.sees({"table expiry": WARN})

    def test_expiry_by_something_else(self):
        self.world.expiry["AttributeName"] = "expires"
        self.sees({"table expiry": WARN})

    def test_recovery_off(self):
        self.world.recovery = {"PointInTimeRecoveryStatus": "DISABLED"}
        self.assertIn("update-continuous-backups --table-name chat-Table-1", self.sees({"table backups": FAIL}))


class Pictures(DoctorCase):
    def test_bucket_gone(self):
        self.world.versioning = Refusal("NoSuchBucket", "no such bucket", 404)
        self.sees({"pictures": FAIL})

    def test_blocked_by_hand(self):
        self.world.block["RestrictPublicBuckets"] = True
        self.assertIn("put-public-access-block --bucket bucket-1", self.sees({"pictures": FAIL}))

    def test_policy_gone(self):
        self.world.policy = Refusal("NoSuchBucketPolicy", "none", 404)
        self.sees({"pictures": FAIL})

    def test_no_versions(self):
        self.world.versioning = {}
        self.sees({"pictures": WARN})


class Functions(DoctorCase):
    def test_gone(self):
        del self.world.functions["chat-Shop-1"]
        self.assertIn("Shop is gone", self.sees({"functions": FAIL}))

    def test_failed(self):
        self.world.functions["chat-Chat-1"] |= {"State": "Failed", "StateReason": "image is broken"}
        self.assertIn("image is broken", self.sees({"functions": FAIL}))

    def test_update_failed(self):
        self.world.functions["chat-Chat-1"]["LastUpdateStatus"] = "Failed"
        self.sees({"functions": FAIL})

    def test_other_processor(self):
        self.world.functions["chat-Chat-1"]["Architectures"] = ["x86_64"]
        self.sees({"functions": FAIL})

    def test_never_deployed(self):
        self.world.resources = [row for row in self.world.resources if row["LogicalResourceId"] != "Janitor"]
        self.assertIn("not deployed: janitor", self.sees({"functions": FAIL}))

    def test_new_account(self):
        self.world.limits = {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}
        self.assertIn("--quota-code L-B99A9384", self.sees({"concurrency": WARN}))

    def test_switched_off(self):
        self.world.reserved["chat-Images-1"] = 0
        self.assertIn("delete-function-concurrency --function-name chat-Images-1", self.sees({"concurrency": FAIL}))

    def test_logs_for_ever(self):
        del self.world.groups["chat-ChatLog-1"]["retentionInDays"]
        self.assertIn("put-retention-policy --log-group-name chat-ChatLog-1", self.sees({"logs": WARN}))

    def test_no_logs(self):
        del self.world.groups["chat-ShopLog-1"]
        self.sees({"logs": WARN})

    def test_schedule_off(self):
        self.world.rule["State"] = "DISABLED"
        self.assertIn("enable-rule --name rule-1", self.sees({"schedule": FAIL}))

    def test_gateway_quota(self):
        self.world.gateway["throttleSettings"]["rateLimit"] = 100.0
        self.sees({"gateway": WARN})

    def test_gateway_without_log_role(self):
        del self.world.gateway["cloudwatchRoleArn"]
        self.sees({"gateway": WARN})

    def test_buffered_route(self):
        self.world.modes["POST", "/v1/chat/completions"] = "BUFFERED"
        self.assertIn("not set to stream: POST /v1/chat/completions", self.sees({"stream routes": FAIL}))

    def test_stream_route_missing(self):
        del self.world.modes["PUT", "/api/images"]
        self.assertIn("not deployed: PUT /api/images", self.sees({"stream routes": FAIL}))


class Alarms(DoctorCase):
    def test_no_address(self):
        self.world.parameters["AlarmEmail"] = ""
        self.sees({"alarm mail": WARN})

    def test_unconfirmed(self):
        self.world.subscription["SubscriptionArn"] = "PendingConfirmation"
        self.assertIn("has not confirmed", self.sees({"alarm mail": WARN}))

    def test_no_alarms(self):
        self.world.resources = [row for row in self.world.resources if row["ResourceType"] != "AWS::CloudWatch::Alarm"]
        self.sees({"alarms": WARN})
        self.world.parameters["AlarmEmail"] = ""
        self.sees({"alarm mail": WARN})

    def test_unsubscribed(self):
        self.world.subscription = {}
        self.sees({"alarm mail": WARN})

    def test_raised(self):
        self.world.alarms["chat-BooksDiffer-1"] |= {"StateValue": "ALARM", "StateReason": "1 is above 0"}
        self.assertIn("chat-BooksDiffer-1: 1 is above 0", self.sees({"alarms": WARN}))

    def test_gone(self):
        del self.world.alarms["chat-Errors-1"]
        self.sees({"alarms": FAIL})

    def test_silenced(self):
        self.world.alarms["chat-Errors-1"]["ActionsEnabled"] = False
        self.sees({"alarms": WARN})


if __name__ == "__main__":
    unittest.main()
