"""What mails are sent with, and what this stack asks SES to verify."""

import unittest

from deployment import Deployment
from product import items, statements


class Mail(unittest.TestCase):
    def test_an_address_that_bounces_or_complains_gets_no_more_mail(self):
        settings = Deployment().resources["MailSettings"]["Properties"]
        self.assertEqual(set(settings["SuppressionOptions"]["SuppressedReasons"]), {"BOUNCE", "COMPLAINT"})
        self.assertEqual(settings["DeliveryOptions"], {"TlsPolicy": "REQUIRE"})
        self.assertTrue(settings["ReputationOptions"]["ReputationMetricsEnabled"])

    def test_whoever_may_mail_is_told_the_settings_and_may_use_them(self):
        resources = Deployment().resources
        mailing = {role for role, statement in statements(resources) if "ses:SendEmail" in items(statement["Action"])}
        self.assertEqual(mailing, {"AuthRole"})
        sids = {statement["Sid"] for role, statement in statements(resources) if role == "AuthRole"}
        self.assertLessEqual({"Mail", "MailSettings"}, sids)
        for name, function in resources.items():
            if function["Type"] == "AWS::Lambda::Function":
                variables = function["Properties"]["Environment"]["Variables"]
                told = variables.get("MAIL_CONFIGURATION_SET")
                self.assertEqual(told, {"Ref": "MailSettings"} if name == "Auth" else None)

    def test_the_address_its_domain_or_nothing_is_verified(self):
        for kind, identity in (("address", "hi@mail.example.org"), ("domain", "mail.example.org")):
            with self.subTest(kind=kind):
                deployment = Deployment(MailIdentity=kind, MailSender="hi@mail.example.org")
                resource = deployment.resources["MailSenderIdentity"]
                self.assertEqual(deployment.text(resource["Properties"]["EmailIdentity"]), identity)
                # Mails go on while the next one is not verified; a failed first deployment leaves nothing in the way.
                self.assertEqual(resource["UpdateReplacePolicy"], "Retain")
                self.assertEqual(resource["DeletionPolicy"], "RetainExceptOnCreate")
                # Who has to set records is told them.
                self.assertEqual("MailDns" in deployment.outputs, kind == "domain")
        self.assertNotIn("MailSenderIdentity", Deployment(MailIdentity="none").resources)


if __name__ == "__main__":
    unittest.main()
