"""An OpenID provider in a thread of the test, with real keys; every answer of it can be spoilt."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

CLIENT, SECRET = "onedoor-990722", "s3cret"
PERSON = {
    "sub": "u-1001",
    "name": "王小明",
    "id_number": "11010519491231002X",
    "phone_number": "13800001234",
    "acr": "L3",
}
RSA, EC = RSAKey.generate_key(2048, {"kid": "rsa"}), ECKey.generate_key("P-256", {"kid": "ec"})
STRANGER = RSAKey.generate_key(2048, {"kid": "rsa"})


def _untouched(token: str) -> str:
    return token


@dataclass
class FakeProvider:
    """`claims` go over those of the token, `header` over its header; `spoil` changes the finished token."""

    issuer: str = ""
    person: dict[str, Any] = field(default_factory=lambda: dict(PERSON))
    claims: dict[str, Any] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "rsa"})
    key: Any = field(default_factory=lambda: RSA)
    shown: tuple[Any, ...] = (RSA, EC)
    metadata: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] | None = None
    spoil: Callable[[str], str] = _untouched
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    given: int = 0
    asked: list[str] = field(default_factory=list)

    def consent(self, url: str) -> str:
        """The holder signs in and agrees: the query string that the browser is sent back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.given += 1
        code = f"code-{self.given}"
        self.codes[code] = asked
        return urlencode({"code": code, "state": asked["state"]})

    def token(self, asked: dict[str, str]) -> str:
        """The ID token for what was asked."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **(self.person if self.userinfo is None else {"sub": self.person["sub"]}),
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if name not in self.left_out}
        if self.header["alg"] == "none":
            parts = [json.dumps({"alg": "none"}), json.dumps(claims)]
            return ".".join(base64.urlsafe_b64encode(p.encode()).decode().rstrip("=") for p in parts) + "."
        return self.spoil(jwt.encode(self.header, claims, self.key, algorithms=[self.header["alg"]]))

    def exchange(self, given: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Tokens for a code, once, to who knows verifier and secret."""
        asked = self.codes.pop(given.get("code", ""), None)
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        challenge = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        if (
            asked is None
            or base64.urlsafe_b64encode(challenge).decode().rstrip("=") != asked["code_challenge"]
        ):
            return 400, {"error": "invalid_grant"}
        if authorization != basic or given["redirect_uri"] != asked["redirect_uri"]:
            return 401, {"error": "invalid_client"}
        return 200, {"access_token": "at-1", "token_type": "Bearer", "id_token": self.token(asked)}


def symmetric(secret: bytes) -> OctKey:
    """The public key's bytes taken for a shared secret, as a forger would."""
    return OctKey.import_key(base64.b64encode(secret).decode())


@contextmanager
def running_provider(port: int = 0) -> Iterator[FakeProvider]:
    """A provider on a free port (or `port`) of this machine."""
    provider = FakeProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked.append(self.path)
            url = provider.issuer
            answers: dict[str, Any] = {
                "/.well-known/openid-configuration": {
                    "issuer": url,
                    "authorization_endpoint": f"{url}/authorize",
                    "token_endpoint": f"{url}/token",
                    "jwks_uri": f"{url}/jwks",
                    "userinfo_endpoint": f"{url}/userinfo",
                    "end_session_endpoint": f"{url}/logout",
                    **provider.metadata,
                },
                "/jwks": KeySet(list(provider.shown)).as_dict(private=False),
                "/userinfo": provider.userinfo or {"sub": provider.person["sub"]},
            }
            self._answer(200 if self.path in answers else 404, answers.get(self.path, {}))

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            given = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*provider.exchange(given, self.headers.get("Authorization", "")))

        def _answer(self, status: int, document: dict[str, Any]) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
