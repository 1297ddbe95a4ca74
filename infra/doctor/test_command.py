"""The command itself: what it prints and what never, its exit codes, its start; and how strict the scripted AWS is."""

import subprocess
import sys
import unittest
from unittest import mock

import command
import findings
from case import HERE, DoctorCase, ada
from door import Canned
from world import STACK

RUN_SECONDS_MAX = 60


class Command(DoctorCase):
    def run_apart(self, *words):
        """Runs it as a person does."""
        return subprocess.run(
            [sys.executable, HERE, *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS_MAX,
            check=False,
        )

    def test_as_a_person_runs_it(self):
        self.world.mail["ProductionAccessEnabled"] = False
        ended = self.run_apart("--stack", STACK)
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        self.assertRegex(ended.stdout, r"(?m)^ok      credentials       account 123456789012, as arn:")
        self.assertRegex(ended.stdout, r"(?m)^warn    mail sandbox .*\n +→ ask to leave it")
        self.assertIn(f"{len(command.checks.ALL) - 3} ok, 1 warn, 2 skipped\n", ended.stdout)
        self.assertNotIn("\x1b", ended.stdout)
        self.assertEqual(ended.stderr, "")

    def test_a_terminal_of_few_letters(self):
        self.environment["PYTHONIOENCODING"] = "ascii"
        self.world.secret = {}
        ended = self.run_apart("--stack", STACK)
        self.assertEqual(ended.stderr, "")
        self.assertIn(" ? nothing brings it back", ended.stdout)

    def test_a_reader_who_leaves(self):
        command_line = [sys.executable, HERE, "--stack", STACK]
        with subprocess.Popen(
            command_line, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as run:
            run.stdout.readline()
            run.stdout.close()
            self.assertEqual(run.stderr.read(), b"")
            self.assertEqual(run.wait(RUN_SECONDS_MAX), 1)

    def test_the_same_step_is_told_once(self):
        self.world.table["GlobalSecondaryIndexes"].clear()
        _, text = self.run_doctor()
        self.assertEqual(text.count("FAIL    table indexes"), 3)
        self.assertEqual(text.count("once for each missing index"), 1)

    def test_exit_codes(self):
        self.world.secret = {}
        self.assertEqual(self.run_apart("--stack", STACK).returncode, 1)
        self.assertEqual(self.run_apart().returncode, 2)

    def test_secrets_are_not_printed(self):
        token = ada().token
        echo = Canned(500, f"you sent {token}".encode(), {"content-type": "text/plain"})
        self.door.instead["POST /api/chat/completions"] = echo
        for form in ((), ("--json",)):
            code, text = self.run_doctor("--token", token, *form)
            self.assertEqual(code, 1)
            self.assertIn("you sent ***", text)
            self.assertNotIn(token, text)
            self.assertNotIn(self.environment["AWS_SECRET_ACCESS_KEY"], text)

    def test_what_terminals_obey_is_not_printed(self):
        self.door.instead["GET /api/config"] = Canned(
            200, b"\x1b[2J\x07\xe2\x80\xae" + b"long" * 500, {"content-type": "text/plain"}
        )
        _, text = self.run_doctor()
        self.assertIn("[2J", text)
        self.assertLess(max(len(line) for line in text.splitlines()), 700)
        self.assertEqual([character for character in text if not character.isprintable() and character != "\n"], [])

    def test_a_token_that_would_be_a_header(self):
        with self.assertRaises(SystemExit), mock.patch("sys.stderr"):
            self.run_doctor("--token", "a\r\nhost: b")

    def test_a_check_with_a_mistake_hides_no_other(self):
        broken = command.checks.Check("clock", lambda site: [][0], ("region",))
        others = [broken if check.name == "clock" else check for check in command.checks.ALL]
        with mock.patch.object(command.checks, "ALL", others):
            self.assertIn("the check itself failed: IndexError", self.sees({"clock": findings.FAIL}))

    def test_every_need_is_looked_at_before(self):
        before = set()
        for check in command.checks.ALL:
            self.assertLessEqual(set(check.needs), before, check.name)
            self.assertLess(len(check.name), findings.NAME_WIDTH)
            before.add(check.name)

    def test_the_stand_in_knows_what_aws_does_not_have(self):
        self.world.mail["InSandbox"] = True
        _, text = self.run_doctor()
        self.assertIn("could not look", text)
        self.assertIn("InSandbox", self.aws.mistakes[0])


if __name__ == "__main__":
    unittest.main()
