"""That each metric filter counts what its function really logs."""

import re
import unittest

import expand
from product import FUNCTIONS, code, deployed_with, log_lines, of_type

# The metric that each filter counts for, and the function whose log it reads.
METRICS = {
    "BooksDifferences": ("BooksDifferences", "Janitor"),
    "CodesMailed": ("CodesMailed", "Auth"),
    "CompletionTokens": ("CompletionTokens", "Chat"),
    "DrawsFailed": ("DrawsFailed", "Images"),
    "NoUpstreamKey": ("NoUpstreamKey", "Janitor"),
    "OddPayments": ("OddPayments", "Shop"),
    "OddPaymentsFound": ("OddPayments", "Janitor"),
    "OrdersCredited": ("OrdersCredited", "Shop"),
    "OrdersCreditedLater": ("OrdersCredited", "Janitor"),
    "Pictures": ("Pictures", "Images"),
    "PromptTokens": ("PromptTokens", "Chat"),
    "Turns": ("Turns", "Chat"),
    "TurnsCut": ("TurnsCut", "Chat"),
    "TurnsFailed": ("TurnsFailed", "Chat"),
    "TurnsLate": ("TurnsLate", "Chat"),
    "TurnsRefused": ("TurnsRefused", "Chat"),
    "UnknownPayments": ("UnknownPayments", "Shop"),
    "UnsettledDraws": ("Unsettled", "Images"),
    "UnsettledTurns": ("Unsettled", "Chat"),
}
# The functions' log lines are flat: a message and its fields lie side by side.
MESSAGE = re.compile(r'\$\.message = "([^"*]+)"')
NUMBER = re.compile(r"\$\.(\w+) (>|=) 0")
FLAG = re.compile(r"\$\.(\w+) IS TRUE")
BEGINNING = re.compile(r'\$\.(\w+) = "([^"*]+)\*"')


def terms(pattern: str) -> list[str]:
    """What a filter pattern asks for, one by one."""
    return re.fullmatch(r"\{ (.+) \}", pattern)[1].split(" && ")


class Metrics(unittest.TestCase):
    def setUp(self):
        self.filters = {name: filter["Properties"] for name, filter in of_type("AWS::Logs::MetricFilter").items()}

    def test_each_filter_reads_the_log_of_its_function_into_its_metric(self):
        self.assertEqual(set(self.filters), set(METRICS))
        for name, (metric_name, function) in METRICS.items():
            with self.subTest(filter=name):
                logging = FUNCTIONS[function]["Properties"]["LoggingConfig"]
                self.assertEqual(self.filters[name]["LogGroupName"], logging["LogGroup"])
                (metric,) = self.filters[name]["MetricTransformations"]
                value = metric["MetricValue"]
                self.assertEqual(
                    metric,
                    {
                        "MetricNamespace": {"Ref": "AWS::StackName"},
                        "MetricName": metric_name,
                        "MetricValue": value,
                        "Unit": "Count",
                    },
                )
                # Only what the pattern asks for can be a value.
                numbers = NUMBER.findall(self.filters[name]["FilterPattern"])
                above = [f"$.{field}" for field, sign in numbers if sign == ">"]
                self.assertIn(value, above or ["1"])

    def test_each_filter_asks_for_lines_that_its_function_logs(self):
        for name, (_, function) in METRICS.items():
            with self.subTest(filter=name):
                first, *others = terms(self.filters[name]["FilterPattern"])
                message = MESSAGE.fullmatch(first)[1]
                logged = [fields for text, fields in log_lines(function.lower()) if text == message]
                self.assertTrue(logged, f"{function} never logs: {message}")
                forms = [[form.fullmatch(term) for form in (NUMBER, FLAG, BEGINNING)] for term in others]
                fields = {match[1] for (match,) in (filter(None, matches) for matches in forms)}
                # A turn ends in one of two lines; every other message is of one form.
                found = [fields <= line for line in logged]
                self.assertTrue(any(found) if message == "turn" else all(found), f"{message}: {fields}")

    def test_the_beginnings_that_filters_ask_for_are_what_the_code_says(self):
        asked = {}
        for name, (_, function) in METRICS.items():
            for term in terms(self.filters[name]["FilterPattern"]):
                if match := BEGINNING.fullmatch(term):
                    asked[name] = match[2]
                    files = code(function.lower())
                    errors = [text for file in files for text in re.findall(r'#\[error\("([^"]+)"', file)]
                    self.assertTrue([text for text in errors if text.startswith(match[2])], f"nothing says: {match[2]}")
        # One line counts for one cause.
        self.assertEqual(set(asked), {"TurnsFailed", "TurnsLate", "TurnsRefused"})
        for one in asked.values():
            self.assertEqual([other for other in asked.values() if other.startswith(one)], [one])

    def test_log_lines_are_those_of_the_function_and_of_what_it_stands_on(self):
        folders = {str(folder.relative_to(expand.ROOT)) for folder in deployed_with("shop")}
        self.assertLessEqual({"functions/shop", "shared/cashier", "shared/payment", "shared/domain"}, folders)
        self.assertFalse({"shared/testkit", "shared/keyring", "functions/janitor"} & folders)
        self.assertNotIn("did the scheduled work", {message for message, _ in log_lines("shop")})
        answered = [fields for message, fields in log_lines("site") if message == "answered"]
        self.assertTrue(answered and all({"method", "path", "status"} <= fields for fields in answered))


if __name__ == "__main__":
    unittest.main()
