"""Faults of the public address, against the real product behind a door that breaks one thing."""

import contextlib
import datetime
import socket
import ssl
import threading
import time
import unittest
from unittest import mock

import trustme
import web
from case import DoctorCase, after, shared_stack
from checks import domain
from door import Canned, Door
from findings import FAIL, WARN

HTML = Canned(200, b"<!doctype html><title>Welcome</title>", {"content-type": "text/html"})


class Address(DoctorCase):
    def test_nobody_there(self):
        gone = Door(self.stack.url)
        gone.stop()
        self.world.outputs["ApiUrl"] = gone.url
        said = self.sees({"address": FAIL}, skipped=after("address"))
        self.assertIn("cannot reach", said)

    def test_plain_http(self):
        self.world.outputs["ApiUrl"] = "http://chat.invalid"
        self.assertIn("is not an https address", self.sees({"address": FAIL}, skipped=after("address")))

    def test_html(self):
        self.door.instead["GET /api/config"] = HTML
        self.assertIn("a page of HTML", self.sees({"address": FAIL}, skipped=after("address")))

    def test_other_envelope(self):
        self.door.instead["GET /api/config"] = Canned(200, b'{"ok":true}', {"content-type": "application/json"})
        self.assertIn('{"ok":true}', self.sees({"address": FAIL}, skipped=after("address")))

    def test_redirect(self):
        self.door.instead["GET /api/config"] = Canned(302, b"", {"location": "https://parking.invalid/"})
        self.assertIn("https://parking.invalid/", self.sees({"address": FAIL}, skipped=after("address")))

    def test_endless_answer(self):
        self.door.instead["GET /api/config"] = Canned(200, b"x" * 3_000_000)
        self.assertIn("does not end", self.sees({"address": FAIL}, skipped=after("address")))

    def test_silence(self):
        with socket.create_server(("127.0.0.1", 0)) as silent, mock.patch.object(web, "SECONDS_MAX", 2):
            self.world.outputs["ApiUrl"] = f"http://127.0.0.1:{silent.getsockname()[1]}"
            self.assertIn("no answer from 127.0.0.1 in 2 s", self.sees({"address": FAIL}, skipped=after("address")))

    def test_an_answer_that_trickles(self):
        self.world.outputs["ApiUrl"] = self.trickles()
        with mock.patch.object(web, "SECONDS_MAX", 2):
            self.assertIn("does not end", self.sees({"address": FAIL}, skipped=after("address")))

    def trickles(self):
        """The address of somebody who sends a byte now and then."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)

        def send():
            connection, _ = server.accept()
            # Who asked goes away at some point.
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
                for _ in range(1000):
                    connection.sendall(b"x")
                    time.sleep(0.02)

        threading.Thread(target=send, daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}"

    def test_unknown_path_as_the_gateway_says_it(self):
        own = Canned(403, b'{"message":"Missing Authentication Token"}', {"content-type": "application/json"})
        self.door.instead["GET /api/no-such-path"] = own
        self.sees({"unknown path": FAIL})

    def test_no_preflight(self):
        self.door.instead["OPTIONS "] = Canned(404, b"{}")
        self.sees({"preflight": FAIL})

    def test_preflight_without_token(self):
        headers = {
            "access-control-allow-origin": "*",
            "access-control-allow-methods": "POST",
            "access-control-allow-headers": "content-type",
        }
        self.door.instead["OPTIONS "] = Canned(200, b"", headers)
        self.assertIn("may not use token", self.sees({"preflight": FAIL}))

    def test_preflight_for_another_origin(self):
        self.world.parameters["AllowedOrigin"] = "https://shop.example"
        headers = {"access-control-allow-origin": "https://old.example", "access-control-allow-methods": "POST"}
        self.door.instead["OPTIONS "] = Canned(
            200, b"", {**headers, "access-control-allow-headers": "token,content-type"}
        )
        self.sees({"preflight": FAIL})

    def test_open_to_everybody(self):
        self.door.instead["GET /api/admin/user"] = Canned(200, b'{"code":0,"data":{},"message":""}')
        self.assertIn("answers without a login", self.sees({"login wall": FAIL}))

    def test_notices_blocked(self):
        self.door.instead["POST /api/pay/notify"] = Canned(403, b"Forbidden")
        self.assertIn("refuses strangers (403)", self.sees({"payment notice": FAIL}))

    def test_notices_answered_by_somebody_else(self):
        self.door.instead["POST /api/pay/notify"] = Canned(200, b"success")
        self.assertIn("believes anybody", self.sees({"payment notice": FAIL}))

    def test_public_url(self):
        public = self.opens(Door(self.stack.url))
        self.world.parameters["PublicUrl"] = public.url
        self.sees({})
        public.instead["POST /api/pay/notify"] = HTML
        self.sees({"payment notice": FAIL})
        public.instead["GET /api/config"] = HTML
        self.sees({"public address": FAIL}, skipped={"payment notice", "stream"})

    def test_public_url_that_dns_does_not_know(self):
        self.world.parameters["PublicUrl"] = "https://api.shop.invalid"
        said = self.sees({"public address": FAIL}, skipped={"payment notice", "stream"})
        self.assertIn("api.shop.invalid is not known to DNS", said)

    def test_the_doctor_raises_no_alarm_of_its_own(self):
        before = len(shared_stack().output())
        self.sees({})
        self.assertNotIn("unknown_payments", shared_stack().output()[before:])


class Domain(DoctorCase):
    def setUp(self):
        super().setUp()
        self.authority = trustme.CA()

    def serves(self, **certificate):
        """The site under a name of its own, by a certificate of the test's."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(certificate.pop("name", "localhost"), **certificate).configure_cert(context)
        self.domain_door = self.opens(Door(self.stack.url, context))
        patch = mock.patch.object(domain, "PORT", self.domain_door.port)
        patch.start()
        self.addCleanup(patch.stop)
        self.world.parameters["DomainName"] = "localhost"

    def test_well(self):
        self.serves()
        self.trusts(self.authority)
        self.sees({})
        self.world.outputs["PublicBaseUrl"] = f"https://localhost:{self.domain_door.port}"
        self.sees({})
        self.domain_door.instead["POST /api/pay/notify"] = HTML
        self.sees({"payment notice": FAIL})

    def test_nobody_trusts_it(self):
        self.serves()
        self.assertIn("certificate that is not valid", self.sees({"domain": FAIL}, skipped=after("domain")))

    def test_for_another_name(self):
        self.serves(name="other.example")
        self.trusts(self.authority)
        self.assertIn("certificate that is not valid", self.sees({"domain": FAIL}, skipped=after("domain")))

    def test_ends_soon(self):
        self.serves(not_after=datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=5))
        self.trusts(self.authority)
        self.assertRegex(self.sees({"domain": WARN}), "ends in [45] days")

    def test_leads_elsewhere(self):
        self.serves()
        self.trusts(self.authority)
        self.domain_door.instead["GET /"] = HTML
        self.assertIn("leads elsewhere", self.sees({"domain": FAIL}, skipped=after("domain")))

    def test_not_in_dns(self):
        self.world.parameters["DomainName"] = "api.shop.invalid"
        self.assertIn("is not known to DNS", self.sees({"domain": FAIL}, skipped=after("domain")))


if __name__ == "__main__":
    unittest.main()
