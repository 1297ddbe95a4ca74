"""What must hold of the expanded template. Run: python -m unittest discover -s infra/template"""

import json
import re
import unittest

import expand

SOURCE = expand.source()
RESOURCES = expand.expanded()["Resources"]

# Managed policies cover what AWS offers no narrower way for: writing logs.
MANAGED_POLICIES = {"AWSLambdaBasicExecutionRole", "AmazonAPIGatewayPushToCloudWatchLogs"}
TABLE_VERBS = ("GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem", "Query")
TABLE_ACTIONS = {f"dynamodb:{verb}" for verb in TABLE_VERBS}
EVENTS = expand.ROOT / "events"
# What streams, and for how long at most.
STREAMED = {
    ("/api/chat/completions", "post"): 900_000,
    ("/api/images", "get"): 300_000,
    ("/api/images", "put"): 300_000,
    ("/api/images/generations", "post"): 300_000,
    ("/api/upload", "post"): 300_000,
    ("/v1/chat/completions", "post"): 900_000,
    ("/v1/images/generations", "post"): 300_000,
}
INDEXES = ("due", "list", "owner")
# What may be done with pictures, and with which.
PICTURE_ACTIONS = {"s3:PutObject", "s3:DeleteObject"}
PICTURES = {"Fn::Sub": "${ImageBucket.Arn}/public/*"}
# What API Gateway calls a route of any method, and the methods that come there. SAM answers OPTIONS by itself.
ANY = "x-amazon-apigateway-any-method"
METHODS = {"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"}
# The metric that each filter counts for, and the function whose log it reads.
METRICS = {
    "BooksDifferences": ("BooksDifferences", "Janitor"),
    "OddPayments": ("OddPayments", "Shop"),
    "OddPaymentsFound": ("OddPayments", "Janitor"),
    "UnknownPayments": ("UnknownPayments", "Shop"),
}


def of_type(kind):
    """The resources of one type by logical id."""
    return {name: resource for name, resource in RESOURCES.items() if resource["Type"] == kind}


def items(value):
    """A list as it is, anything else as a list of one."""
    return value if isinstance(value, list) else [value]


FUNCTIONS = of_type("AWS::Lambda::Function")
OPENAPI = RESOURCES["Api"]["Properties"]["Body"]
OPERATIONS = [
    (path, "any" if method == ANY else method, operation)
    for path, methods in OPENAPI["paths"].items()
    for method, operation in methods.items()
    if method != "options"
]


def function_of(operation):
    """The logical id of the function behind an operation."""
    return re.search(r"functions/\$\{(\w+)\.Arn\}/", operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"])[1]


def slug(method, path):
    """A route as names of files have it: DELETE /api/admin/carmi/{id} is delete-admin_carmi_id."""
    below = path.removeprefix("/api/").removeprefix("/").replace(".", "_")
    words = [segment.strip("{}") for segment in below.split("/")]
    return f"{method.lower()}-{'_'.join(words)}"


def deployed_with(package):
    """The folders of a function's own code and of the shared crates that it stands on."""
    folders, waiting = set(), [expand.ROOT / "functions" / package]
    while waiting:
        folder = waiting.pop()
        if folder not in folders:
            folders.add(folder)
            manifest = (folder / "Cargo.toml").read_text(encoding="utf-8").partition("[dev-dependencies]")[0]
            names = re.findall(r"^([\w-]+)[. =]", manifest.partition("[dependencies]")[2], re.MULTILINE)
            waiting.extend(expand.ROOT / "shared" / name for name in names if (expand.ROOT / "shared" / name).is_dir())
    return folders


def log_lines(package):
    """The messages that a function's code logs, each with the names of the fields beside it."""
    for folder in deployed_with(package):
        for file in (folder / "src").rglob("*.rs"):
            text = file.read_text(encoding="utf-8")
            for fields, message in re.findall(r'\btracing::(?:error|warn|info)!\(([^"]*)"([^"]+)"', text):
                yield message, set(re.findall(r"(?:^|,)\s*[%?]?(\w+)(?=\s*[=,])", fields))


def statements():
    """Every statement of every role with the role's name."""
    for name, role in of_type("AWS::IAM::Role").items():
        for policy in role["Properties"].get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement


class Routes(unittest.TestCase):
    def test_every_route_has_a_function_that_the_api_may_call(self):
        allowed = set()
        for permission in of_type("AWS::Lambda::Permission").values():
            properties = permission["Properties"]
            if properties["Principal"] == "apigateway.amazonaws.com":
                arn = properties["SourceArn"]["Fn::Sub"][0]
                allowed.add((properties["FunctionName"]["Ref"], arn.split("/", 2)[2]))
        self.assertTrue(OPERATIONS)
        for path, method, operation in OPERATIONS:
            with self.subTest(path=path, method=method):
                self.assertIn(function_of(operation), FUNCTIONS)
                # A permission has a star where the path has a variable, and for any method.
                called = method.upper().replace("ANY", "*") + re.sub(r"\{\w+\}", "*", path)
                self.assertIn((function_of(operation), called), allowed)

    def test_streaming_is_on_the_chat_routes_only(self):
        for path, method, operation in OPERATIONS:
            integration = operation["x-amazon-apigateway-integration"]
            uri = integration["uri"]["Fn::Sub"]
            with self.subTest(path=path, method=method):
                if (path, method) in STREAMED:
                    self.assertEqual(integration["responseTransferMode"], "STREAM")
                    self.assertIn("/2021-11-15/", uri)
                    self.assertTrue(uri.endswith("/response-streaming-invocations"))
                    self.assertEqual(integration["timeoutInMillis"], STREAMED[path, method])
                else:
                    self.assertNotIn("responseTransferMode", integration)
                    self.assertTrue(uri.endswith("/invocations"))

    def test_a_function_is_either_streamed_or_buffered(self):
        streamed = {function_of(operation) for path, method, operation in OPERATIONS if (path, method) in STREAMED}
        buffered = {function_of(operation) for path, method, operation in OPERATIONS if (path, method) not in STREAMED}
        self.assertFalse(streamed & buffered)

    def test_every_route_and_schedule_has_a_recorded_event_and_no_event_is_left_over(self):
        routes = {
            (method.upper(), path): f"{function_of(operation).lower()}-{slug(method, path)}.json"
            for path, method, operation in OPERATIONS
        }
        schedules = {
            f"{target['Arn']['Fn::GetAtt'][0].lower()}-schedule.json"
            for rule in of_type("AWS::Events::Rule").values()
            for target in rule["Properties"]["Targets"]
        }
        recorded, others = {}, set()
        for file in EVENTS.iterdir():
            event = json.loads(file.read_text(encoding="utf-8"))
            if "httpMethod" not in event:
                others.add(file.name)
                continue
            self.assertIn(event["httpMethod"], METHODS, file.name)
            # What came to a route of any method came by one of them.
            takes_any = ("ANY", event["resource"]) in routes
            route = ("ANY" if takes_any else event["httpMethod"], event["resource"])
            self.assertNotIn(route, recorded, f"{file.name} is for the route of another event")
            recorded[route] = file.name
        # Were two routes to share a name, one of them would lack its event here.
        self.assertEqual(recorded, routes)
        self.assertEqual(others, schedules)

    def test_names_of_events_tell_method_and_path(self):
        self.assertEqual(slug("delete", "/api/admin/carmi/{id}"), "delete-admin_carmi_id")
        self.assertEqual(slug("get", "/api/send_sms"), "get-send_sms")
        self.assertEqual(slug("get", "/api/openapi.json"), "get-openapi_json")
        self.assertEqual(slug("GET", "/v1/models"), "get-v1_models")
        self.assertEqual(slug("GET", "/apis"), "get-apis")
        self.assertEqual(slug("any", "/api/pay/notify/{channel}/{id}"), "any-pay_notify_channel_id")

    def test_any_method_may_come_where_payment_providers_call_and_nowhere_else(self):
        paths = {path for path, method, _ in OPERATIONS if method == "any"}
        self.assertEqual(paths, {"/api/pay/notify", "/api/pay/notify/{channel}/{id}"})
        for path in paths:
            self.assertEqual(set(OPENAPI["paths"][path]), {ANY, "options"})


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

    def test_functions_are_small_native_binaries_without_reserved_concurrency(self):
        for name, function in FUNCTIONS.items():
            properties = function["Properties"]
            with self.subTest(function=name):
                self.assertEqual(properties["Runtime"], "provided.al2023")
                self.assertEqual(properties["Handler"], "bootstrap")
                self.assertEqual(properties["Architectures"], [{"Ref": "Architecture"}])
                self.assertLessEqual(properties["MemorySize"], 512)
                self.assertNotIn("ReservedConcurrentExecutions", properties)
        self.assertEqual(SOURCE["Parameters"]["Architecture"]["Default"], "arm64")

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


class Rights(unittest.TestCase):
    def test_no_right_is_wider_than_its_purpose(self):
        for role, statement in statements():
            with self.subTest(role=role, statement=statement.get("Sid")):
                self.assertEqual(statement["Effect"], "Allow")
                self.assertNotIn("NotAction", statement)
                self.assertNotIn("NotResource", statement)
                for action in items(statement["Action"]):
                    self.assertNotIn("*", action)
                    if action.startswith("dynamodb:"):
                        self.assertIn(action, TABLE_ACTIONS)
                for resource in items(statement["Resource"]):
                    self.check_resource(statement, resource)

    def check_resource(self, statement, resource):
        if items(statement["Action"]) == ["ses:SendEmail"]:
            # SES decides by itself which identity a mail falls under; the sender is bound by the condition.
            self.assertTrue(resource["Fn::Sub"].endswith(":${AWS::AccountId}:identity/*"))
            self.assertEqual(statement["Condition"], {"StringEquals": {"ses:FromAddress": {"Ref": "MailSender"}}})
        elif resource == PICTURES:
            self.assertLessEqual(set(items(statement["Action"])), PICTURE_ACTIONS)
        else:
            self.assertNotIn("*", json.dumps(resource))
            # A bucket's own ARN is good for listing alone.
            self.assertNotIn("ImageBucket", json.dumps(resource))

    def test_indexes_are_queried_and_nothing_else(self):
        for role, statement in statements():
            for resource in items(statement["Resource"]):
                name = isinstance(resource, dict) and resource.get("Fn::Sub", "").partition("${Table.Arn}/index/")[2]
                if name:
                    with self.subTest(role=role, index=name):
                        self.assertIn(name, INDEXES)
                        self.assertEqual(items(statement["Action"]), ["dynamodb:Query"])

    def test_no_scan_anywhere(self):
        self.assertNotIn("Scan", json.dumps(RESOURCES))

    def test_roles_borrow_only_the_right_to_write_logs(self):
        for name, role in of_type("AWS::IAM::Role").items():
            for arn in role["Properties"].get("ManagedPolicyArns", []):
                with self.subTest(role=name, arn=arn):
                    text = arn["Fn::Sub"] if isinstance(arn, dict) else arn
                    self.assertIn(text.rsplit("/", 1)[1], MANAGED_POLICIES)

    def test_every_function_has_a_role_of_its_own(self):
        roles = [function["Properties"]["Role"]["Fn::GetAtt"][0] for function in FUNCTIONS.values()]
        self.assertEqual(len(roles), len(set(roles)))


class Edge(unittest.TestCase):
    def test_every_path_answers_preflights(self):
        for path, methods in OPENAPI["paths"].items():
            with self.subTest(path=path):
                answer = methods["options"]["x-amazon-apigateway-integration"]["responses"]["default"]["responseParameters"]
                headers = {key.removeprefix("method.response.header."): value for key, value in answer.items()}
                self.assertEqual(headers["Access-Control-Allow-Methods"], "'GET,POST,PUT,DELETE,OPTIONS'")
                self.assertEqual(
                    headers["Access-Control-Allow-Headers"], "'token,content-type,authorization,idempotency-key'"
                )
                self.assertEqual(headers["Access-Control-Allow-Origin"], {"Fn::Sub": "'${AllowedOrigin}'"})
                self.assertNotIn("Access-Control-Allow-Credentials", headers)

    def test_the_gateways_own_answers_are_envelopes(self):
        statuses = {}
        for kind, answer in OPENAPI["x-amazon-apigateway-gateway-responses"].items():
            statuses[kind] = answer.get("statusCode")
            with self.subTest(kind=kind):
                self.assertEqual(list(answer["responseTemplates"]), ["application/json"])
                body = json.loads(answer["responseTemplates"]["application/json"])
                self.assertEqual(set(body), {"code", "data", "message", "request_id"})
                self.assertEqual((body["code"], body["data"]), (-1, {}))
                self.assertRegex(body["message"], r"[\u4e00-\u9fff]")
                self.assertEqual(body["request_id"], "$context.requestId")
                parameters = answer["responseParameters"]
                header = "gatewayresponse.header."
                self.assertEqual(parameters[header + "Access-Control-Allow-Origin"], {"Fn::Sub": "'${AllowedOrigin}'"})
                self.assertEqual(parameters[header + "Access-Control-Expose-Headers"], "'x-request-id,retry-after'")
                self.assertEqual(parameters[header + "x-request-id"], "context.requestId")
                self.assertEqual(header + "Retry-After" in parameters, answer.get("statusCode") == "429")
        self.assertEqual(
            statuses,
            {
                # Each kind of these two keeps its own status.
                "DEFAULT_4XX": None,
                "DEFAULT_5XX": None,
                "MISSING_AUTHENTICATION_TOKEN": "404",
                "RESOURCE_NOT_FOUND": "404",
                "REQUEST_TOO_LARGE": "413",
                "THROTTLED": "429",
                "QUOTA_EXCEEDED": "429",
                "INTEGRATION_FAILURE": "502",
                "INTEGRATION_TIMEOUT": "504",
                "INVALID_SIGNATURE": "404",
            },
        )

    def test_the_api_is_regional_has_one_stage_and_is_throttled(self):
        self.assertEqual(RESOURCES["Api"]["Properties"]["EndpointConfiguration"]["Types"], ["REGIONAL"])
        (stage,) = of_type("AWS::ApiGateway::Stage").values()
        self.assertEqual(stage["Properties"]["StageName"], {"Ref": "Stage"})
        (settings,) = stage["Properties"]["MethodSettings"]
        self.assertGreater(settings["ThrottlingRateLimit"], 0)
        self.assertGreater(settings["ThrottlingBurstLimit"], 0)
        self.assertFalse(settings["DataTraceEnabled"])

    def test_uploads_and_nothing_else_are_handed_over_as_bytes(self):
        # A REST API's own property writes the slash as ~1; in its OpenAPI document it is a slash.
        self.assertEqual(RESOURCES["Api"]["Properties"]["BinaryMediaTypes"], ["multipart~1form-data"])
        self.assertEqual(OPENAPI["x-amazon-apigateway-binary-media-types"], ["multipart/form-data"])

    def test_the_access_log_is_json_without_queries_bodies_or_headers(self):
        (stage,) = of_type("AWS::ApiGateway::Stage").values()
        line = json.loads(stage["Properties"]["AccessLogSetting"]["Format"])
        self.assertEqual(line["request_id"], "$context.requestId")
        text = json.dumps(line)
        for forbidden in ("querystring", "header", "authorizer", "body", "protocol"):
            self.assertNotIn(forbidden, text.lower())

    def test_an_address_in_front_is_https_without_a_slash_at_its_end(self):
        for parameter in ("ImagesUrl", "PublicUrl"):
            pattern = re.compile(SOURCE["Parameters"][parameter]["AllowedPattern"])
            for good in ("", "https://cdn.example", "https://cdn.example:8443/a/b"):
                self.assertIsNotNone(pattern.search(good), good)
            slashes = ("https://cdn.example/", "https://a.b/c/")
            for bad in (*slashes, "http://cdn.example", "https://", "https://a.b?c", "https://a b"):
                self.assertIsNone(pattern.search(bad), bad)


class Metrics(unittest.TestCase):
    def test_each_filter_counts_a_number_that_its_function_logs(self):
        filters = of_type("AWS::Logs::MetricFilter")
        self.assertEqual(set(filters), set(METRICS))
        for name, (metric_name, function) in METRICS.items():
            with self.subTest(filter=name):
                properties = filters[name]["Properties"]
                logging = FUNCTIONS[function]["Properties"]["LoggingConfig"]
                self.assertEqual(properties["LogGroupName"], logging["LogGroup"])
                # The functions' log lines are flat: a message and its fields lie side by side.
                pattern = r'\{ \$\.message = "([^"]+)" && \$\.(\w+) > 0 \}'
                message, number = re.fullmatch(pattern, properties["FilterPattern"]).groups()
                fields = [fields for logged, fields in log_lines(function.lower()) if logged == message]
                self.assertTrue(fields, f"{function} never logs: {message}")
                for logged in fields:
                    self.assertIn(number, logged, message)
                (metric,) = properties["MetricTransformations"]
                self.assertEqual(
                    metric,
                    {
                        "MetricNamespace": {"Ref": "AWS::StackName"},
                        "MetricName": metric_name,
                        "MetricValue": f"$.{number}",
                        "Unit": "Count",
                    },
                )

    def test_log_lines_are_those_of_the_function_and_of_what_it_stands_on(self):
        folders = {str(folder.relative_to(expand.ROOT)) for folder in deployed_with("shop")}
        self.assertLessEqual({"functions/shop", "shared/cashier", "shared/payment", "shared/domain"}, folders)
        self.assertFalse({"shared/testkit", "shared/keyring", "functions/janitor"} & folders)
        self.assertNotIn("did the scheduled work", {message for message, _ in log_lines("shop")})
        answered = [fields for message, fields in log_lines("site") if message == "answered"]
        self.assertTrue(answered and all({"method", "path", "status"} <= fields for fields in answered))


class Pictures(unittest.TestCase):
    def setUp(self):
        (self.bucket,) = of_type("AWS::S3::Bucket").values()
        (self.policy,) = of_type("AWS::S3::BucketPolicy").values()

    def test_everybody_gets_pictures_and_nobody_lists_them(self):
        self.assertEqual(self.policy["Properties"]["Bucket"], {"Ref": "ImageBucket"})
        allowed = [s for s in self.policy["Properties"]["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"]
        (allowed,) = allowed
        self.assertEqual((allowed["Principal"], allowed["Action"], allowed["Resource"]), ("*", "s3:GetObject", PICTURES))

    def test_nothing_is_done_without_tls(self):
        denied = [s for s in self.policy["Properties"]["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
        (denied,) = denied
        self.assertEqual((denied["Principal"], denied["Action"]), ("*", "s3:*"))
        self.assertEqual(denied["Resource"], [{"Fn::GetAtt": ["ImageBucket", "Arn"]}, {"Fn::Sub": "${ImageBucket.Arn}/*"}])
        self.assertEqual(denied["Condition"], {"Bool": {"aws:SecureTransport": "false"}})

    def test_no_object_is_public_but_by_the_policy(self):
        block = self.bucket["Properties"]["PublicAccessBlockConfiguration"]
        self.assertTrue(block["BlockPublicAcls"] and block["IgnorePublicAcls"])
        # These two would refuse the policy.
        self.assertFalse(block["BlockPublicPolicy"] or block["RestrictPublicBuckets"])
        rules = self.bucket["Properties"]["OwnershipControls"]["Rules"]
        self.assertEqual(rules, [{"ObjectOwnership": "BucketOwnerEnforced"}])

    def test_pictures_are_encrypted_and_what_was_deleted_ends(self):
        properties = self.bucket["Properties"]
        (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        self.assertEqual(rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"], "AES256")
        self.assertEqual(properties["VersioningConfiguration"]["Status"], "Enabled")
        rules = properties["LifecycleConfiguration"]["Rules"]
        self.assertTrue(all(rule["Status"] == "Enabled" for rule in rules))
        (passing,) = [rule for rule in rules if "Prefix" in rule]
        ends = {key: value for rule in rules if rule is not passing for key, value in rule.items()}
        self.assertEqual(ends["NoncurrentVersionExpiration"], {"NoncurrentDays": 30})
        self.assertEqual(ends["AbortIncompleteMultipartUpload"], {"DaysAfterInitiation": 1})
        # What is current never ends by itself.
        self.assertFalse({"ExpirationInDays", "ExpirationDate", "Transitions"} & set(ends))
        # But for what is fetched once; its name is known to functions/images/src/files.rs alone.
        self.assertEqual((passing["Prefix"], passing["ExpirationInDays"]), ("public/passing/", 1))
        files = (expand.ROOT / "functions/images/src/files.rs").read_text()
        self.assertIn(f'"{passing["Prefix"].rstrip("/")}"', files)

    def test_pages_of_the_site_may_read_pictures(self):
        (rule,) = self.bucket["Properties"]["CorsConfiguration"]["CorsRules"]
        self.assertEqual((rule["AllowedMethods"], rule["AllowedOrigins"]), (["GET"], [{"Ref": "AllowedOrigin"}]))


class Data(unittest.TestCase):
    def test_the_table_is_on_demand_recoverable_and_forgets_by_ttl(self):
        (table,) = of_type("AWS::DynamoDB::Table").values()
        properties = table["Properties"]
        self.assertEqual(properties["BillingMode"], "PAY_PER_REQUEST")
        self.assertTrue(properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"])
        self.assertEqual(properties["TimeToLiveSpecification"], {"AttributeName": "ttl", "Enabled": True})

    def test_the_indexes_hold_keys_and_owners_alone_sorted_by_a_number(self):
        (table,) = of_type("AWS::DynamoDB::Table").values()
        properties = table["Properties"]
        indexes = {index["IndexName"]: index for index in properties["GlobalSecondaryIndexes"]}
        self.assertEqual(tuple(indexes), INDEXES)
        kinds = {"pk": "S", "sk": "S"}
        for name, index in indexes.items():
            with self.subTest(index=name):
                keys = [(key["AttributeName"], key["KeyType"]) for key in index["KeySchema"]]
                self.assertEqual(keys, [(f"{name}_pk", "HASH"), (f"{name}_sk", "RANGE")])
                with_owner = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["user"]}
                keys = with_owner if name == "list" else {"ProjectionType": "KEYS_ONLY"}
                self.assertEqual(index["Projection"], keys)
            kinds |= {f"{name}_pk": "S", f"{name}_sk": "N"}
        attributes = properties["AttributeDefinitions"]
        self.assertEqual({entry["AttributeName"]: entry["AttributeType"] for entry in attributes}, kinds)

    def test_what_cannot_be_made_again_outlives_the_stack(self):
        for kind in ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"):
            for name, resource in of_type(kind).items():
                with self.subTest(resource=name):
                    self.assertEqual(resource["DeletionPolicy"], "Retain")
                    self.assertEqual(resource["UpdateReplacePolicy"], "Retain")

    def test_the_schedule_runs_every_minute_and_a_run_ends_before_the_next(self):
        (rule,) = of_type("AWS::Events::Rule").values()
        self.assertEqual(rule["Properties"]["ScheduleExpression"], "rate(1 minute)")
        self.assertEqual(rule["Properties"]["State"], "ENABLED")
        self.assertLess(FUNCTIONS["Janitor"]["Properties"]["Timeout"], 60)


if __name__ == "__main__":
    unittest.main()
