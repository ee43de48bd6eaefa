"""What a browser keeps for a while between two pages: sealed, so that it tells nobody anything, and never in a URL."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from onedoor.plumbing.crypto import Keyring, Unreadable


@dataclass(frozen=True, slots=True)
class Keepsake:
    """A sealed cookie. `path` is where the browser sends it, `seconds` how long it lasts."""

    name: str
    path: str
    seconds: int

    def give(self, request: HttpRequest, response: HttpResponse, text: str, owner: str = "") -> None:
        """Put it into the answer; with `owner` it is of no use to anybody else."""
        sealed = Keyring.current().seal(self._field, text, bound_to=owner.encode())
        response.set_cookie(
            self.name,
            base64.urlsafe_b64encode(sealed).decode(),
            max_age=self.seconds,
            path=self.path,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
        )

    def read(self, request: HttpRequest, owner: str = "") -> str:
        """What was kept; "" if there is nothing, or nothing that can be read."""
        try:
            sealed = base64.urlsafe_b64decode(request.COOKIES.get(self.name, ""))
            return Keyring.current().open_(self._field, sealed, bound_to=owner.encode()) if sealed else ""
        except (Unreadable, ValueError, binascii.Error):
            return ""

    def take_back(self, response: HttpResponse) -> None:
        """Let the browser forget it."""
        response.delete_cookie(self.name, path=self.path)

    @property
    def _field(self) -> str:
        return f"portal.{self.name}"


#: The telephone to which a sign-in code went.
SIGN_IN_PHONE = Keepsake("onedoor_sign_in", "/login", 10 * 60)
#: The telephone of who is signed in, to fill in applications.
OWN_PHONE = Keepsake("onedoor_phone", "/apply", 12 * 3600)
#: Number and query code of the case whose progress is being looked at.
PROGRESS = Keepsake("onedoor_progress", "/progress", 30 * 60)
#: The telephone of who is signed in, to which the code of an entrustment goes.
MY_PHONE = Keepsake("onedoor_my_phone", "/my/entrustments", 12 * 3600)
#: An entrustment that waits for its code.
ENTRUSTING = Keepsake("onedoor_entrusting", "/my/entrustments", 15 * 60)
#: A trip to the identity service: state, nonce and verifier of this browser, and where to go afterwards.
IDENTITY_TRIP = Keepsake("onedoor_identity", "/login", 10 * 60)
#: That this browser signed in with the identity service, and so has a session there too.
SIGNED_IN_THERE = Keepsake("onedoor_there", "/login", 12 * 3600)
