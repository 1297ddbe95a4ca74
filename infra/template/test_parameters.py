"""Parameters, conditions and rules: all used, and a whole deployment whatever they are."""

import re
import unittest

from deployment import Deployment, references
from product import SOURCE

DOMAIN = {"DomainName": "api.example.com", "CertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/0"}
# What makes each condition true, what makes it false, and what is deployed only when it is true.
CONDITIONS = {
    "BoundsChat": ({"ChatConcurrency": "9"}, {}, set()),
    "BoundsImages": ({"ImagesConcurrency": "9"}, {}, set()),
    "HasAlarms": (
        {"AlarmEmail": "me@example.com"},
        {},
        {"AlarmTopic", "ApiFailures", "BooksDiffer", "CodeMails", "FunctionErrors", "FunctionThrottles", "JanitorSilent"}
        | {"MailBounces", "MailComplaints", "PaymentsOdd", "PaymentsUnknown", "TableTroubles", "TurnsFail"}
        | {"UpstreamKeysGone"},
    ),
    "HasBudget": (
        {"AlarmEmail": "me@example.com", "MonthlyBudgetUsd": "20"},
        {"AlarmEmail": "me@example.com"},
        {"Budget"},
    ),
    "HasDashboard": ({}, {"Dashboard": "false"}, {"Overview"}),
    "HasDomain": (DOMAIN, {}, {"Domain", "DomainMapping"}),
    "HasDomainRecord": (DOMAIN | {"HostedZoneId": "Z01"}, DOMAIN, {"DomainRecord"}),
    "HasImagesUrl": ({"ImagesUrl": "https://cdn.example"}, {}, set()),
    "HasPublicUrl": ({"PublicUrl": "https://cdn.example"}, {}, set()),
    "HasWebAcl": ({"WebAcl": "true"}, {}, {"Firewall", "FirewallOfApi"}),
    "IsTraced": ({"Tracing": "Active"}, {}, set()),
    "MakesMailDomain": ({"MailIdentity": "domain"}, {"MailIdentity": "address"}, set()),
    "MakesMailIdentity": ({"MailIdentity": "address"}, {"MailIdentity": "none"}, {"MailSenderIdentity"}),
    "ManagesApiAccount": ({}, {"ManageApiAccount": "false"}, {"ApiAccount", "ApiLogRole"}),
}


def conditions_in(value) -> set:
    """Every condition that something in `value` hangs on."""
    if isinstance(value, list):
        return set().union(*map(conditions_in, value))
    if not isinstance(value, dict):
        return set()
    own = {value["Fn::If"][0]} if "Fn::If" in value else set()
    if isinstance(value.get("Condition"), str):
        own.add(value["Condition"])
    return own.union(*map(conditions_in, value.values()))


class Conditions(unittest.TestCase):
    def test_each_decides_over_its_resources_both_ways_and_leaves_nothing_dangling(self):
        self.assertEqual(set(CONDITIONS), set(SOURCE["Conditions"]))
        for name, (on, off, only) in CONDITIONS.items():
            with self.subTest(condition=name):
                with_it, without = Deployment(**on), Deployment(**off)
                self.assertEqual((with_it.conditions[name], without.conditions[name]), (True, False))
                self.assertEqual(set(with_it.resources) - set(without.resources), only)
                self.assertEqual(set(without.resources) - set(with_it.resources), set())
                self.assertEqual((with_it.dangling(), without.dangling()), (set(), set()))

    def test_all_of_them_together_and_none_of_them_are_whole_too(self):
        everything = {key: value for on, _, _ in CONDITIONS.values() for key, value in on.items()}
        all_on = Deployment(**everything | {"MailIdentity": "domain"})
        self.assertEqual({name for name, value in all_on.conditions.items() if not value}, set())
        nothing = Deployment(Dashboard="false", ManageApiAccount="false", MailIdentity="none")
        self.assertEqual({name for name, value in nothing.conditions.items() if value}, set())
        self.assertEqual((all_on.dangling(), nothing.dangling()), (set(), set()))
        self.assertEqual((all_on.refused(), nothing.refused()), ([], []))

    def test_a_reference_to_what_is_not_deployed_is_noticed(self):
        deployment = Deployment()
        deployment.resources.pop("Table")
        self.assertEqual(deployment.dangling(), {"Table"})

    def test_each_is_used(self):
        used = conditions_in([SOURCE["Resources"], SOURCE["Outputs"], SOURCE["Globals"], SOURCE["Conditions"]])
        self.assertEqual(used, set(SOURCE["Conditions"]))


class Parameters(unittest.TestCase):
    def test_each_is_used_and_described(self):
        places = [SOURCE["Resources"], SOURCE["Outputs"], SOURCE["Globals"], SOURCE["Conditions"]]
        self.assertEqual(set(SOURCE["Parameters"]) - set(references(places)), set())
        for name, parameter in SOURCE["Parameters"].items():
            with self.subTest(parameter=name):
                # CloudFormation shows other characters as question marks.
                self.assertTrue(parameter["Description"].isascii())
                if "Default" in parameter and "AllowedPattern" in parameter:
                    self.assertRegex(str(parameter["Default"]), parameter["AllowedPattern"])
                if "Default" in parameter and "AllowedValues" in parameter:
                    self.assertIn(parameter["Default"], parameter["AllowedValues"])

    def test_only_the_administrator_and_the_sender_must_be_said(self):
        without = {name for name, parameter in SOURCE["Parameters"].items() if "Default" not in parameter}
        self.assertEqual(without, {"AdminAccount", "MailSender"})

    def test_what_would_not_do_what_was_asked_for_is_refused(self):
        domain, certificate = DOMAIN["DomainName"], DOMAIN["CertificateArn"]
        cases = [
            ({}, None),
            (DOMAIN, None),
            (DOMAIN | {"HostedZoneId": "Z1"}, None),
            ({"AlarmEmail": "me@example.com", "MonthlyBudgetUsd": "20"}, None),
            ({"DomainName": domain}, "DomainName needs CertificateArn"),
            ({"CertificateArn": certificate}, "CertificateArn is for DomainName"),
            ({"HostedZoneId": "Z1"}, "HostedZoneId is where"),
            ({"MonthlyBudgetUsd": "20"}, "MonthlyBudgetUsd needs AlarmEmail"),
        ]
        for parameters, beginning in cases:
            with self.subTest(parameters=parameters):
                refused = Deployment(**parameters).refused()
                if beginning is None:
                    self.assertEqual(refused, [])
                else:
                    self.assertEqual([text for text in refused if text.startswith(beginning)], refused)
                    self.assertEqual(len(refused), 1)

    def test_patterns_take_what_aws_takes_and_nothing_that_would_break_later(self):
        cases = {
            "DomainName": (
                ["", "api.example.com", "a-b.co"],
                ["example", "-a.com", "a..b", "https://a.b", "A.com", "a.b/"],
            ),
            "CertificateArn": (["", DOMAIN["CertificateArn"]], ["arn:aws:iam::1:server-certificate/a", "certificate"]),
            "HostedZoneId": (["", "Z0123456789ABC"], ["/hostedzone/Z1", "example.com"]),
            "AlarmEmail": (["", "me@example.com"], ["me", "Me <me@example.com>", "a@b.c, d@e.f"]),
        }
        for name, (good, bad) in cases.items():
            pattern = re.compile(SOURCE["Parameters"][name]["AllowedPattern"])
            for text in good:
                self.assertIsNotNone(pattern.search(text), f"{name}: {text}")
            for text in bad:
                self.assertIsNone(pattern.search(text), f"{name}: {text}")


if __name__ == "__main__":
    unittest.main()
