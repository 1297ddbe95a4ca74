"""The description of the API by itself: joined from its sources, valid, with examples that fit."""

import json
import subprocess
import sys
import unittest
from pathlib import Path

import jsonschema
import openapi_spec_validator

import join

DOCUMENT = json.loads(join.DOCUMENT.read_text("utf-8"))


def validator(schema):
    """Of a schema of the document, whose references begin at the root."""
    return jsonschema.Draft202012Validator({**schema, "components": DOCUMENT["components"]})


def operations():
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def examples(node, place):
    """Every schema with its example, wherever they stand together."""
    if isinstance(node, dict):
        if "schema" in node and "example" in node:
            yield place, node["schema"], node["example"]
        for name, inner in node.items():
            yield from examples(inner, f"{place}/{name}")
    elif isinstance(node, list):
        for inner in node:
            yield from examples(inner, place)


def optional(schema, place):
    """The fields that an answer may leave out."""
    if isinstance(schema, dict):
        for name, inner in (schema.get("properties") or {}).items():
            if name not in schema.get("required", []):
                yield f"{place}.{name}", inner
        for name, inner in schema.items():
            yield from optional(inner, f"{place}.{name}")
    elif isinstance(schema, list):
        for inner in schema:
            yield from optional(inner, place)


def reached(node, seen):
    """The names of the schemas that something refers to."""
    if isinstance(node, dict):
        place = node.get("$ref", "").removeprefix("#/components/")
        if place and place not in seen:
            seen.add(place)
            kind, name = place.split("/")
            reached(DOCUMENT["components"][kind][name], seen)
        for inner in node.values():
            reached(inner, seen)
    elif isinstance(node, list):
        for inner in node:
            reached(inner, seen)
    return seen


class Document(unittest.TestCase):
    def test_it_is_what_its_sources_say(self):
        program = Path(join.__file__)
        checked = subprocess.run([sys.executable, program, "--check"], capture_output=True, text=True, check=False)
        self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_it_is_open_api_3_1(self):
        self.assertEqual(DOCUMENT["openapi"], "3.1.0")
        openapi_spec_validator.validate(DOCUMENT)

    def test_every_example_is_one(self):
        found = list(examples(DOCUMENT, ""))
        self.assertGreater(len(found), 200)
        for place, schema, example in found:
            errors = [f"{error.json_path}: {error.message}" for error in validator(schema).iter_errors(example)]
            self.assertEqual(errors, [], place)

    def test_every_operation_has_an_example_of_its_request_and_of_its_success(self):
        for route, operation in operations():
            with self.subTest(route):
                self.assertTrue(operation["summary"] and operation["description"])
                contents = list(operation.get("requestBody", {}).get("content", {}).values())
                contents += operation["responses"]["200"]["content"].values()
                for content in contents:
                    self.assertIn("example", content)

    def test_every_operation_has_a_name_of_its_own(self):
        names = [operation["operationId"] for _, operation in operations()]
        self.assertEqual(len(names), len(set(names)))

    def test_what_an_answer_may_leave_out_is_explained(self):
        answers = {route: operation["responses"] for route, operation in operations()}
        schemas = {name for name in reached(answers, set()) if name.startswith("schemas/")}
        looked = answers | {name: DOCUMENT["components"]["schemas"][name.removeprefix("schemas/")] for name in schemas}
        for place, schema in looked.items():
            for field, inner in optional(schema, place):
                if ".delta." not in field:
                    self.assertTrue(inner.get("description"), f"{field} may be missing: when?")

    def test_answers_have_the_described_fields_alone(self):
        def objects(node, place):
            if isinstance(node, dict):
                if node.get("properties") and node.get("type") == "object":
                    yield place, node
                for name, inner in node.items():
                    yield from objects(inner, f"{place}.{name}")
            elif isinstance(node, list):
                for inner in node:
                    yield from objects(inner, place)

        for route, operation in operations():
            for place, schema in objects(operation["responses"], route):
                self.assertIs(schema.get("additionalProperties"), False, place)
        for name in reached({route: operation["responses"] for route, operation in operations()}, set()):
            if name.startswith("schemas/"):
                for place, schema in objects(DOCUMENT["components"]["schemas"][name.removeprefix("schemas/")], name):
                    self.assertIs(schema.get("additionalProperties"), False, place)


if __name__ == "__main__":
    unittest.main()
