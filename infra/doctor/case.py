"""What the doctor's tests share: a stack that is well, the means to break one thing of it, and what is seen then."""

import atexit
import functools
import io
import json
import os
import ssl
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import botocore.loaders
import trustme

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "openai")]

import command  # noqa: E402
import web  # noqa: E402
from door import Door  # noqa: E402
from findings import FAIL, OK, SKIPPED  # noqa: E402
from scripted_aws import ScriptedAws  # noqa: E402
from stack import Person, Stack  # noqa: E402
from world import REGION, STACK, World  # noqa: E402

KEYS = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none-secret"}


@functools.cache
def loader(*_: str) -> botocore.loaders.Loader:
    """What reads boto3's descriptions of the services, and remembers them."""
    return botocore.loaders.create_loader()


@functools.cache
def shared_stack() -> Stack:
    """One local stack for all of them: none changes anything that another sees."""
    stack = Stack()
    atexit.register(stack.stop)
    return stack


@functools.cache
def ada() -> Person:
    """Somebody who is logged in and has credits."""
    person = shared_stack().log_in("ada@example.com")
    shared_stack().gives(person, 1000)
    return person


class DoctorCase(unittest.TestCase):
    """Each test has an account, an API and an environment of its own."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.stack = shared_stack()

    def setUp(self) -> None:
        # boto3 reads its descriptions of the services anew for each session; here that would be half of the time.
        patch = mock.patch("botocore.session.create_loader", loader)
        patch.start()
        self.addCleanup(patch.stop)
        self.door = self.opens(Door(self.stack.url))
        self.world = World(self.door.url)
        self.aws = self.opens(ScriptedAws(self.world.answers))
        nowhere = tempfile.mkdtemp()
        self.addCleanup(os.rmdir, nowhere)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": nowhere,
            "NO_PROXY": "127.0.0.1,localhost",
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            **KEYS,
        }

    def opens(self, server):
        """A server that ends with the test."""
        self.addCleanup(server.stop)
        return server

    def run_doctor(self, *more: str) -> tuple[int, str]:
        """Its exit code and what it prints."""
        out = io.StringIO()
        words = ["--stack", STACK, *more] if "--stack" not in more else list(more)
        with mock.patch.dict(os.environ, self.environment, clear=True):
            code = command.main(words, out)
        return code, out.getvalue()

    def told(self, *more: str) -> tuple[int, list[dict[str, str]]]:
        """Its exit code and its findings."""
        code, text = self.run_doctor("--json", *more)
        self.assertEqual(self.aws.mistakes, [])
        told = json.loads(text)
        self.assertEqual(told["ok"], code == 0)
        return code, told["findings"]

    def sees(self, expected: dict[str, str], *more: str, skipped: set[str] = frozenset()) -> str:
        """What it says when exactly these checks are not well, and must say what to do. No token, no chat."""
        skipped = skipped if "--token" in more else skipped | {"stream"}
        code, findings = self.told(*more)
        others = {row["check"]: row["status"] for row in findings if row["status"] not in (OK, SKIPPED)}
        text = "\n".join(
            f"{row['status']} {row['check']}: {row['seen']} → {row['next']}" for row in findings if row["status"] != OK
        )
        self.assertEqual(others, expected, text)
        self.assertEqual({row["check"] for row in findings if row["status"] == SKIPPED}, skipped)
        self.assertEqual(code, int(FAIL in expected.values()))
        for row in findings:
            if row["status"] != SKIPPED:
                self.assertEqual(bool(row["next"]), row["status"] != OK, row)
        return text

    def trusts(self, authority: trustme.CA) -> None:
        """Lets the doctor trust an authority of the test's own."""
        context = ssl.create_default_context()
        authority.configure_trust(context)
        patch = mock.patch.object(web, "trust", lambda: context)
        patch.start()
        self.addCleanup(patch.stop)


ALL = {check.name for check in command.checks.ALL}


def after(*names: str) -> set[str]:
    """The checks that stand, directly or not, on one of these."""
    lost = set(names)
    for check in command.checks.ALL:
        if lost & set(check.needs):
            lost.add(check.name)
    return lost - set(names)
