"""The OpenID provider of a province: discovery, authorisation code with PKCE, and the token that vouches for somebody.

What a browser brings back is believed only where it carries the state of that very browser; what the provider says
only where its token is signed by a key of its own set, for us, just now, in answer to our nonce.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from onedoor.core.refusals import Refused
from onedoor.plumbing import outgoing

from .terms import Departure, IdentityService, Vouched

#: Signatures with a pair of keys only: `none` vouches for nothing, and a shared secret is no signature.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
#: Seconds that the clocks of both sides may differ.
LEEWAY: Final = 60
#: Seconds the provider may take to answer, and for which it is left alone after it did not.
PATIENCE: Final = 4.0
REST: Final = 30.0
#: Seconds for which metadata and keys are kept.
KEPT: Final = 3600.0
_LONGEST: Final = 4096
_AGAIN: Final = "请重新登录；仍不成功的，请改用手机验证码登录。"
_LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def _doubtful(code: str, what: str) -> Refused:
    return Refused(code, f"{what}，为了您的安全没有登录。{_AGAIN}", status=403)


@dataclass
class Provider:
    """A provider with what is known of it. One for a process; `forget` makes it ask anew."""

    service: IdentityService
    _metadata: dict[str, Any] = field(default_factory=dict)
    _keys: KeySet | None = None
    _until: float = 0.0
    _resting_until: float = 0.0

    def depart(self) -> Departure:
        """Where to send a browser that wants to be recognised. Raises Refused("identity_unavailable", 503)."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "response_type": "code",
            "client_id": self.service.client_id,
            "redirect_uri": self.service.return_to,
            "scope": self.service.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        entry = self._endpoint("authorization_endpoint")
        return Departure(f"{entry}{'&' if '?' in entry else '?'}{urlencode(asked)}", state, nonce, verifier)

    def arrive(self, brought: Mapping[str, str], kept: Departure | None, at: datetime) -> Vouched:
        """Whom the provider vouches for, by what the browser brought and what we had kept for this browser.

        Raises Refused: identity_state (403) for an answer to another browser's question or to one answered before,
        identity_declined, identity_code (403) for a used or foreign code, identity_token (403), identity_incomplete,
        identity_unavailable (503).
        """
        given = brought.get("state", "")
        if kept is None or not hmac.compare_digest(given.encode(), kept.state.encode()):
            raise _doubtful("identity_state", "这次登录不是从本浏览器发起的，或者已经用过")
        if brought.get("iss", self.service.issuer) != self.service.issuer:
            raise _doubtful("identity_state", "登录答复不是来自已登记的认证服务")
        if "error" in brought:
            words = {"access_denied": "您取消了登录。", "login_required": "认证服务要求先登录。"}
            said = words.get(brought["error"], "认证服务没有完成登录。")
            raise Refused("identity_declined", said + _AGAIN)
        tokens = self._exchange(brought.get("code", ""), kept)
        claims = self._verified(str(tokens.get("id_token", "")), kept.nonce, at)
        return self._vouched(claims, str(tokens.get("access_token", "")))

    def leave(self, back_to: str) -> str:
        """Where a browser ends its session with the provider; "" if the provider offers none or cannot be asked."""
        try:
            end = self._known().get("end_session_endpoint", "")
        except Refused:
            return ""
        if not isinstance(end, str) or not _is_safe(end):
            return ""
        asked = {"client_id": self.service.client_id, "post_logout_redirect_uri": back_to}
        return f"{end}{'&' if '?' in end else '?'}{urlencode(asked)}"

    # What is known of the provider

    def _known(self) -> dict[str, Any]:
        if not self._metadata or time.monotonic() > self._until:
            issuer = self.service.issuer
            found = self._json("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration", {})
            if found.get("issuer") != issuer:
                raise _doubtful("identity_issuer", "认证服务的标识与登记的不一致")
            self._metadata, self._keys = found, None
            self._until = time.monotonic() + KEPT
        return self._metadata

    def _endpoint(self, name: str) -> str:
        found = self._known().get(name)
        if not isinstance(found, str) or not _is_safe(found):
            raise self._unavailable()
        return found

    def _key_set(self, *, anew: bool = False) -> KeySet:
        if self._keys is None or anew:
            listed = self._json("GET", self._endpoint("jwks_uri"), {})
            try:
                self._keys = KeySet.import_key_set(listed)  # type: ignore[arg-type]
            except (JoseError, ValueError, TypeError, KeyError):
                raise self._unavailable() from None
        return self._keys

    # One arrival

    def _exchange(self, code: str, kept: Departure) -> dict[str, Any]:
        """The tokens for a code; who shows it must know the verifier, and we must know the client's secret."""
        given = {
            "grant_type": "authorization_code",
            "code": code[:_LONGEST],
            "redirect_uri": self.service.return_to,
            "code_verifier": kept.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        secret = self._secret()
        ways = self._known().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if secret and "client_secret_basic" in ways:
            pair = f"{quote(self.service.client_id, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            given |= {"client_id": self.service.client_id, **({"client_secret": secret} if secret else {})}
        return self._json(
            "POST", self._endpoint("token_endpoint"), headers, urlencode(given).encode(), told=True
        )

    def _secret(self) -> str:
        if not self.service.secret_file:
            return ""
        try:
            return Path(self.service.secret_file).read_text().strip()
        except (OSError, ValueError):
            raise self._unavailable() from None

    def _verified(self, token: str, nonce: str, at: datetime) -> dict[str, Any]:
        """The claims of an ID token that is the provider's, for us, of now, and the answer to our question."""
        try:
            try:
                claims = self._decoded(token)
            except (JoseError, ValueError):
                # The provider may have changed its keys since they were read.
                self._key_set(anew=True)
                claims = self._decoded(token)
            registry = jwt.JWTClaimsRegistry(
                int(at.timestamp()),
                LEEWAY,
                iss={"essential": True, "value": self.service.issuer},
                aud={"essential": True, "value": self.service.client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            )
            registry.validate(claims)
        except (JoseError, ValueError, TypeError):
            raise _doubtful("identity_token", "认证服务的登录凭证没有通过核验") from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self.service.client_id) != self.service.client_id:
            raise _doubtful("identity_token", "认证服务的登录凭证不是发给本系统的")
        return claims

    def _decoded(self, token: str) -> dict[str, Any]:
        return jwt.decode(token[: 4 * _LONGEST], self._key_set(), algorithms=list(ALGORITHMS)).claims

    def _vouched(self, claims: dict[str, Any], access_token: str) -> Vouched:
        """The person, from the token and, where that leaves something out, from the provider's user information."""
        names = dict(self.service.claims)
        wanted = [names[part] for part in ("name", "id_number", "phone")]
        if not all(claims.get(name) for name in wanted) and access_token:
            claims = {**self._user_information(access_token, str(claims["sub"])), **claims}
        text = {
            part: str(claims.get(names[part]) or "")[:200] for part in ("name", "id_number", "phone", "level")
        }
        lacking = {"name": "姓名", "id_number": "身份证号码", "phone": "手机号码"}
        missing = [word for part, word in lacking.items() if not text[part].strip()]
        if missing:
            detail = f"{self.service.name}没有提供您的{'、'.join(missing)}，请改用手机验证码登录。"
            raise Refused("identity_incomplete", detail)
        return Vouched(self.service.issuer, str(claims["sub"])[:255], **text)

    def _user_information(self, access_token: str, subject: str) -> dict[str, Any]:
        if not self._known().get("userinfo_endpoint"):
            return {}
        headers = {"Authorization": f"Bearer {access_token[:_LONGEST]}"}
        found = self._json("GET", self._endpoint("userinfo_endpoint"), headers)
        if found.get("sub") != subject:
            raise _doubtful("identity_token", "认证服务给出的个人信息不属于登录的人")
        return found

    # Asking

    def _json(
        self, method: str, url: str, headers: dict[str, str], body: bytes | None = None, *, told: bool = False
    ) -> dict[str, Any]:
        """An answer of the provider; with `told` a 4xx is its judgement of the code and not a fault of its own."""
        if time.monotonic() < self._resting_until or not _is_safe(url):
            raise self._unavailable()
        try:
            answer = outgoing.send(
                method, url, headers={"Accept": "application/json", **headers}, body=body, patience=PATIENCE
            )
        except outgoing.OutOfReach:
            self._resting_until = time.monotonic() + REST
            raise self._unavailable() from None
        if told and 400 <= answer.status < 500:
            raise _doubtful("identity_code", "登录码已经用过或者失效")
        try:
            found = json.loads(answer.body) if answer.status == 200 else None
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise self._unavailable()
        return found

    def _unavailable(self) -> Refused:
        detail = f"{self.service.name}暂时连接不上，请稍后再试，或者改用手机验证码登录。"
        return Refused("identity_unavailable", detail, status=503)


def _is_safe(url: str) -> bool:
    """Personal data and codes travel over TLS, but for a provider on this very machine."""
    return outgoing.is_address(url) and (
        urlsplit(url).scheme == "https" or (urlsplit(url).hostname or "") in _LOCAL
    )
