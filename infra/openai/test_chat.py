"""Models and chats through OpenAI's client. Run: python -m unittest discover -s infra/openai"""

import asyncio
import math
import time

import openai
import pydantic

from stack import StackCase, question

# The price of the model that is asked: this many tokens are a credit.
TOKENS_PER_CREDIT = 100
# More than one frame, of all lengths in UTF-8, with sequences that are one sign, and line ends.
LONG_TEXT = '春眠不觉晓，处处闻啼鸟。🦀👩‍👩‍👧‍👦 naïve "quoted" \\ e\u0301\n' * 40


def text_of(chunks):
    """What a stream says."""
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def said(text):
    """The directive that makes the upstream say this."""
    return f"[[text={text}]]".replace("\n", "\\n")


class Models(StackCase):
    def test_a_key_lists_the_models_that_it_serves(self):
        models = {model.id: model for model in self.client.models.list()}
        self.assertLessEqual({"gpt-3.5-turbo", "gpt-4o", "dall-e-3"}, set(models))
        self.assertEqual(models["gpt-4o"].object, "model")
        self.assertLess(abs(models["gpt-4o"].created - time.time()), 3600)
        bounded = self.client_of(self.ada.new_key(models="gpt-4o,nobody-has-this")["key"])
        self.assertEqual([model.id for model in bounded.models.list()], ["gpt-4o"])
        self.assertEqual(bounded.models.retrieve("gpt-4o"), models["gpt-4o"])
        with self.assertRaises(openai.NotFoundError):
            bounded.models.retrieve("gpt-3.5-turbo")
        self.assertEqual(self.charged(), 0)


class Chat(StackCase):
    def ask(self, prompt, **more):
        """A chat, with the test's own key."""
        return self.client.chat.completions.create(**question(prompt, **more))

    def test_an_answer_in_one_piece_is_charged_by_its_usage(self):
        answer = self.ask("hi [[text=你好，世界]] [[usage=120,81]]")
        choice, usage = answer.choices[0], answer.usage
        self.assertEqual((choice.message.role, choice.message.content), ("assistant", "你好，世界"))
        self.assertEqual((choice.finish_reason, answer.model), ("stop", "gpt-3.5-turbo"))
        self.assertEqual((usage.prompt_tokens, usage.completion_tokens, usage.total_tokens), (120, 81, 201))
        self.assertEqual(self.ada.statement()[0], ("-3积分", "对话(gpt-3.5-turbo)"))
        self.assertEqual((self.charged(), self.ada.spent_by(self.key)), (3, 3))

    def test_a_stream_comes_as_it_is_said(self):
        times, chunks = [], []
        for chunk in self.ask("hi [[chunks=5]] [[delay_ms=200]] [[usage=120,181]]", stream=True):
            times.append(time.monotonic())
            chunks.append(chunk)
        self.assertGreater(times[-1] - times[0], 0.5, "the answer came at the end")
        self.assertEqual((text_of(chunks), chunks[-1].choices[0].finish_reason), ("1 2 3 4 5 ", "stop"))
        self.assertEqual(chunks[0].choices[0].delta.role, "assistant")
        self.assertEqual(len({chunk.id for chunk in chunks}), 1)
        self.assertTrue(all(chunk.usage is None for chunk in chunks), "nobody asked for the tokens")
        self.assertEqual((self.charged(), self.ada.spent_by(self.key)), (4, 4))

    def test_a_stream_tells_its_usage_when_it_is_asked_to(self):
        chunks = list(self.ask("hi [[chunks=300]]", stream=True, stream_options={"include_usage": True}))
        last = chunks.pop()
        self.assertEqual(last.choices, [])
        self.assertTrue(all(chunk.usage is None for chunk in chunks))
        self.assertEqual(last.usage.completion_tokens, 300)
        self.assertEqual(last.usage.total_tokens, last.usage.prompt_tokens + 300)
        self.assertEqual(self.charged(), math.ceil(last.usage.total_tokens / TOKENS_PER_CREDIT))

    def test_long_texts_arrive_as_they_were_said(self):
        whole = self.ask(said(LONG_TEXT))
        self.assertEqual(whole.choices[0].message.content, LONG_TEXT)
        for more in ("", " [[split]]", " [[chunks=7]]"):
            stream = self.ask(said(LONG_TEXT) + more, stream=True)
            self.assertEqual(text_of(stream), LONG_TEXT, more)

    def test_an_answer_tells_why_it_ended(self):
        for limit in ("max_tokens", "max_completion_tokens"):
            choice = self.ask("hi [[chunks=50]]", **{limit: 3}).choices[0]
            self.assertEqual((choice.message.content, choice.finish_reason), ("1 2 3 ", "length"), limit)
        chunks = list(self.ask("hi [[chunks=50]]", max_tokens=3, stream=True))
        self.assertEqual((text_of(chunks), chunks[-1].choices[0].finish_reason), ("1 2 3 ", "length"))

    def test_the_heads_of_answers_can_be_seen(self):
        raw = self.client.chat.completions.with_raw_response.create(**question("hi [[text=yes]]"))
        self.assertEqual((raw.status_code, raw.headers["content-type"]), (200, "application/json"))
        answer = raw.parse()
        self.assertEqual(answer.choices[0].message.content, "yes")
        self.assertTrue(answer._request_id)
        self.assertEqual(answer._request_id, raw.headers["x-request-id"])
        with self.client.chat.completions.with_streaming_response.create(
            **question("hi [[text=yes]]", stream=True)
        ) as stream:
            self.assertEqual(stream.headers["content-type"], "text/event-stream; charset=utf-8")
            self.assertTrue(stream.headers["x-request-id"])
            self.assertEqual(list(stream.iter_lines())[-2:], ["data: [DONE]", ""])

    def test_the_helpers_of_the_client_work(self):
        class Reply(pydantic.BaseModel):
            number: int

        answer = self.client.chat.completions.parse(**question('[[text={"number":3}]]'), response_format=Reply)
        self.assertEqual(answer.choices[0].message.parsed, Reply(number=3))
        more = {"stream_options": {"include_usage": True}}
        with self.client.chat.completions.stream(**question("hi [[chunks=4]]", **more)) as stream:
            deltas = [event.delta for event in stream if event.type == "content.delta"]
            whole = stream.get_final_completion()
        self.assertEqual(("".join(deltas), whole.choices[0].message.content), ("1 2 3 4 ", "1 2 3 4 "))
        self.assertEqual(whole.usage.completion_tokens, 4)

    def test_messages_of_all_roles_are_taken(self):
        parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b [[text=yes]]"}]
        messages = [
            {"role": "developer", "content": "Be brief."},
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "first"},
            {"role": "assistant", "content": "second"},
            {"role": "user", "content": parts},
        ]
        answer = self.ask("", messages=messages, temperature=0.2, top_p=0.9, seed=7, stop=["x"], user="u")
        self.assertEqual(answer.choices[0].message.content, "yes")

    def test_streams_run_side_by_side(self):
        async def read(client, word):
            stream = await client.chat.completions.create(
                **question(f"hi [[text={word * 8}]] [[chunks=8]] [[delay_ms=200]] [[usage=60,40]]", stream=True)
            )
            return text_of([chunk async for chunk in stream])

        async def read_all():
            async with openai.AsyncOpenAI(**self.options(self.key["key"])) as client:
                return await asyncio.gather(*(read(client, word) for word in words))

        words = ["一", "二", "三", "四"]
        began = time.monotonic()
        self.assertEqual(asyncio.run(read_all()), [word * 8 for word in words])
        self.assertLess(time.monotonic() - began, 4, "they waited for each other")
        self.assertEqual(self.charged(), 4)

    def test_the_asynchronous_client_works_as_well(self):
        async def talk():
            async with openai.AsyncOpenAI(**self.options(self.key["key"])) as client:
                models = [model.id async for model in client.models.list()]
                answer = await client.chat.completions.create(**question("hi [[text=早上好]]"))
                try:
                    await client.chat.completions.create(**question("hi", model="nobody-has-this"))
                except openai.NotFoundError as error:
                    return models, answer.choices[0].message.content, error.code
            return None

        models, text, code = asyncio.run(talk())
        self.assertIn("gpt-4o", models)
        self.assertEqual((text, code), ("早上好", "model_not_found"))

    def test_who_leaves_a_stream_pays_for_it_and_goes_on(self):
        with self.ask("hi [[chunks=12]] [[delay_ms=100]] [[usage=100,50]]", stream=True) as stream:
            for chunk in stream:
                if chunk.choices[0].delta.content:
                    break
        self.assertEqual(self.ask("hi [[text=yes]] [[usage=10,10]]").choices[0].message.content, "yes")
        self.wait_until(lambda: self.charged() == 3)
