"""A server that speaks OpenAI's chat protocol, as well or as badly as it is told to."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, dict[str, str], bytes]
Script = Callable[[dict[str, Any]], Reply]


def chat(text: str, tokens: int | None = 7) -> Reply:
    """Answer as the protocol says."""
    body: dict[str, Any] = {
        "id": "chat-1",
        "object": "chat.completion",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}}],
    }
    if tokens is not None:
        body["usage"] = {
            "prompt_tokens": tokens - 2,
            "completion_tokens": 2,
            "total_tokens": tokens,
        }
    return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


class Served:
    """The server's address, and what it has been asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.keys: list[str | None] = []


@contextmanager
def serving(script: Script, *, delay: float = 0.0) -> Iterator[Served]:
    """Serve until the block ends. `script` answers each request, after `delay` seconds."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            served.requests.append(request)
            served.paths.append(self.path)
            served.keys.append(self.headers.get("Authorization"))
            time.sleep(delay)
            status, headers, body = script(request)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Served(f"http://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def in_turn(*replies: Reply) -> Script:
    """Answer with each reply in turn, and with the last one from then on."""
    left = list(replies)

    def answer(_: dict[str, Any]) -> Reply:
        return left.pop(0) if len(left) > 1 else left[0]

    return answer
