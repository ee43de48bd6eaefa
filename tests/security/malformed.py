"""Malformed requests, drawn from a seed: right in most parts, so that they come far, and amiss in some."""

from __future__ import annotations

import base64
import copy
import json
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from onedoor.domain.cases.queries import LIFECYCLE, Verb
from onedoor.faces.access import SESSION_COOKIE
from tests.faces.test_api import filing
from tests.papers.samples import pdf_file

#: The id of nothing.
NOBODY = UUID(int=7)
#: Texts that people do not write.
TEXTS = (
    "", " ", "\0", "a\0b", "\x07\x1b[31m", "\r\nSet-Cookie: a=b", "\ud800", "\udfff\ud800", "\ufffe\uffff",
    "\u202e\u2066", "𠀀😀👨‍👩‍👧", "é" * 300, "长" * 3_000, "9" * 5_000, "-1", "1e400", "NaN", "٣", "²", "½",
    "0x10", "true", "null", "[]", "{}", "<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>",
    "{{7*7}}", "${7*7}", "%00", "%2500", "%ff%fe", "../../etc/passwd", "..\\..\\x", "' OR 1=1 --", "\\",
    "%", "_", "*", "?", "#", ";", "//evil.example", "/\\evil.example", "9999-12-31", "0000-00-00",
    "0001-01-01", "2026-02-30", "2026-W01-1", "10:00", "00000000-0000-0000-0000-000000000007",
    "urn:uuid:00000000-0000-0000-0000-000000000007", "{00000000000000000000000000000007}", "ไทย", "한국어",
    "اب", "ⅷ①", "ʰ",
)  # fmt: skip
#: Values that no document of ours holds.
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 2**31, 2**63, 2**64, 10**4000, 1.5, 1e308, float("inf"), float("nan"), [], {}, [[]],
    [None], {"": None}, [0] * 300, {"a" * 300: 1}, {str(n): n for n in range(300)},
)  # fmt: skip
OTHER_METHODS = ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "BREW")
QUERY_NAMES = (
    "q", "cursor", "limit", "stage", "state", "service", "department", "theme", "audience", "kind",
    "overdue", "open", "waits", "seen", "step", "done", "next", "from", "to", "by", "asked", "more",
    "number", "code", "accepted",
)  # fmt: skip
FIELD_NAMES = (
    "once", "form-once", "form-seen", "form-act", "applicant-kind", "applicant-name", "applicant-id_number",
    "applicant-phone", "kind", "name", "id_number", "phone", "code", "username", "password", "next", "mode",
    "number", "query_code", "level", "text", "reason", "reasons", "outcome", "opinion", "method",
    "receiver", "courier_number", "note", "declared", "asked", "shown", "shop_name", "business", "dishes",
    "area", "open_date", "way", "way-m1", "upload-m1", "kept_m1", "reason-material-m1", "mend-material-m1",
    "phrase-opinion", "from",
)  # fmt: skip
CONTENT_TYPES = (
    "application/json", "application/x-www-form-urlencoded", "multipart/form-data",
    "multipart/form-data; boundary=x", "text/plain", "", "application/json; charset=utf-8", "*/*", ";;;=",
    "multipart/form-data; boundary=" + "x" * 300,
)  # fmt: skip
HEADERS = (
    "X-Query-Code", "Authorization", "Idempotency-Key", "Host", "Origin", "Referer", "User-Agent", "Accept",
    "HX-Request", "HX-Current-URL", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Range",
    "If-None-Match", "If-Modified-Since",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it is sent."""

    method: str
    path: str
    body: bytes
    content_type: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """What the sender knows of the county: sessions, case numbers."""

    sessions: tuple[str, ...]
    numbers: tuple[str, ...]


class Sender:
    """Draws malformed requests."""

    def __init__(self, seed: str, known: Known) -> None:
        self.draw, self.known = Random(seed), known

    def request(self, route: str, method: str) -> Sent:
        """One request to a route, something about it amiss."""
        content_type, body = self._body() if method != "GET" else ("", b"")
        query = self._query() if self.draw.random() < 0.6 else ""
        if self.draw.random() < 0.04:
            method = self.draw.choice(OTHER_METHODS)
        path = f"/{self._path(route)}{query}"
        return Sent(method, path, body, content_type, self._headers())

    def text(self) -> str:
        """A text, now and then two of them."""
        found = self.draw.choice(TEXTS)
        return found + self.draw.choice(TEXTS) if self.draw.random() < 0.2 else found

    def _path(self, route: str) -> str:
        """The route with its parameters filled in, some as they should be."""
        found, rest = "", route
        for opening, closing in (("<", ">"), ("{", "}")):
            while opening in rest:
                before, _, after = rest.partition(opening)
                name, _, rest = after.partition(closing)
                found += before + self._parameter(name)
            rest, found = found + rest, ""
        return rest

    def _parameter(self, name: str) -> str:
        kind, _, called = name.rpartition(":")
        if kind == "uuid":
            return str(NOBODY)
        if kind == "int":
            return self.draw.choice(("1", "2", "0", "9" * 19, "9" * 5_000))
        if self.draw.random() < 0.8:
            right = {"number": self.known.numbers, "service": ("SCJG-FOOD-NEW",), "verb": tuple(LIFECYCLE)}
            right["code"] = ("SCJG-FOOD-NEW", "m1", "shop", "people")
            return str(self.draw.choice(right.get(called, (str(NOBODY),))))
        if kind == "slug":
            return self.draw.choice(("x", "-", "_" * 200, "9" * 5_000, "0"))
        return quote(self.text().encode("utf-8", "surrogatepass") or b"x", safe="")

    def _query(self) -> str:
        pairs = [
            (self.draw.choice(QUERY_NAMES), self._value_of_query()) for _ in range(self.draw.randint(1, 3))
        ]
        return "?" + urlencode(pairs, errors="surrogatepass")

    def _value_of_query(self) -> str:
        if self.draw.random() < 0.25:
            instant = self.draw.choice(("", "0001-01-01T00:00:00", "9999-12-31T23:59:59-23:59", self.text()))
            raw = f"{instant}|{NOBODY}".encode("utf-8", "surrogatepass")
            return base64.urlsafe_b64encode(raw).decode().rstrip("=")
        return self.text()

    def _body(self) -> tuple[str, bytes]:
        kind = self.draw.choice(("json", "json", "form", "form", "multipart", "noise"))
        body: bytes
        if kind == "json":
            content_type, body = "application/json", self._json()
        elif kind == "form":
            content_type, body = "application/x-www-form-urlencoded", self._form()
        elif kind == "multipart":
            content_type, body = "multipart/form-data; boundary=x", self._multipart()
        else:
            content_type, body = (
                self.draw.choice(CONTENT_TYPES),
                self.draw.randbytes(self.draw.randint(0, 300)),
            )
        if self.draw.random() < 0.1:
            content_type = self.draw.choice(CONTENT_TYPES)
        return content_type, self._broken(body) if self.draw.random() < 0.15 else body

    def _broken(self, body: bytes) -> bytes:
        """The same with a piece lost, or with bytes that no text has."""
        at = self.draw.randint(0, len(body))
        return body[:at] + self.draw.choice((b"", b"\xff", b"\xed\xa0\x80", b"\0", b'"'))

    def _json(self) -> bytes:
        document = self.draw.choice((filing() | {"draft": True}, self._act(), self._act()))
        for _ in range(self.draw.randint(1, 3)):
            document = self.spoilt(copy.deepcopy(document))
        return json.dumps(document, ensure_ascii=self.draw.random() < 0.7).encode("utf-8", "surrogatepass")

    def _act(self) -> dict[str, Any]:
        """The body of some act."""
        found = self.payload(self.draw.choice(list(LIFECYCLE.values())))
        return found | {"expect": self.draw.randint(0, 4), "step": self.draw.choice(("check", "decide", ""))}

    def payload(self, verb: Verb) -> dict[str, Any]:
        """A payload of a verb, as its schema wants it."""
        return {name: self._sample(schema) for name, schema in verb.payload["properties"].items()}

    def _sample(self, schema: Any) -> Any:
        if "enum" in schema:
            return self.draw.choice(list(schema["enum"]))
        if schema["type"] == "integer":
            return self.draw.randint(1, 5)
        if schema["type"] == "object":
            return {name: self._sample(part) for name, part in schema.get("properties", {}).items()}
        return [self._sample(schema["items"])] if schema["type"] == "array" else "一些文字"

    def spoilt(self, document: Any) -> Any:
        """The document with one value, at any depth, that does not belong there."""
        wrong = self.text() if self.draw.random() < 0.5 else self.draw.choice(VALUES)
        if not isinstance(document, dict | list) or not document or self.draw.random() < 0.1:
            return wrong
        if isinstance(document, dict) and self.draw.random() < 0.1:
            return document | {self.text(): wrong}
        at: Any = self.draw.choice(list(document) if isinstance(document, dict) else range(len(document)))
        document[at] = self.spoilt(document[at])
        return document

    def _form(self) -> bytes:
        pairs = {name: self.text() for name in self.draw.sample(FIELD_NAMES, self.draw.randint(1, 12))}
        return urlencode(pairs | self._tokens(), errors="surrogatepass").encode()

    def _tokens(self) -> dict[str, str]:
        """Mostly the form's own key, without which nothing else is looked at."""
        return {"form-once": "a" * 22, "once": "a" * 24} if self.draw.random() < 0.8 else {}

    def _multipart(self) -> bytes:
        parts = [(name, "", value.encode("utf-8", "replace")) for name, value in self._tokens().items()]
        for _ in range(self.draw.randint(1, 4)):
            name = self.draw.choice(("file", "files", "files_m1", "file-m1", *FIELD_NAMES))
            file_name = self.draw.choice(
                ("", "", '; filename="{}"', "; filename*=UTF-8''{}", "; filename*=x''{}")
            )
            content = self.draw.choice((b"", b"x", pdf_file(), self.text().encode("utf-8", "surrogatepass")))
            parts.append((name, file_name.replace("{}", self.text()), content))
        lines = [
            b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
            % (name.encode(), more.encode("utf-8", "surrogatepass"), content)
            for name, more, content in parts
        ]
        return b"".join(lines) + b"--x--\r\n"

    def _headers(self) -> dict[str, str]:
        cookies = [f"{SESSION_COOKIE}={self._session()}"]
        if self.draw.random() < 0.2:
            name = self.draw.choice(
                ("mode", "csrftoken", "onedoor_progress", "onedoor_sign_in", "onedoor_phone")
            )
            cookies.append(f"{name}={self._latin()}")
        headers = {"Cookie": "; ".join(cookies)}
        if self.draw.random() < 0.85:
            headers["Idempotency-Key"] = f"k{self.draw.random()}"
        for name in self.draw.sample(HEADERS, self.draw.choice((0, 0, 1, 2))):
            headers[name] = self._latin()
        return headers

    def _session(self) -> str:
        return self.draw.choice(self.known.sessions) if self.draw.random() < 0.9 else self._latin()

    def _latin(self) -> str:
        """A text as a header brings it, without line ends, which no server lets through."""
        raw = self.text().encode("utf-8", "surrogatepass").decode("latin-1")
        return raw.replace("\r", "").replace("\n", "").replace("\0", "")
