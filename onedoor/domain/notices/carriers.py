"""The HTTP gateway: what a county's short message platform is spoken to with."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from .terms import Parcel, Undelivered

#: Seconds a gateway may take to answer. The worker does nothing else meanwhile.
PATIENCE: Final = 3.0
#: Answers that speak about the gateway and not about the message: it is tried again.
_TROUBLE: Final = frozenset({401, 403, 404, 405, 407, 408, 421, 425, 429})


@dataclass(frozen=True, slots=True)
class Webhook:
    """POSTs `{key, channel, phone, text}` as JSON to `url`; any 2xx means taken.

    `Idempotency-Key` repeats the key. `token_file` holds the bearer token, read anew each time so that it can be
    changed while the product runs. Redirects are not followed: the text would go where nobody sent it.
    """

    url: str
    token_file: Path | None = None

    def __call__(self, parcel: Parcel) -> None:
        body = json.dumps(
            {
                "key": parcel.key,
                "channel": parcel.channel.value,
                "phone": parcel.phone,
                "text": parcel.text,
            },
            ensure_ascii=False,
        ).encode()
        status = self._post(body, {**self._headers(), "Idempotency-Key": parcel.key})
        if 200 <= status < 300:
            return
        final = 400 <= status < 500 and status not in _TROUBLE
        raise Undelivered(f"http_{status}", final=final)

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}
        if self.token_file is not None:
            try:
                token = self.token_file.read_text().strip()
            except (OSError, ValueError):
                raise Undelivered("token_unreadable", final=False) from None
            headers["Authorization"] = f"Bearer {token}"
        return headers

    def _post(self, body: bytes, headers: dict[str, str]) -> int:
        parts = urlsplit(self.url)
        connection = _connections[parts.scheme](parts.hostname or "", parts.port)
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            answer.read(65_536)
            return answer.status
        except TimeoutError:
            raise Undelivered("timeout", final=False) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Undelivered(_named(error), final=False) from None
        finally:
            connection.close()


def _named(error: Exception) -> str:
    """A code for a fault of the connection; its text may hold the address and is left out."""
    return {"ConnectionRefusedError": "unreachable", "gaierror": "unknown_host"}.get(
        type(error).__name__, "tls_failed" if isinstance(error, ssl.SSLError) else "connection_failed"
    )


def _plain(host: str, port: int | None) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(host, port, timeout=PATIENCE)


def _tls(host: str, port: int | None) -> http.client.HTTPConnection:
    return http.client.HTTPSConnection(host, port, timeout=PATIENCE, context=ssl.create_default_context())


_connections: Final[dict[str, Callable[[str, int | None], http.client.HTTPConnection]]] = {
    "http": _plain,
    "https": _tls,
}
