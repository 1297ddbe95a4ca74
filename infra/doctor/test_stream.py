"""One chat through the doors of the real product, as it should come and as it should not."""

import json
import unittest

from case import DoctorCase, ada
from door import Canned
from findings import FAIL, WARN

SLOW = "[[chunks=6]] [[delay_ms=150]] tell me"


def frame(segment, **more):
    """A frame as the site sends it."""
    return json.dumps({"segment": segment, **more}).encode() + b"\n\n"


class Stream(DoctorCase):
    def chat(self, expected, prompt=SLOW, token=None):
        """What the doctor sees of a chat."""
        return self.sees(expected, "--token", token or ada().token, "--prompt", prompt)

    def answers(self, *frames):
        """Lets the chat be answered by these frames."""
        self.door.instead["POST /api/chat/completions"] = Canned(
            200, b"".join(frames), {"content-type": "text/event-stream"}
        )

    def test_streams(self):
        _, findings = self.told("--token", ada().token, "--prompt", SLOW)
        said = next(row for row in findings if row["check"] == "stream")
        self.assertEqual(said["status"], "ok", said)
        self.assertRegex(said["seen"], r"^\d+ frames, the first after")

    def test_buffered_on_the_way(self):
        self.door.collects = True
        self.assertIn("all at once", self.chat({"stream": FAIL}))

    def test_too_quick_to_tell(self):
        self.answers(frame("start"), frame("text"), frame("stop", usage={"completion_tokens": 1}))
        self.assertIn("too quick", self.chat({"stream": WARN}))

    def test_not_logged_in(self):
        self.assertIn("logged in", self.chat({"stream": FAIL}, token="nonsense"))

    def test_refused(self):
        poor = self.stack.log_in("poor@example.com")
        self.stack.gives(poor, 0)
        self.assertIn("账户积分余额不足", self.chat({"stream": FAIL}, token=poor.token))

    def test_no_model_answers(self):
        self.assertIn("no model answers", self.chat({"stream": WARN}, prompt="[[first_ms=400]] [[cut=0]]"))

    def test_frames_that_are_not_one_answer(self):
        self.answers(frame("start"), frame("text"), frame("stop"), frame("stop"))
        self.chat({"stream": FAIL})
        self.answers(frame("start"), frame("text"))
        self.chat({"stream": FAIL})

    def test_not_frames(self):
        for body in (b"<html>", b"data: {}\n\n", b"[1]\n\n", b"", frame("start")[:-1]):
            self.answers(body)
            self.assertIn("no chat", self.chat({"stream": FAIL}))


if __name__ == "__main__":
    unittest.main()
