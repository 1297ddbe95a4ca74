"""The local stack, asked by schemathesis whatever the description allows and much that it does not: as nobody, as a user
and as an administrator. No fault of ours, no status, media type or field that is not described. Each has a stack of its
own.
"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "infra/openai"))

from stack import ADMINISTRATOR, Stack  # noqa: E402

PROGRAM = Path(sys.executable).with_name("schemathesis")
# For each of the three; with their starts, all of it stays below four minutes.
RUN_SECONDS_MAX = 50
# The budget is looked at between requests, and a start takes its time on a busy machine.
WAIT_SECONDS_MAX = RUN_SECONDS_MAX + 60
EXAMPLES_MAX = 20
CALL_SECONDS_MAX = 30
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# What ends the session that everything else is asked with.
EXCLUDED = ["/api/logout"]


class Schemathesis(unittest.TestCase):
    def setUp(self):
        self.stack = Stack()
        self.addCleanup(self.stack.stop)

    def run_as(self, *headers):
        """Asks everything with these headers."""
        command = [PROGRAM, "--no-color", "run", f"{self.stack.url}/api/openapi.json", "--url", self.stack.url]
        command += ["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--warnings", "off"]
        command += ["--max-examples", str(EXAMPLES_MAX), "--max-time", str(RUN_SECONDS_MAX), "--seed", "1"]
        command += ["--request-timeout", str(CALL_SECONDS_MAX), "--suppress-health-check", "all"]
        for path in EXCLUDED:
            command += ["--exclude-path", path]
        for header in headers:
            command += ["--header", header]
        with tempfile.TemporaryDirectory() as folder:
            # In a folder of its own: it keeps what it has tried beside it.
            ended = subprocess.run(
                command,
                cwd=folder,
                env=os.environ | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=WAIT_SECONDS_MAX,
                check=False,
            )
        told = ended.stdout + ended.stderr
        for secret in self.stack.secrets:
            told = told.replace(secret, "***")
        self.assertEqual(ended.returncode, 0, told)
        self.assertIn("Selected: ", told)

    def test_as_nobody(self):
        self.run_as()

    def test_as_a_user(self):
        ada = self.stack.log_in("ada@example.com")
        self.stack.gives(ada, 1000)
        key = ada.new_key()["key"]
        self.run_as(f"token: {ada.token}", f"authorization: Bearer {key}")

    def test_as_an_administrator(self):
        # A session beside the one that the stack gives credits with.
        administrator = self.stack.log_in(ADMINISTRATOR)
        self.run_as(f"token: {administrator.token}")


if __name__ == "__main__":
    unittest.main()
