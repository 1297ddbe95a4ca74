"""The roads to AWS: the settings of the SAM CLI and the workflows."""

import re
import tomllib
import unittest

import expand
import yaml
from product import SOURCE

SAM = tomllib.loads((expand.ROOT / "infra/samconfig.toml").read_text(encoding="utf-8"))
FOLDER = expand.ROOT / ".github" / "workflows"
WORKFLOWS = {file.name: yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.iterdir())}


class Settings(unittest.TestCase):
    def test_a_deployment_may_make_roles_shows_what_changes_and_keeps_nothing_half_made(self):
        deploy = SAM["default"]["deploy"]["parameters"]
        self.assertEqual(deploy["capabilities"], "CAPABILITY_IAM")
        self.assertTrue(deploy["resolve_s3"] and deploy["confirm_changeset"])
        self.assertFalse(deploy["fail_on_empty_changeset"])
        # CloudFormation's own way: what cannot be made is taken away again.
        self.assertFalse({"on_failure", "disable_rollback"} & set(deploy))

    def test_no_role_has_a_name_which_would_need_more_than_the_settings_allow(self):
        for name, resource in expand.expanded()["Resources"].items():
            if resource["Type"].startswith("AWS::IAM::"):
                names = {"RoleName", "PolicyName", "UserName", "GroupName"}
                self.assertFalse(names & set(resource["Properties"]), name)

    def test_no_build_is_taken_from_a_cache(self):
        # SAM looks for changes in the folder of a function alone, and most of each function lies in shared/.
        self.assertNotIn("cached", SAM["default"].get("build", {}).get("parameters", {}))
        self.assertNotIn("cached", SAM["default"]["global"]["parameters"])

    def test_what_it_proposes_to_set_are_parameters(self):
        text = (expand.ROOT / "infra/samconfig.toml").read_text(encoding="utf-8")
        proposed = set(re.findall(r'^#\s+"(\w+)=', text, re.MULTILINE))
        self.assertTrue(proposed)
        self.assertLessEqual(proposed, set(SOURCE["Parameters"]))


class Workflows(unittest.TestCase):
    def test_they_may_do_no_more_than_they_need(self):
        self.assertEqual(set(WORKFLOWS), {"advisories.yml", "ci.yml", "deploy.yml"})
        for reader in ("advisories.yml", "ci.yml"):
            self.assertEqual(WORKFLOWS[reader]["permissions"], {"contents": "read"})
        self.assertEqual(WORKFLOWS["deploy.yml"]["permissions"], {})
        jobs = WORKFLOWS["deploy.yml"]["jobs"]
        self.assertEqual(jobs["checks"]["permissions"], {"contents": "read"})
        # Only who deploys may say who it is.
        self.assertEqual(jobs["deploy"]["permissions"], {"contents": "read", "id-token": "write"})

    def test_no_key_lives_longer_than_a_run(self):
        for file in FOLDER.iterdir():
            text = file.read_text(encoding="utf-8")
            self.assertNotRegex(text, r"secrets\.|aws-access-key-id|aws-secret-access-key|AWS_SECRET_ACCESS_KEY")
        steps = WORKFLOWS["deploy.yml"]["jobs"]["deploy"]["steps"]
        names = [step.get("uses", step.get("name", step.get("run", ""))) for step in steps]
        taken = "aws-actions/configure-aws-credentials@"
        (role,) = [place for place, name in enumerate(names) if name.startswith(taken)]
        # What is built could otherwise use the role.
        self.assertLess(names.index("sam build"), role)
        self.assertEqual(names[role + 1 :], ["sam deploy"])

    def test_actions_are_pinned_and_few(self):
        for name, workflow in WORKFLOWS.items():
            for job in workflow["jobs"].values():
                for step in job.get("steps", []):
                    if "uses" in step:
                        with self.subTest(workflow=name, action=step["uses"]):
                            self.assertRegex(step["uses"], r"^(actions|aws-actions)/[\w-]+@(v\d+|[0-9a-f]{40})$")

    def test_no_input_is_pasted_into_a_script(self):
        for workflow in WORKFLOWS.values():
            for job in workflow["jobs"].values():
                for step in job.get("steps", []):
                    self.assertNotIn("${{", step.get("run", ""))

    def test_every_job_ends_and_two_deployments_never_meet(self):
        for workflow in WORKFLOWS.values():
            for job in workflow["jobs"].values():
                self.assertTrue("uses" in job or job["timeout-minutes"] <= 120)
        deploy = WORKFLOWS["deploy.yml"]["jobs"]["deploy"]
        self.assertFalse(deploy["concurrency"]["cancel-in-progress"])
        self.assertIn("inputs.stack", deploy["concurrency"]["group"])
        # A called workflow must not wait for its caller: each has a group of its own.
        self.assertTrue(WORKFLOWS["ci.yml"]["concurrency"]["group"].startswith("ci-"))

    def test_both_use_the_checks_and_the_toolchain_of_the_repository(self):
        runs = [step.get("run") for step in WORKFLOWS["ci.yml"]["jobs"]["checks"]["steps"]]
        self.assertIn(".ci/run", runs)
        self.assertTrue((expand.ROOT / ".ci" / "run").exists())
        deploy = WORKFLOWS["deploy.yml"]["jobs"]["deploy"]
        self.assertEqual(deploy["needs"], "checks")
        promised = re.search(r'^rust-version = "([^"]+)"', (expand.ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
        for job in (deploy, WORKFLOWS["ci.yml"]["jobs"]["checks"]):
            self.assertEqual(job["env"]["RUSTUP_TOOLCHAIN"], promised)
        stack = SAM["default"]["global"]["parameters"]["stack_name"]
        inputs = WORKFLOWS["deploy.yml"][True]["workflow_dispatch"]["inputs"]  # YAML 1.1 reads `on` as true.
        self.assertEqual(inputs["stack"]["default"], stack)
        command = deploy["steps"][-1]["run"]
        self.assertIn("--config-file infra/samconfig.toml", command)
        self.assertIn("--no-confirm-changeset", command)


if __name__ == "__main__":
    unittest.main()
