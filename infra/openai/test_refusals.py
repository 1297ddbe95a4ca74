"""Refusals and failures as OpenAI's client raises them. Run: python -m unittest discover -s infra/openai"""

import time

import openai

from stack import StackCase, question

TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
PICTURE = [{"type": "image_url", "image_url": {"url": "https://example.com/fox.png"}}]
# What one person can have open.
OPEN_MAX = 5


class RefusalCase(StackCase):
    def ask(self, prompt="hi", **more):
        """A chat, with the test's own key; a stream is read to its end."""
        answer = self.client.chat.completions.create(**question(prompt, **more))
        return list(answer) if more.get("stream") else answer

    def check(self, error, kind, code, asked):
        """Asks, streamed and not, and sees this error; in the end nothing is charged. Returns the last one."""
        before = self.ada.credits()
        for stream in (False, True):
            with self.assertRaises(error, msg=f"stream={stream}") as raised:
                asked(stream)
            self.assertEqual((raised.exception.type, raised.exception.code), (kind, code))
            self.assertTrue(raised.exception.message and raised.exception.request_id)
        self.assertEqual(self.ada.credits(), before)
        return raised.exception


class Keys(RefusalCase):
    def is_refused(self, key):
        """The key opens none of the routes."""
        client = self.client_of(key)
        for call in (
            lambda: list(client.models.list()),
            lambda: client.chat.completions.create(**question("hi")),
            lambda: client.chat.completions.create(**question("hi", stream=True)),
            lambda: client.images.generate(prompt="a fox"),
        ):
            with self.assertRaises(openai.AuthenticationError) as refused:
                call()
            self.assertEqual((refused.exception.status_code, refused.exception.code), (401, "invalid_api_key"))

    def test_only_a_living_key_opens_the_door(self):
        key = self.key["key"]
        for wrong in ("sk-wrong", "undefined", key + "x", key[:-1] + ("a" if key[-1] != "a" else "b")):
            with self.subTest(wrong=wrong):
                self.is_refused(wrong)
        self.ask("hi [[usage=10,10]]")
        self.ada.revokes(self.key)
        self.is_refused(key)
        self.assertEqual(self.charged(), 1)

    def test_keys_and_sessions_do_not_open_each_others_doors(self):
        self.is_refused(self.ada.token)
        for method, path, body in (
            ("GET", "/api/user/info", None),
            ("GET", "/api/user/keys", None),
            ("POST", "/api/user/keys", {"name": "another"}),
            ("POST", "/api/chat/completions", {"prompt": "hi", "parentMessageId": "1"}),
            ("POST", "/api/images/generations", {"prompt": "a fox"}),
        ):
            status, answer = self.stack.call(method, path, self.key["key"], body)
            self.assertEqual((status, answer["code"]), (401, 4001), path)
        self.assertEqual(self.charged(), 0)

    def test_a_key_serves_its_models_and_spends_up_to_its_limit(self):
        self.key = self.ada.new_key(models="gpt-3.5-turbo", limit=3)
        self.client = self.client_of(self.key["key"])
        self.check(
            openai.NotFoundError,
            "invalid_request_error",
            "model_not_found",
            lambda stream: self.ask(model="gpt-4o", stream=stream),
        )
        self.ask("hi [[usage=200,100]]")
        self.check(
            openai.RateLimitError, "insufficient_quota", "insufficient_quota", lambda stream: self.ask(stream=stream)
        )
        self.assertEqual((self.charged(), self.ada.spent_by(self.key)), (3, 3))


class Requests(RefusalCase):
    def test_what_is_not_served_is_refused_by_name(self):
        for name, more in (
            ("n", {"n": 2}),
            ("tools", {"tools": [TOOL]}),
            ("logprobs", {"logprobs": True}),
            ("temperature", {"temperature": 3}),
            ("max_tokens", {"max_tokens": 0}),
            ("messages", {"messages": []}),
            ("图片", {"messages": [{"role": "user", "content": PICTURE}]}),
        ):
            refused = self.check(
                openai.BadRequestError,
                "invalid_request_error",
                None,
                lambda stream, more=more: self.ask(stream=stream, **more),
            )
            self.assertIn(name, refused.body["message"])

    def test_an_unknown_model_is_not_found(self):
        self.check(
            openai.NotFoundError,
            "invalid_request_error",
            "model_not_found",
            lambda stream: self.ask(model="nobody-has-this", stream=stream),
        )

    def test_routes_that_are_not_served_are_not_found(self):
        for call in (
            lambda: self.client.responses.create(model="gpt-4o", input="hi"),
            lambda: self.client.embeddings.create(model="gpt-4o", input="hi"),
            lambda: self.client.images.edit(model="dall-e-2", image=b"", prompt="a fox"),
        ):
            with self.assertRaises(openai.NotFoundError):
                call()


class Limits(RefusalCase):
    def test_who_cannot_pay_is_told_so_once(self):
        self.stack.gives(self.ada, 0)
        refused = self.check(
            openai.RateLimitError, "insufficient_quota", "insufficient_quota", lambda stream: self.ask(stream=stream)
        )
        self.assertEqual(refused.status_code, 429)
        # Asking again would not bring money: the client, which tries again by itself, is told not to.
        with self.assertRaises(openai.RateLimitError) as refused:
            self.client_of(self.key["key"], max_retries=2).chat.completions.create(**question("hi"))
        self.assertEqual(refused.exception.request.headers["x-stainless-retry-count"], "0")

    def test_five_answers_at_a_time_are_enough(self):
        prompt = "hi [[chunks=20]] [[delay_ms=150]] [[usage=10,90]]"
        streams = []
        for _ in range(OPEN_MAX):
            stream = self.client.chat.completions.create(**question(prompt, max_tokens=100, stream=True))
            self.addCleanup(stream.close)
            streams.append(stream)
        with self.assertRaises(openai.RateLimitError) as refused:
            self.ask()
        self.assertEqual(refused.exception.code, "rate_limit_exceeded")
        self.assertGreater(int(refused.exception.response.headers["retry-after"]), 0)
        for stream in streams:
            text = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
            self.assertEqual(text, "".join(f"{number} " for number in range(1, 21)))
        self.ask("hi [[usage=10,90]]")
        self.assertEqual(self.charged(), OPEN_MAX + 1)


class Upstreams(RefusalCase):
    def test_a_failing_upstream_is_an_error_that_costs_nothing(self):
        for status, error, kind, code in (
            (500, openai.InternalServerError, "server_error", None),
            (429, openai.RateLimitError, "requests", "rate_limit_exceeded"),
            (400, openai.BadRequestError, "invalid_request_error", None),
        ):
            failed = self.check(
                error, kind, code, lambda stream, status=status: self.ask(f"hi [[status={status}]]", stream=stream)
            )
            self.assertEqual(failed.status_code, {500: 502}.get(status, status))

    def test_an_answer_that_breaks_off_raises_and_costs_what_came(self):
        began, text = time.monotonic(), ""
        with self.assertRaises(openai.APIError) as broken:
            for chunk in self.client.chat.completions.create(**question("hi [[chunks=20]] [[cut=3]]", stream=True)):
                text += chunk.choices[0].delta.content or ""
        self.assertEqual((text, broken.exception.type), ("1 2 3 ", "server_error"))
        self.assertLess(time.monotonic() - began, 10, "it hung")
        self.assertEqual(self.charged(), 1)
        # Nobody has seen a word of an answer in one piece.
        with self.assertRaises(openai.InternalServerError) as broken:
            self.ask("hi [[chunks=20]] [[cut=3]]")
        self.assertEqual((broken.exception.status_code, self.charged()), (502, 1))
