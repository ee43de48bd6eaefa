"""The HTTP gateway: what a county's short message platform is spoken to with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from onedoor.plumbing import outgoing

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
        given = {
            "key": parcel.key,
            "channel": parcel.channel.value,
            "phone": parcel.phone,
            "text": parcel.text,
        }
        body = json.dumps(given, ensure_ascii=False).encode()
        headers = {**self._headers(), "Idempotency-Key": parcel.key}
        try:
            status = outgoing.send("POST", self.url, headers=headers, body=body, patience=PATIENCE).status
        except outgoing.OutOfReach as away:
            raise Undelivered(away.fault, final=False) from None
        if not 200 <= status < 300:
            raise Undelivered(f"http_{status}", final=400 <= status < 500 and status not in _TROUBLE)

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}
        if self.token_file is not None:
            try:
                token = self.token_file.read_text().strip()
            except (OSError, ValueError):
                raise Undelivered("token_unreadable", final=False) from None
            headers["Authorization"] = f"Bearer {token}"
        return headers
