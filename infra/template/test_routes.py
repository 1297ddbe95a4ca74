"""What must hold of the routes. Run: python -m unittest discover -s infra/template"""

import json
import re
import unittest

from product import ANY, EVENTS, FUNCTIONS, OPENAPI, OPERATIONS, STREAMED, function_of, of_type

METHODS = {"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"}


def slug(method, path):
    """A route as names of files have it: DELETE /api/admin/carmi/{id} is delete-admin_carmi_id."""
    below = path.removeprefix("/api/").removeprefix("/").replace(".", "_")
    words = [segment.strip("{+}") for segment in below.split("/")]
    return f"{method.lower()}-{'_'.join(words)}"



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
                called = method.upper().replace("ANY", "*") + re.sub(r"\{\w+\+?\}", "*", path)
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

    def test_there_is_room_for_all_paths(self):
        # Each beginning of a path is a resource, of which an API may have 300.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
        resources = set()
        for path in OPENAPI["paths"]:
            segments = path.strip("/").split("/")
            resources |= {"/".join(segments[: place + 1]) for place in range(len(segments))}
        self.assertLess(len(resources), 250)

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
        self.assertEqual(slug("GET", "/v1/models/{model+}"), "get-v1_models_model")
        self.assertEqual(slug("GET", "/apis"), "get-apis")
        self.assertEqual(slug("any", "/api/pay/notify/{channel}/{id}"), "any-pay_notify_channel_id")

    def test_any_method_may_come_where_payment_providers_call_and_where_nothing_is(self):
        paths = {path for path, method, _ in OPERATIONS if method == "any"}
        self.assertEqual(paths, {"/api/pay/notify", "/api/pay/notify/{channel}/{id}", "/v1/{proxy+}"})
        for path in paths:
            self.assertEqual(set(OPENAPI["paths"][path]), {ANY, "options"})


if __name__ == "__main__":
    unittest.main()
