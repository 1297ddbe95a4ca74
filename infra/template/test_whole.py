"""That CloudFormation would take what is deployed: cfn-lint reads the expanded template, where it sees more than in ours."""

import json
import unittest

import expand
from cfnlint.api import ManualArgs, lint

# What CloudFormation takes in one template.
RESOURCES_MAX = 500
BYTES_MAX = 1_000_000


class Whole(unittest.TestCase):
    def test_it_has_no_faults(self):
        # Traced, because that is more. Warnings are about SAM's way of writing and not about ours.
        template = expand.expanded(Tracing="Active")
        text = json.dumps(template)
        found = lint(text, config=ManualArgs(regions=["us-east-1"]))
        faults = [f"{match.rule.id} {match.message}" for match in found if match.rule.id.startswith("E")]
        self.assertEqual(faults, [])
        self.assertLess(len(text), BYTES_MAX)
        self.assertLess(len(template["Resources"]), RESOURCES_MAX)


if __name__ == "__main__":
    unittest.main()
