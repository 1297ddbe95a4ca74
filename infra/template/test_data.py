"""What must hold of the pictures, the table and the secret, and of the schedule."""

import unittest

import expand
from product import FUNCTIONS, INDEXES, PICTURES, of_type


class Pictures(unittest.TestCase):
    def setUp(self):
        (self.bucket,) = of_type("AWS::S3::Bucket").values()
        (self.policy,) = of_type("AWS::S3::BucketPolicy").values()

    def test_everybody_gets_pictures_and_nobody_lists_them(self):
        self.assertEqual(self.policy["Properties"]["Bucket"], {"Ref": "ImageBucket"})
        allowed = [s for s in self.policy["Properties"]["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"]
        (allowed,) = allowed
        self.assertEqual((allowed["Principal"], allowed["Action"], allowed["Resource"]), ("*", "s3:GetObject", PICTURES))

    def test_nothing_is_done_without_tls(self):
        denied = [s for s in self.policy["Properties"]["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
        (denied,) = denied
        self.assertEqual((denied["Principal"], denied["Action"]), ("*", "s3:*"))
        self.assertEqual(denied["Resource"], [{"Fn::GetAtt": ["ImageBucket", "Arn"]}, {"Fn::Sub": "${ImageBucket.Arn}/*"}])
        self.assertEqual(denied["Condition"], {"Bool": {"aws:SecureTransport": "false"}})

    def test_no_object_is_public_but_by_the_policy(self):
        block = self.bucket["Properties"]["PublicAccessBlockConfiguration"]
        self.assertTrue(block["BlockPublicAcls"] and block["IgnorePublicAcls"])
        # These two would refuse the policy.
        self.assertFalse(block["BlockPublicPolicy"] or block["RestrictPublicBuckets"])
        rules = self.bucket["Properties"]["OwnershipControls"]["Rules"]
        self.assertEqual(rules, [{"ObjectOwnership": "BucketOwnerEnforced"}])

    def test_pictures_are_encrypted_and_what_was_deleted_ends(self):
        properties = self.bucket["Properties"]
        (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        self.assertEqual(rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"], "AES256")
        self.assertEqual(properties["VersioningConfiguration"]["Status"], "Enabled")
        rules = properties["LifecycleConfiguration"]["Rules"]
        self.assertTrue(all(rule["Status"] == "Enabled" for rule in rules))
        (passing,) = [rule for rule in rules if "Prefix" in rule]
        ends = {key: value for rule in rules if rule is not passing for key, value in rule.items()}
        self.assertEqual(ends["NoncurrentVersionExpiration"], {"NoncurrentDays": 30})
        self.assertEqual(ends["AbortIncompleteMultipartUpload"], {"DaysAfterInitiation": 1})
        # What is current never ends by itself.
        self.assertFalse({"ExpirationInDays", "ExpirationDate", "Transitions"} & set(ends))
        # But for what is fetched once; its name is known to functions/images/src/files.rs alone.
        self.assertEqual((passing["Prefix"], passing["ExpirationInDays"]), ("public/passing/", 1))
        files = (expand.ROOT / "functions/images/src/files.rs").read_text()
        self.assertIn(f'"{passing["Prefix"].rstrip("/")}"', files)

    def test_pages_of_the_site_may_read_pictures(self):
        (rule,) = self.bucket["Properties"]["CorsConfiguration"]["CorsRules"]
        self.assertEqual((rule["AllowedMethods"], rule["AllowedOrigins"]), (["GET"], [{"Ref": "AllowedOrigin"}]))


class Data(unittest.TestCase):
    def test_the_table_is_on_demand_recoverable_and_forgets_by_ttl(self):
        (table,) = of_type("AWS::DynamoDB::Table").values()
        properties = table["Properties"]
        self.assertEqual(properties["BillingMode"], "PAY_PER_REQUEST")
        self.assertTrue(properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"])
        self.assertEqual(properties["TimeToLiveSpecification"], {"AttributeName": "ttl", "Enabled": True})

    def test_the_indexes_hold_keys_and_owners_alone_sorted_by_a_number(self):
        (table,) = of_type("AWS::DynamoDB::Table").values()
        properties = table["Properties"]
        indexes = {index["IndexName"]: index for index in properties["GlobalSecondaryIndexes"]}
        self.assertEqual(tuple(indexes), INDEXES)
        kinds = {"pk": "S", "sk": "S"}
        for name, index in indexes.items():
            with self.subTest(index=name):
                keys = [(key["AttributeName"], key["KeyType"]) for key in index["KeySchema"]]
                self.assertEqual(keys, [(f"{name}_pk", "HASH"), (f"{name}_sk", "RANGE")])
                with_owner = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["user"]}
                keys = with_owner if name == "list" else {"ProjectionType": "KEYS_ONLY"}
                self.assertEqual(index["Projection"], keys)
            kinds |= {f"{name}_pk": "S", f"{name}_sk": "N"}
        attributes = properties["AttributeDefinitions"]
        self.assertEqual({entry["AttributeName"]: entry["AttributeType"] for entry in attributes}, kinds)

    def test_what_cannot_be_made_again_outlives_the_stack(self):
        for kind in ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"):
            for name, resource in of_type(kind).items():
                with self.subTest(resource=name):
                    # But for a stack that could not be made: nothing is in it, and an orphan would cost.
                    self.assertEqual(resource["DeletionPolicy"], "RetainExceptOnCreate")
                    self.assertEqual(resource["UpdateReplacePolicy"], "Retain")

    def test_the_schedule_runs_every_minute_and_a_run_ends_before_the_next(self):
        (rule,) = of_type("AWS::Events::Rule").values()
        self.assertEqual(rule["Properties"]["ScheduleExpression"], "rate(1 minute)")
        self.assertEqual(rule["Properties"]["State"], "ENABLED")
        self.assertLess(FUNCTIONS["Janitor"]["Properties"]["Timeout"], 60)


if __name__ == "__main__":
    unittest.main()
