"""The local stack as programs see it: started, logged into, given keys, ended. `cargo build --workspace` makes it."""

import collections
import itertools
import json
import os
import queue
import re
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Cargo's own variable, which is relative to where it is called: the root.
PROGRAM = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "debug" / "local"
ADMINISTRATOR = "admin@example.com"

# On a machine that is busy with other tests.
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 10
CALL_SECONDS_MAX = 20
# What is kept of the stack's output.
LINES_MAX = 20_000

# Everything happens on this machine, and nothing but the tests says how.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
for name in [name for name in os.environ if name.startswith("OPENAI_")]:
    del os.environ[name]


class Stack:
    """A stack of its own, in memory, on a free port."""

    def __init__(self):
        if not PROGRAM.exists():
            raise FileNotFoundError(f"{PROGRAM} is not there: run cargo build --workspace first")
        self.secrets = []
        self._lines = collections.deque(maxlen=LINES_MAX)
        self._urls = queue.Queue()
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._process = subprocess.Popen(
            [PROGRAM, "--ephemeral", "--port", "0", "--admin", ADMINISTRATOR],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.url = self._urls.get(timeout=START_SECONDS_MAX)
            self._administrator = self.log_in(ADMINISTRATOR)
        except Exception as failure:
            self.stop()
            raise RuntimeError("the stack did not start; it said:\n" + self.output()) from failure

    def _read(self):
        """Takes whatever the program prints: a full pipe would stop it."""
        for line in self._process.stdout:
            self._lines.append(line)
            if line.startswith("ready "):
                self._urls.put(line.split()[1])
        # Who still waits for the address need not wait longer.
        self._urls.put("")

    def output(self):
        """What it printed so far."""
        return "".join(tuple(self._lines))

    def stop(self):
        """Ends it, kindly first."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_SECONDS_MAX)
        self._reader.join(STOP_SECONDS_MAX)
        self._process.stdout.close()

    def get(self, url):
        """The bytes behind a URL, and their media type."""
        with self._opener.open(url, timeout=CALL_SECONDS_MAX) as answer:
            return answer.read(), answer.headers["content-type"]

    def call(self, method, path, token="", body=None):
        """The status and the envelope of a call to the site's own API."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"token": token, "content-type": "application/json"}
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        try:
            with self._opener.open(request, timeout=CALL_SECONDS_MAX) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.load(refusal)

    def data(self, *call):
        """The data of a call that succeeds."""
        status, answer = self.call(*call)
        if status != 200 or answer["code"] != 0:
            raise AssertionError(f"{call[:2]}: {status}, {answer['message']}")
        return answer["data"]

    def log_in(self, account):
        """Somebody who asked for a code and typed it in."""
        self.data("GET", f"/api/send_sms?source={account}")
        with self._opener.open(f"{self.url}/_local/mailbox?to={account}", timeout=CALL_SECONDS_MAX) as mails:
            code = re.search(r"\b\d{6}\b", json.load(mails)[0]["text"])[0]
        answer = self.data("POST", "/api/login", "", {"account": account, "code": code})
        self.secrets.append(answer["token"])
        return Person(self, answer["user_info"]["id"], answer["token"])

    def gives(self, person, credits):
        """Sets what somebody has."""
        self.data("PUT", "/api/admin/user", self._administrator.token, {"id": person.id, "integral": credits})


class Person:
    """Somebody who is logged in."""

    def __init__(self, stack, user_id, token):
        self.stack, self.id, self.token = stack, user_id, token

    def new_key(self, **bounds):
        """A new API key: the row that is shown once."""
        row = self.stack.data("POST", "/api/user/keys", self.token, bounds)
        self.stack.secrets.append(row["key"])
        return row

    def revokes(self, key):
        """Takes a key back."""
        return self.stack.data("DELETE", f"/api/user/keys/{key['id']}", self.token)

    def spent_by(self, key):
        """The credits that a key has spent."""
        rows = self.stack.data("GET", "/api/user/keys", self.token)["rows"]
        return next(row["usage"] for row in rows if row["id"] == key["id"])

    def credits(self):
        """What there is to spend."""
        return self.stack.data("GET", "/api/user/info", self.token)["integral"]

    def statement(self):
        """Credits and causes of the ledger's rows, newest first."""
        rows = self.stack.data("GET", "/api/turnover?page_size=100", self.token)["rows"]
        return [(row["value"], row["describe"]) for row in rows]


class StackCase(unittest.TestCase):
    """Tests of one stack. Each test has a person of its own, with a thousand credits and a key."""

    CREDITS = 1000

    @classmethod
    def setUpClass(cls):
        cls.stack = Stack()
        cls.addClassCleanup(cls.end)
        cls.accounts = (f"person{number}@example.com" for number in itertools.count(1))

    @classmethod
    def end(cls):
        """Ends the stack; none of the secrets may be in what it printed, not even without their heads."""
        cls.stack.stop()
        output = cls.stack.output()
        if "/v1/" not in output:
            raise AssertionError("the stack logged no request: what it logs is not known")
        if any(secret[-20:] in output for secret in cls.stack.secrets):
            raise AssertionError("a secret is in the log")

    def setUp(self):
        self.ada = self.stack.log_in(next(self.accounts))
        self.stack.gives(self.ada, self.CREDITS)
        self.key = self.ada.new_key()
        self.client = self.client_of(self.key["key"])

    def options(self, key):
        """What a program gives to its client; a failure is to be seen at once."""
        return {"base_url": f"{self.stack.url}/v1", "api_key": key, "max_retries": 0, "timeout": CALL_SECONDS_MAX}

    def client_of(self, key, **more):
        """A client with a key."""
        # Here, so that tests of other folders can use the stack without it.
        import openai

        client = openai.OpenAI(**{**self.options(key), **more})
        self.addCleanup(client.close)
        return client

    def charged(self):
        """The credits that the test has cost so far."""
        return self.CREDITS - self.ada.credits()

    def wait_until(self, holds, seconds_max=CALL_SECONDS_MAX):
        """Waits for what happens behind an answer."""
        end = time.monotonic() + seconds_max
        while not holds():
            self.assertLess(time.monotonic(), end, "it did not come to pass")
            time.sleep(0.05)


def question(prompt, **more):
    """The arguments of a chat."""
    return {"model": "gpt-3.5-turbo", "messages": [{"role": "user", "content": prompt}], **more}
