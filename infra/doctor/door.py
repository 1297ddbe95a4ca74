"""What stands between people and the local stack in tests: a proxy that passes on or breaks."""

import http.client
import ssl
import threading
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECONDS_MAX = 30
HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


@dataclass(frozen=True)
class Canned:
    """An answer of the proxy's own."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Door:
    """The proxy. `instead` has its own answers by the beginnings of "METHOD /path"."""

    def __init__(self, behind: str, context: ssl.SSLContext | None = None) -> None:
        self.behind = urllib.parse.urlsplit(behind).netloc
        self.instead: dict[str, Canned] = {}
        self.collects = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()

    def stop(self) -> None:
        """Ends it; its port then refuses."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        door = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body are two writes: the second would wait 40 ms for the first.
            disable_nagle_algorithm = True

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                for start, canned in door.instead.items():
                    if f"{self.command} {self.path}".startswith(start):
                        self.send_whole(canned.status, canned.headers, canned.body)
                        return
                behind = http.client.HTTPConnection(door.behind, timeout=SECONDS_MAX)
                try:
                    headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
                    behind.request(self.command, self.path, body or None, headers)
                    self.pass_on(behind.getresponse())
                finally:
                    behind.close()

            def pass_on(self, response: http.client.HTTPResponse) -> None:
                headers = {name: value for name, value in response.getheaders() if name.lower() not in HOP}
                if door.collects:
                    self.send_whole(response.status, headers, response.read())
                    return
                self.send_head(response.status, {**headers, "transfer-encoding": "chunked"})
                while piece := response.read1(65_536):
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.write(b"0\r\n\r\n")

            def send_head(self, status: int, headers: dict[str, str]) -> None:
                self.send_response_only(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def send_whole(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_head(status, {**headers, "content-length": str(len(body))})
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = answer

            def log_message(self, *_: Any) -> None:
                pass

        return Handler
