"""Whether the checks speak of the stack that template.yaml describes, and by the names that it uses."""

import re
import unittest
from pathlib import Path

import case
from checks import address, stack, streaming, table
from world import ROOT, streamed

TEMPLATE = (ROOT / "template.yaml").read_text(encoding="utf-8")
CHECKS = "".join(path.read_text(encoding="utf-8") for path in Path(address.__file__).parent.glob("*.py"))
SITE = (Path(case.__file__).parent / "site_of_stack.py").read_text(encoding="utf-8")


def named(section: str) -> set[str]:
    """The names in a section of the template."""
    body = re.search(rf"(?m)^{section}:\n((?:(?:[ #].*)?\n)+)", TEMPLATE)
    return set(re.findall(r"(?m)^  (\w+):", body[1]))


class Template(unittest.TestCase):
    def test_parameters(self):
        used = set(re.findall(r'parameters(?:\.get\(|\[)"(\w+)"', CHECKS + SITE)) | set(stack.PARAMETERS)
        used |= set(re.findall(r'deploy\(f?["\'](\w+)=', CHECKS))
        self.assertGreater(len(used), 8)
        self.assertLessEqual(used, named("Parameters"))

    def test_outputs(self):
        used = set(re.findall(r'outputs(?:\.get\(|\[)"(\w+)"', CHECKS + SITE)) | set(stack.OUTPUTS)
        self.assertGreater(len(used), 3)
        self.assertLessEqual(used, named("Outputs"))

    def test_kinds_of_resources(self):
        used = set(re.findall(r'of_type\("([\w:]+)"\)', CHECKS))
        # SAM makes these of its own kinds.
        made = {"AWS::Lambda::Function": "Function", "AWS::ApiGateway::RestApi": "Api", "AWS::Events::Rule": "Schedule"}
        self.assertGreater(len(used), 8)
        for kind in used - made.keys():
            self.assertIn(f"Type: {kind}\n", TEMPLATE)
        for kind in made.values():
            self.assertRegex(TEMPLATE, rf"Type: (AWS::Serverless::)?{kind}\n")

    def test_table(self):
        indexes = re.findall(r"IndexName: (\w+)\n", TEMPLATE)
        self.assertEqual(sorted(indexes), sorted(table.INDEXES))
        for key in [*table.KEYS, *(f"{name}_{part}" for name in table.INDEXES for part in table.KEYS)]:
            self.assertIn(f"AttributeName: {key},", TEMPLATE)
        self.assertRegex(TEMPLATE, rf"TimeToLiveSpecification:\n +AttributeName: {table.EXPIRY}\n")

    def test_streamed_routes(self):
        known = {(method, path) for path, methods in streaming.ROUTES.items() for method in methods}
        self.assertEqual(known, set(streamed()))

    def test_routes_that_are_called(self):
        for path in (address.CONFIG, address.WALLED, streaming.CHAT, "/api/login"):
            self.assertRegex(TEMPLATE, rf"Path: {path}\b")
        self.assertIn('Path: "/api/pay/notify/{channel}/{id}"', TEMPLATE)
        self.assertNotIn(f"Path: {address.UNKNOWN}", TEMPLATE)

    def test_alarms_go_by_mail(self):
        self.assertIn("{ Protocol: email, Endpoint: !Ref AlarmEmail }", TEMPLATE)


if __name__ == "__main__":
    unittest.main()
