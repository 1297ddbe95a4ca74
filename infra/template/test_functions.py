"""What must hold of each function: its package, its size, its log, its variables."""

import unittest

import expand
from deployment import Deployment
from product import FUNCTIONS, SOURCE, items, of_type, statements


class Functions(unittest.TestCase):
    def test_every_function_package_is_deployed_under_its_own_name(self):
        packages = {folder.name for folder in (expand.ROOT / "functions").iterdir() if (folder / "Cargo.toml").exists()}
        declared = set()
        for name, resource in SOURCE["Resources"].items():
            if resource["Type"] == "AWS::Serverless::Function":
                package = name.lower()
                declared.add(package)
                self.assertEqual(resource["Properties"]["CodeUri"], f"functions/{package}")
                self.assertEqual(
                    resource["Metadata"],
                    {"BuildMethod": "rust-cargolambda", "BuildProperties": {"Binary": package}},
                )
        self.assertEqual(declared, packages)

    def test_functions_are_small_native_binaries(self):
        for name, function in FUNCTIONS.items():
            properties = function["Properties"]
            with self.subTest(function=name):
                self.assertEqual(properties["Runtime"], "provided.al2023")
                self.assertEqual(properties["Handler"], "bootstrap")
                self.assertEqual(properties["Architectures"], [{"Ref": "Architecture"}])
                self.assertLessEqual(properties["MemorySize"], 512)
        self.assertEqual(SOURCE["Parameters"]["Architecture"]["Default"], "arm64")

    def test_concurrency_is_reserved_where_it_is_asked_for_and_nowhere_else(self):
        def reserved(**parameters):
            functions = of_type("AWS::Lambda::Function", Deployment(**parameters).resources)
            properties = {name: function["Properties"] for name, function in functions.items()}
            key = "ReservedConcurrentExecutions"
            return {name: values[key] for name, values in properties.items() if key in values}

        # A new account has 10 in all and must leave 10 unreserved: any number would fail its first deployment.
        self.assertEqual(reserved(), {})
        self.assertEqual(reserved(ChatConcurrency="50"), {"Chat": {"Ref": "ChatConcurrency"}})
        self.assertEqual(reserved(ImagesConcurrency="5"), {"Images": {"Ref": "ImagesConcurrency"}})

    def test_traces_are_written_only_when_asked_for(self):
        for tracing in ("Disabled", "Active"):
            deployment = Deployment(Tracing=tracing)
            for name, function in of_type("AWS::Lambda::Function", deployment.resources).items():
                mode = function["Properties"].get("TracingConfig", {}).get("Mode", "Disabled")
                with self.subTest(tracing=tracing, function=name):
                    self.assertEqual(deployment.text(mode), tracing)
            (stage,) = of_type("AWS::ApiGateway::Stage", deployment.resources).values()
            self.assertIs(stage["Properties"]["TracingEnabled"], tracing == "Active")

    def test_the_notification_address_is_the_given_one_or_the_domains_or_the_apis_own(self):
        domain = {"DomainName": "api.example.com", "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/a"}
        both = domain | {"PublicUrl": "https://cdn.example"}
        cases = [({}, ""), (domain, "https://api.example.com"), (both, "https://cdn.example")]
        for parameters, expected in cases:
            deployment = Deployment(**parameters)
            shop = deployment.resources["Shop"]["Properties"]["Environment"]["Variables"]
            self.assertEqual(deployment.text(shop["PUBLIC_URL"]), expected)
            shown = deployment.text(deployment.outputs["PublicBaseUrl"]["Value"])
            self.assertEqual(shown, expected or deployment.text(deployment.outputs["ApiUrl"]["Value"]))

    def test_every_function_logs_json_to_a_group_of_its_own_that_forgets(self):
        groups = of_type("AWS::Logs::LogGroup")
        used = []
        for name, function in FUNCTIONS.items():
            logging = function["Properties"]["LoggingConfig"]
            with self.subTest(function=name):
                self.assertEqual(logging["LogFormat"], "JSON")
                self.assertIn(logging["LogGroup"]["Ref"], groups)
                used.append(logging["LogGroup"]["Ref"])
        self.assertEqual(len(used), len(set(used)))
        for name, group in groups.items():
            with self.subTest(group=name):
                self.assertEqual(group["Properties"]["RetentionInDays"], {"Ref": "LogRetentionDays"})

    def test_no_function_gets_a_variable_of_the_local_stack(self):
        for name, function in FUNCTIONS.items():
            for variable in function["Properties"]["Environment"]["Variables"]:
                with self.subTest(function=name, variable=variable):
                    self.assertFalse(variable.startswith(("AWS_", "UPSTREAM_")))

    def test_the_secret_is_readable_exactly_where_it_is_named(self):
        for name, function in FUNCTIONS.items():
            role = function["Properties"]["Role"]["Fn::GetAtt"][0]
            reads = any(
                owner == role and "secretsmanager:GetSecretValue" in items(statement["Action"])
                for owner, statement in statements()
            )
            with self.subTest(function=name):
                self.assertEqual(reads, "SECRET_ID" in function["Properties"]["Environment"]["Variables"])


if __name__ == "__main__":
    unittest.main()
