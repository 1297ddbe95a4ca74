"""Pictures through OpenAI's client. Run: python -m unittest discover -s infra/openai"""

import base64
import struct
import zlib

import openai

from stack import StackCase

PRICE = 10
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def size_of(picture):
    """Width and height of a PNG, all of which is read as a viewer would."""
    if not picture.startswith(PNG_SIGNATURE):
        raise AssertionError("it is no PNG")
    place, kinds, pixels, size = len(PNG_SIGNATURE), [], b"", None
    while place < len(picture):
        length, kind = struct.unpack_from(">I4s", picture, place)
        content = picture[place + 8 : place + 8 + length]
        (checksum,) = struct.unpack_from(">I", picture, place + 8 + length)
        if zlib.crc32(kind + content) != checksum:
            raise AssertionError(f"the chunk {kind} is damaged")
        if kind == b"IHDR":
            size = struct.unpack_from(">II", content)
        if kind == b"IDAT":
            pixels += content
        kinds.append(kind)
        place += 12 + length
    if kinds[0] != b"IHDR" or kinds[-1] != b"IEND" or not zlib.decompress(pixels):
        raise AssertionError(f"it has no picture: {kinds}")
    return size


class Images(StackCase):
    def draw(self, prompt="a fox in the snow", **more):
        """Pictures, with the test's own key."""
        return self.client.images.generate(**{"model": "dall-e-2", "prompt": prompt, "size": "256x256", **more})

    def test_pictures_lie_behind_their_urls(self):
        answer = self.draw(n=2)
        urls = {picture.url for picture in answer.data}
        self.assertEqual(len(urls), 2)
        for url in urls:
            picture, media_type = self.stack.get(url)
            self.assertEqual((size_of(picture), media_type), ((256, 256), "image/png"))
        self.assertEqual(self.ada.statement()[0], (f"-{2 * PRICE}积分", "绘画"))
        self.assertEqual((self.charged(), self.ada.spent_by(self.key)), (2 * PRICE, 2 * PRICE))

    def test_a_picture_can_be_in_the_answer_itself(self):
        answer = self.draw(model="dall-e-3", size="1024x1024", response_format="b64_json")
        (picture,) = answer.data
        self.assertIsNone(picture.url)
        self.assertEqual(size_of(base64.b64decode(picture.b64_json, validate=True)), (1024, 1024))
        self.assertEqual(self.charged(), PRICE)

    def test_a_prompt_alone_is_enough(self):
        (picture,) = self.client.images.generate(prompt="一只在雪地里的狐狸🦊").data
        self.assertEqual(size_of(self.stack.get(picture.url)[0]), (1024, 1024))

    def test_what_cannot_be_drawn_costs_nothing(self):
        for wish in (
            {"prompt": ""},
            {"prompt": "a fox [[filtered]]"},
            {"response_format": "svg"},
            {"stream": True},
            {"n": 11},
            {"n": 0},
            {"size": "large"},
            {"background": "transparent"},
            {"output_format": "webp"},
        ):
            with self.subTest(**wish):
                with self.assertRaises(openai.BadRequestError) as refused:
                    self.draw(**wish)
                self.assertEqual(refused.exception.type, "invalid_request_error")
        with self.assertRaises(openai.NotFoundError) as unknown:
            self.draw(model="nobody-has-this")
        self.assertEqual(unknown.exception.code, "model_not_found")
        with self.assertRaises(openai.InternalServerError) as failed:
            self.draw("a fox [[status=500]]")
        self.assertEqual(failed.exception.status_code, 502)
        self.assertEqual(self.charged(), 0)

    def test_who_cannot_pay_draws_nothing(self):
        self.stack.gives(self.ada, PRICE - 1)
        with self.assertRaises(openai.RateLimitError) as refused:
            self.draw()
        self.assertEqual(refused.exception.code, "insufficient_quota")
        self.assertEqual(self.ada.credits(), PRICE - 1)
