"""Cookies and headers, over TLS and on a machine's own plain address."""

from __future__ import annotations

import re
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

import pytest

from onedoor.core.refusals import Refused
from onedoor.site.web import environment_name
from tests.county import PASSWORD, County
from tests.server import Server, running_server


def exchange(
    server: Server,
    method: str,
    form: dict[str, str] | None,
    cookies: dict[str, str],
    *,
    proxied: bool,
    more: dict[str, str] | None = None,
    path: str = "/desk/login",
) -> tuple[int, dict[str, str], SimpleCookie, str]:
    """One request for a page, as a proxy would hand it on: status, headers, cookies set, page."""
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    if proxied:
        headers |= {
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "zwfw.example.cn",
            "X-Forwarded-For": "192.0.2.9",
            "Origin": "https://zwfw.example.cn",
        }
    headers |= more or {}
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    connection.request(method, path, urlencode(form) if form is not None else None, headers)
    answer = connection.getresponse()
    given = SimpleCookie()
    for name, value in answer.getheaders():
        if name.lower() == "set-cookie":
            given.load(value)
    found = answer.status, dict(answer.getheaders()), given, answer.read().decode()
    connection.close()
    return found


def signed_in(
    server: Server, *, proxied: bool, more: dict[str, str] | None = None
) -> tuple[dict[str, str], SimpleCookie]:
    """The headers of the sign-in page, and every cookie that signing in has set."""
    _, headers, first, page = exchange(server, "GET", None, {}, proxied=proxied, more=more)
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
    form = {"username": "chuangkou", "password": PASSWORD, "csrfmiddlewaretoken": token}
    kept = {name: morsel.value for name, morsel in first.items()}
    status, _, second, page = exchange(server, "POST", form, kept, proxied=proxied, more=more)
    assert status == 302, page
    first.update(second)
    return headers, first


def test_over_tls_every_cookie_is_bound_to_this_host(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEDOOR_TLS", "1")
    monkeypatch.setenv("ONEDOOR_BEHIND_PROXY", "1")
    with running_server(county.database) as server:
        headers, cookies = signed_in(server, proxied=True)
    assert "max-age=31536000" in headers["strict-transport-security"]
    assert {"__Host-onedoor_session", "__Host-csrftoken", "__Host-onedoor_device"} <= cookies.keys()
    for name, cookie in cookies.items():
        assert name.startswith("__Host-"), name
        assert (cookie["path"], cookie["domain"], cookie["samesite"]) == ("/", "", "Lax"), name
        assert cookie["secure"], name
        assert cookie["httponly"], name


def test_on_the_machines_own_address_plain_cookies_work(county: County) -> None:
    with running_server(county.database) as server:
        headers, cookies = signed_in(server, proxied=False)
    assert "strict-transport-security" not in headers
    assert {"onedoor_session", "csrftoken", "onedoor_device"} <= cookies.keys()
    for cookie in cookies.values():
        # A browser would not send a secure one back here.
        assert not cookie["secure"]
        assert cookie["httponly"]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Visitor"])
def test_an_address_spelt_with_underscores_is_not_the_visitors(
    county: County, monkeypatch: pytest.MonkeyPatch, header: str
) -> None:
    """The server knows `-` and `_` for one: only a header of one word is safe from a proxy that lets all pass."""
    monkeypatch.setenv("ONEDOOR_BEHIND_PROXY", "1")
    monkeypatch.setenv("ONEDOOR_PROXY_HEADER", header)
    told, claimed = "192.0.2.9", "203.0.113.66"
    more = {header: told, "X-Forwarded-Proto": "http"}
    # The server takes cookies and the like out of the list and puts its last headers into their places.
    more |= {"X_Forwarded_For": claimed, **{f"Z{n}": "" for n in range(9)}}
    with running_server(county.database) as server:
        host = urlsplit(server.url).netloc
        more = {"X-Forwarded-Host": host, "Origin": f"http://{host}", **more}
        _, cookies = signed_in(server, proxied=True, more=more)
        kept = {name: morsel.value for name, morsel in cookies.items()}
        _, _, _, page = exchange(server, "GET", None, kept, proxied=True, more=more, path="/desk/account")
    # Control: under its usual name it is what the sender beyond the proxy claims.
    assert (told in page, claimed in page) == (
        (False, True) if header == "X-Forwarded-For" else (True, False)
    )


@pytest.mark.parametrize(
    "name", ["X-Real-IP", "X_Forwarded_For", "", "Visitor-Address", "é", "1st", "a" * 50]
)
def test_a_name_that_can_be_spelt_in_two_ways_is_no_setting(name: str) -> None:
    with pytest.raises(Refused, match="bad_proxy_header"):
        environment_name(name)
    assert environment_name("visitor") == "HTTP_VISITOR"
