"""That every alarm and every graph watches a metric that exists, and what watching costs."""

import json
import re
import unittest

import expand
from deployment import Deployment, references
from product import FUNCTIONS, of_type
from test_metrics import METRICS

# The metrics of AWS that are watched, each with the sets of dimensions under which AWS publishes it.
FUNCTION, API, TABLE = {"FunctionName"}, {"ApiName", "Stage"}, {"TableName"}
ACCOUNT, OPERATION = set(), {"TableName", "Operation"}
KNOWN = {
    "AWS/ApiGateway": {name: [API] for name in ("4XXError", "5XXError", "Count", "Latency")},
    "AWS/DynamoDB": {
        "ConsumedReadCapacityUnits": [TABLE],
        "ConsumedWriteCapacityUnits": [TABLE],
        "ReadThrottleEvents": [TABLE],
        "SystemErrors": [OPERATION],
        "ThrottledRequests": [OPERATION],
        "WriteThrottleEvents": [TABLE],
    },
    "AWS/Lambda": {
        name: [ACCOUNT, FUNCTION]
        for name in ("ConcurrentExecutions", "Duration", "Errors", "Invocations", "Throttles")
    },
    "AWS/SES": {
        name: [ACCOUNT]
        for name in ("Bounce", "Complaint", "Reputation.BounceRate", "Reputation.ComplaintRate", "Send")
    },
}
OPERATIONS = {"Query", "TransactWriteItems", "UpdateItem"}
# What missing data means: nothing bad happened, but for the janitor's beat and for rates that stand until the next mail.
MISSING = {"JanitorSilent": "breaching", "MailBounces": "ignore", "MailComplaints": "ignore"}
# Where an alarm is over when its metric falls again, which is worth a mail too.
TOLD_WHEN_OVER = {"ApiFailures", "JanitorSilent", "TurnsFail", "UpstreamKeysGone"}
# Beyond them a dashboard costs 3 USD a month.
DASHBOARD_METRICS_FREE = 50

WATCHED = Deployment(AlarmEmail="me@example.com", MonthlyBudgetUsd="20")
ALARMS = {name: alarm["Properties"] for name, alarm in of_type("AWS::CloudWatch::Alarm", WATCHED.resources).items()}


def metrics_of(alarm: dict) -> list[dict]:
    """The metrics that an alarm reads."""
    if "Metrics" not in alarm:
        return [alarm]
    return [query["MetricStat"]["Metric"] for query in alarm["Metrics"] if "MetricStat" in query]


class Existing(unittest.TestCase):
    """Checks of a single metric, for alarms and graphs."""

    def check_metric(self, namespace, name: str, dimensions: dict):
        if namespace in ({"Ref": "AWS::StackName"}, "<AWS::StackName>"):
            self.assertIn(name, {metric for metric, _ in METRICS.values()})
            self.assertEqual(dimensions, {})
        else:
            self.assertIn(set(dimensions), KNOWN[namespace][name], f"{namespace} {name}")
        for key, value in dimensions.items():
            with self.subTest(metric=name, dimension=key):
                self.assertTrue(self.is_right(key, WATCHED.text(value) if isinstance(value, dict) else value), value)

    @staticmethod
    def is_right(dimension: str, value: str) -> bool:
        match dimension:
            case "FunctionName":
                return value.strip("<>") in FUNCTIONS
            case "TableName":
                return value == "<Table>"
            case "Operation":
                return value in OPERATIONS
            # A REST API that is made from a document has its title for a name.
            case "ApiName":
                title = WATCHED.resources["Api"]["Properties"]["Body"]["info"]["title"]
                return value == WATCHED.text(title)
            case "Stage":
                return value == "prod"
        return False


class Alarms(Existing):
    def test_each_watches_metrics_that_exist(self):
        self.assertTrue(ALARMS)
        for name, alarm in ALARMS.items():
            with self.subTest(alarm=name):
                for metric in metrics_of(alarm):
                    dimensions = {entry["Name"]: entry["Value"] for entry in metric.get("Dimensions", [])}
                    self.check_metric(metric["Namespace"], metric["MetricName"], dimensions)

    def test_each_is_mailed_with_what_to_do(self):
        (topic,) = of_type("AWS::SNS::Topic", WATCHED.resources)
        subscription = WATCHED.resources[topic]["Properties"]["Subscription"]
        self.assertEqual(subscription, [{"Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}])
        for name, alarm in ALARMS.items():
            with self.subTest(alarm=name):
                self.assertEqual(alarm["AlarmActions"], [{"Ref": topic}])
                self.assertEqual("OKActions" in alarm, name in TOLD_WHEN_OVER)
                self.assertTrue(alarm["AlarmDescription"].isascii() and len(alarm["AlarmDescription"]) > 80)
                # The readable name of the resource.
                slug = re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
                self.assertEqual(alarm["AlarmName"], {"Fn::Sub": f"${{AWS::StackName}}-{slug}"})
                self.assertEqual(alarm["TreatMissingData"], MISSING.get(name, "notBreaching"))

    def test_what_money_and_trust_hang_on_rings_at_the_first_time(self):
        for name, metric in (("BooksDiffer", "BooksDifferences"), ("PaymentsOdd", "OddPayments")):
            alarm = ALARMS[name]
            watched = (alarm["MetricName"], alarm["Threshold"], alarm["EvaluationPeriods"])
            self.assertEqual(watched, (metric, 1, 1))
            self.assertEqual(alarm["ComparisonOperator"], "GreaterThanOrEqualToThreshold")

    def test_the_janitor_rings_when_it_does_not_run(self):
        alarm = ALARMS["JanitorSilent"]
        self.assertEqual(alarm["MetricName"], "Invocations")
        self.assertEqual(alarm["Dimensions"], [{"Name": "FunctionName", "Value": {"Ref": "Janitor"}}])
        self.assertEqual((alarm["ComparisonOperator"], alarm["Threshold"]), ("LessThanThreshold", 1))
        # Longer than the pause between two of its runs.
        self.assertGreaterEqual(alarm["Period"] * alarm["EvaluationPeriods"], 600)

    def test_the_price_in_the_template_is_that_of_the_metrics(self):
        count = sum(len(metrics_of(alarm)) for alarm in ALARMS.values())
        self.assertEqual(count, 17)
        self.assertIn("# Seventeen metrics at 0.10 USD a month", expand.TEMPLATE.read_text(encoding="utf-8"))

    def test_without_an_address_nobody_is_mailed(self):
        kinds = {resource["Type"] for resource in Deployment(MonthlyBudgetUsd="20").resources.values()}
        self.assertFalse(kinds & {"AWS::CloudWatch::Alarm", "AWS::SNS::Topic", "AWS::Budgets::Budget"})

    def test_the_budget_mails_before_and_at_its_end(self):
        budget = WATCHED.resources["Budget"]["Properties"]
        limit = budget["Budget"]["BudgetLimit"]
        self.assertEqual(limit, {"Amount": {"Ref": "MonthlyBudgetUsd"}, "Unit": "USD"})
        told = set()
        for entry in budget["NotificationsWithSubscribers"]:
            told.add((entry["Notification"]["NotificationType"], entry["Notification"]["Threshold"]))
            self.assertEqual(entry["Subscribers"], [{"SubscriptionType": "EMAIL", "Address": {"Ref": "AlarmEmail"}}])
        self.assertEqual(told, {("ACTUAL", 50), ("ACTUAL", 100), ("FORECASTED", 100)})


class Dashboard(Existing):
    def setUp(self):
        body = WATCHED.resources["Overview"]["Properties"]["DashboardBody"]
        self.widgets = json.loads(WATCHED.text(body))["widgets"]
        self.graphs = [widget["properties"] for widget in self.widgets if widget["type"] == "metric"]

    def metrics(self):
        """Each metric that is shown: its names and dimensions without how it is drawn."""
        for graph in self.graphs:
            for entry in graph["metrics"]:
                yield [part for part in entry if not isinstance(part, dict)]

    def test_each_graph_shows_metrics_that_exist(self):
        for namespace, name, *dimensions in self.metrics():
            self.check_metric(namespace, name, dict(zip(dimensions[::2], dimensions[1::2], strict=True)))

    def test_it_shows_every_metric_of_ours_and_every_function(self):
        shown = list(self.metrics())
        ours = {name for namespace, name, *_ in shown if namespace == "<AWS::StackName>"}
        self.assertEqual(ours, {metric for metric, _ in METRICS.values()})
        durations = {entry[-1].strip("<>") for entry in shown if entry[1] == "Duration"}
        self.assertEqual(durations, set(FUNCTIONS))

    def test_it_is_free(self):
        self.assertLessEqual(len(set(map(tuple, self.metrics()))), DASHBOARD_METRICS_FREE)

    def test_no_widget_lies_on_another(self):
        taken = set()
        for widget in self.widgets:
            self.assertLessEqual(widget["x"] + widget["width"], 24)
            columns = range(widget["x"], widget["x"] + widget["width"])
            cells = {(x, y) for x in columns for y in range(widget["y"], widget["y"] + widget["height"])}
            self.assertFalse(cells & taken, widget["properties"]["title"])
            taken |= cells
            self.assertEqual(widget["properties"]["region"], "<AWS::Region>")

    def test_the_table_of_routes_asks_for_fields_of_the_access_log(self):
        (table,) = [widget["properties"] for widget in self.widgets if widget["type"] == "log"]
        self.assertTrue(table["query"].startswith("SOURCE '<ApiLog>' | "))
        (stage,) = of_type("AWS::ApiGateway::Stage").values()
        self.assertEqual(stage["Properties"]["AccessLogSetting"]["DestinationArn"], {"Fn::GetAtt": ["ApiLog", "Arn"]})
        logged = json.loads(stage["Properties"]["AccessLogSetting"]["Format"])
        fields = re.findall(r"\((\w+)", table["query"]) + re.search(r" by ([\w, ]+) \|", table["query"])[1].split(", ")
        self.assertEqual(set(fields), {"ms", "method", "route", "status"})
        self.assertLessEqual(set(fields), set(logged))

    def test_it_hangs_on_nothing_that_may_be_missing(self):
        body = Deployment().resources["Overview"]["Properties"]["DashboardBody"]
        self.assertNotIn("AlarmTopic", set(references(body)))
        self.assertNotIn("Overview", Deployment(Dashboard="false").resources)


if __name__ == "__main__":
    unittest.main()
