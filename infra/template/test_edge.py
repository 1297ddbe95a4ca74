"""What the API answers by itself, logs and lets through; the domain and the firewall in front of it."""

import json
import re
import unittest

from deployment import Deployment, references
from product import OPENAPI, OPERATIONS, RESOURCES, SOURCE, STREAMED, of_type


class Edge(unittest.TestCase):
    def test_every_path_answers_preflights(self):
        for path, methods in OPENAPI["paths"].items():
            with self.subTest(path=path):
                answer = methods["options"]["x-amazon-apigateway-integration"]["responses"]["default"]["responseParameters"]
                headers = {key.removeprefix("method.response.header."): value for key, value in answer.items()}
                self.assertEqual(headers["Access-Control-Allow-Methods"], "'GET,POST,PUT,DELETE,OPTIONS'")
                # The star for what the libraries of programs in browsers add; it never stands for `authorization`.
                self.assertEqual(
                    headers["Access-Control-Allow-Headers"], "'token,content-type,authorization,idempotency-key,*'"
                )
                self.assertEqual(headers["Access-Control-Allow-Origin"], {"Fn::Sub": "'${AllowedOrigin}'"})
                self.assertNotIn("Access-Control-Allow-Credentials", headers)

    def test_the_gateways_own_answers_are_envelopes_and_errors_of_openais(self):
        statuses = {}
        for kind, answer in OPENAPI["x-amazon-apigateway-gateway-responses"].items():
            statuses[kind] = answer.get("statusCode")
            with self.subTest(kind=kind):
                self.assertEqual(list(answer["responseTemplates"]), ["application/json"])
                body = json.loads(answer["responseTemplates"]["application/json"])
                self.assertEqual(set(body), {"code", "data", "message", "request_id", "type", "error"})
                self.assertEqual(body["type"], "error")
                self.assertEqual(set(body["error"]), {"message", "type", "param", "code"})
                self.assertEqual((body["error"]["message"], body["error"]["param"]), (body["message"], None))
                self.assertRegex(body["error"]["code"], r"^[a-z_]+$")
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
        for settings in stage["Properties"]["MethodSettings"]:
            self.assertGreater(settings["ThrottlingRateLimit"], 0)
            self.assertGreaterEqual(settings["ThrottlingBurstLimit"], settings["ThrottlingRateLimit"])
            # Execution logs would hold tokens, addresses and prompts.
            self.assertEqual((settings["LoggingLevel"], settings["DataTraceEnabled"]), ("OFF", False))

    def test_what_is_dear_and_what_mails_is_throttled_harder_than_the_rest(self):
        (stage,) = of_type("AWS::ApiGateway::Stage").values()
        rest, *named = stage["Properties"]["MethodSettings"]
        self.assertEqual((rest["ResourcePath"], rest["HttpMethod"]), ("/*", "*"))
        rates = {}
        for settings in named:
            # The slash in front stays, those inside are written as ~1.
            path = settings["ResourcePath"].removeprefix("/").replace("~1", "/")
            rates[path, settings["HttpMethod"].lower()] = settings["ThrottlingRateLimit"]
        self.assertLessEqual(set(rates), {(path, method) for path, method, _ in OPERATIONS})
        self.assertEqual(len(rates), len(named))
        # Each name costs an entry at AWS, and more of them would say nothing more.
        self.assertLessEqual(len(named), 12)
        spends = {route for route in STREAMED if route[1] == "post"}
        mails = {("/api/send_sms", "get"), ("/api/login", "post"), ("/api/user/password", "put")}
        self.assertEqual({route for route, rate in rates.items() if rate < rest["ThrottlingRateLimit"]}, spends | mails)
        # What providers of payments call waits for nothing that people do.
        self.assertFalse([path for path, _ in rates if path.startswith("/api/pay/")])

    def test_the_functions_authenticate_and_a_guided_deployment_knows(self):
        # Without anything here the SAM CLI asks about each route, and takes an empty answer for a no.
        self.assertTrue(SOURCE["Resources"]["Api"]["Properties"]["Auth"])
        self.assertNotIn("security", json.dumps(OPENAPI))
        # And the SAM that deploys makes no nonsense of that, as it does with version 3 of OpenAPI.
        self.assertEqual(OPENAPI["swagger"], "2.0")
        for path, methods in OPENAPI["paths"].items():
            for header, described in methods["options"]["responses"]["200"]["headers"].items():
                self.assertEqual(set(described), {"type"}, f"{path} {header}")

    def test_uploads_and_nothing_else_are_handed_over_as_bytes(self):
        # A REST API's own property writes the slash as ~1; in its OpenAPI document it is a slash.
        self.assertEqual(RESOURCES["Api"]["Properties"]["BinaryMediaTypes"], ["multipart~1form-data"])
        self.assertEqual(OPENAPI["x-amazon-apigateway-binary-media-types"], ["multipart/form-data"])

    def test_the_stage_waits_for_the_role_of_its_log_where_this_stack_makes_it(self):
        for manages in ("true", "false"):
            resources = Deployment(ManageApiAccount=manages).resources
            stage = resources["ApiStage"]["Properties"]
            self.assertEqual(stage["AccessLogSetting"]["DestinationArn"], {"Fn::GetAtt": ["ApiLog", "Arn"]})
            self.assertEqual("ApiAccount" in set(references(resources["ApiLog"])), manages == "true")

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


class Front(unittest.TestCase):
    DOMAIN = {
        "DomainName": "api.example.com",
        "CertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/0",
    }

    def test_a_domain_stands_for_the_stage(self):
        deployment = Deployment(**self.DOMAIN)
        domain = deployment.resources["Domain"]["Properties"]
        self.assertEqual(domain["EndpointConfiguration"], {"Types": ["REGIONAL"]})
        self.assertEqual(domain["SecurityPolicy"], "TLS_1_2")
        mapping = deployment.resources["DomainMapping"]["Properties"]
        self.assertEqual(mapping["RestApiId"], {"Ref": "Api"})
        # The stage as a resource, so that it is there first; and no base path.
        self.assertEqual(deployment.resources[mapping["Stage"]["Ref"]]["Type"], "AWS::ApiGateway::Stage")
        self.assertNotIn("BasePath", mapping)
        self.assertIn("DomainTarget", deployment.outputs)

    def test_the_domain_has_a_record_where_a_zone_is_named(self):
        self.assertNotIn("DomainRecord", Deployment(**self.DOMAIN).resources)
        record = Deployment(**self.DOMAIN, HostedZoneId="Z0123").resources["DomainRecord"]["Properties"]
        self.assertEqual(record["HostedZoneId"], {"Ref": "HostedZoneId"})
        self.assertEqual(record["AliasTarget"]["DNSName"], {"Fn::GetAtt": ["Domain", "RegionalDomainName"]})
        self.assertEqual(record["AliasTarget"]["HostedZoneId"], {"Fn::GetAtt": ["Domain", "RegionalHostedZoneId"]})

    def test_the_firewall_stands_before_the_stage(self):
        deployment = Deployment(WebAcl="true")
        link = deployment.resources["FirewallOfApi"]["Properties"]
        self.assertEqual(link["WebACLArn"], {"Fn::GetAtt": ["Firewall", "Arn"]})
        self.assertTrue(link["ResourceArn"]["Fn::Sub"].endswith("::/restapis/${Api}/stages/${ApiStage}"))
        self.assertIn("ApiStage", deployment.resources)

    def test_the_firewall_blocks_no_prompt_no_upload_and_no_payment(self):
        firewall = Deployment(WebAcl="true").resources["Firewall"]["Properties"]
        self.assertEqual(firewall["DefaultAction"], {"Allow": {}})
        flood, common = firewall["Rules"]
        by_address = flood["Statement"]["RateBasedStatement"]
        group = common["Statement"]["ManagedRuleGroupStatement"]
        self.assertEqual(by_address["AggregateKeyType"], "IP")
        for statement in (by_address, group):
            payments = statement["ScopeDownStatement"]["NotStatement"]["Statement"]["ByteMatchStatement"]
            self.assertEqual(payments["FieldToMatch"], {"UriPath": {}})
            self.assertTrue(all(p.startswith(payments["SearchString"]) for p, m, _ in OPERATIONS if m == "any" and p.startswith("/api/")))
        counted = {rule["Name"]: rule["ActionToUse"] for rule in group["RuleActionOverrides"]}
        self.assertEqual(set(map(str, counted.values())), {"{'Count': {}}"})
        # Every rule of the group that reads bodies.
        bodies = ("SizeRestrictions", "EC2MetaDataSSRF", "GenericLFI", "GenericRFI", "CrossSiteScripting")
        self.assertEqual(set(counted), {f"{name}_BODY" for name in bodies} | {"NoUserAgent_HEADER"})


if __name__ == "__main__":
    unittest.main()
