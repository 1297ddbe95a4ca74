"""The checks of what the product is made of, on faults made on purpose."""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import repository
import scan_secrets
import unused_dependencies

HERE = pathlib.Path(__file__).parent


def deny(change):
    """What cargo-deny says of the tree by other rules: its status and its words."""
    with tempfile.TemporaryDirectory() as folder:
        rules = pathlib.Path(folder) / "deny.toml"
        old = (HERE / "deny.toml").read_text()
        new = change(old)
        assert new != old, "the rules are the same"
        rules.write_text(new)
        tool = pathlib.Path(sys.executable).parent / "cargo-deny"
        command = [tool, "--locked", "--color", "never", "--config", rules, "check", "bans", "licenses", "sources"]
        done = subprocess.run(command, cwd=repository.ROOT, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


class Rules(unittest.TestCase):
    def test_a_crate_that_is_banned_is_found(self):
        status, words = deny(lambda rules: rules.replace('"native-tls"', '"serde_json"'))
        self.assertNotEqual(status, 0)
        self.assertIn("bans FAILED", words)

    def test_a_second_version_is_found(self):
        names = re.findall(r'^name = "(.*)"$', (repository.ROOT / "Cargo.lock").read_text(), re.MULTILINE)
        twice = next(name for name in names if names.count(name) > 1)
        status, words = deny(lambda rules: rules.replace('crate = "ring", deny', f'crate = "{twice}", deny'))
        self.assertNotEqual(status, 0)
        self.assertIn("bans FAILED", words)

    def test_a_licence_that_is_not_allowed_is_found(self):
        status, words = deny(lambda rules: rules.replace('"ISC", ', ""))
        self.assertNotEqual(status, 0)
        self.assertIn("licenses FAILED", words)

    def test_a_source_that_is_not_allowed_is_found(self):
        nowhere = 'allow-registry = ["https://registry.example.com/index"]\n'
        status, words = deny(lambda rules: rules + nowhere)
        self.assertNotEqual(status, 0)
        self.assertIn("sources FAILED", words)


class Secrets(unittest.TestCase):
    def found(self, text):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "settings.py").write_text(f"# The first line.\n{text}\n")
            return scan_secrets.found(root, ["settings.py"])

    def test_a_key_that_is_planted_is_found(self):
        # In two parts, so that this file holds none.
        for begin, rest in [
            ("AKIA", "IOSFODNN7PLANTED"),
            ("ghp_", "0123456789abcdefghijABCDEFGHIJ012345"),
            ("xoxb-", "123456789012-123456789012-abcdefghijklmnopqrstuvwx"),
            ("-----BEGIN RSA PRIVATE", " KEY-----"),
            ("https://admin:", "hunter2@db.internal.net/x"),
            ("LTAI", "5tPLANTEDplanted1234"),
            ("AKID", "z8krbsJ5yKBZQpn74WFkmLPx3PLANTED"),
            ("AIza", "SyPLANTEDplanted0123456789planted01"),
            ("sk-", "0123456789abcdef0123456789abcdef"),
            ("sk-", "proj-" + "planted-Planted_0123456789" * 3),
            ("MIIEvgIB", "ADANBgkqhkiG9w0BAQEFAASC" + "Planted0" * 20),
            ("MIIEpAIB", "AAKC" + "Planted0" * 20),
        ]:
            with self.subTest(begin):
                places = self.found(f"key = '{begin}{rest}'")
                self.assertEqual({place[:2] for place in places}, {("settings.py", 2)})
                self.assertNotIn(rest, str(places))

    def test_what_looks_like_chance_is_none(self):
        for text in [
            "id = '51616604789673984'",
            "digest = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'",
            "key = 'sk-EXAMPLEKEY8-0123456789'",
            "token: $TOKEN",
            "url = 'https://user:pw@1.1.1.1'",
        ]:
            self.assertEqual(self.found(text), [], text)

    def test_every_file_of_the_repository_is_looked_at(self):
        names = repository.files()
        for name in ["README.md", "Cargo.lock", ".ci/run", ".github/workflows/ci.yml", "events/shop-get-orders.json"]:
            if (repository.ROOT / name).exists():
                self.assertIn(name, names)
        self.assertFalse([name for name in names if name.startswith("target/")])


class Unused(unittest.TestCase):
    def workspace(self, code):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = pathlib.Path(folder.name)
        (root / "Cargo.toml").write_text('[workspace]\nresolver = "3"\nmembers = ["a", "b-c"]\n')
        for name, more, lines in [("a", 'b-c = { path = "../b-c" }\n', code), ("b-c", "", "")]:
            (root / name / "src").mkdir(parents=True)
            package = f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2024"\n\n[dependencies]\n{more}'
            (root / name / "Cargo.toml").write_text(package)
            (root / name / "src/lib.rs").write_text(lines)
        subprocess.run(["cargo", "generate-lockfile", "--offline", "--quiet"], cwd=root, check=True)
        return unused_dependencies.unused(root / "Cargo.toml")

    def test_a_dependency_that_no_line_names_is_found(self):
        self.assertEqual(self.workspace("// b_c is not used.\n"), [("a", "b-c")])
        self.assertEqual(self.workspace("pub struct Ab_c;\n"), [("a", "b-c")])

    def test_one_that_a_line_names_is_not(self):
        self.assertEqual(self.workspace("pub use b_c as other;\n"), [])


if __name__ == "__main__":
    unittest.main()
