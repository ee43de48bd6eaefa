"""Which device a request comes from: the browser in words, and the random name that it keeps."""

from __future__ import annotations

import re
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from onedoor.domain.offices.terms import Origin

from .access import address_of, cookie_name, give_cookie

DEVICE_COOKIE = cookie_name("onedoor_device", tls=settings.TLS)
YEAR = 365 * 24 * 3600
_NAME = re.compile(r"[A-Za-z0-9_-]{22}")
#: What a browser's own description holds → what people call it. The first that fits counts.
_BROWSERS = (
    (r"MicroMessenger/(\d+)", "微信"),
    (r"Edg(?:e|A|iOS)?/(\d+)", "Edge"),
    (r"360SE|QIHU|360EE", "360 浏览器"),
    (r"Firefox/(\d+)", "Firefox"),
    (r"(?:Chrome|CriOS|Chromium|HeadlessChrome)/(\d+)", "Chrome"),
    (r"Version/(\d+)[\d.]* (?:Mobile/\S+ )?Safari", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS|OpenHarmony", "鸿蒙"),
    ("Android", "安卓"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X|Macintosh", "Mac"),
    ("Kylin|UOS|Linux", "Linux"),
)


def agent_words(text: str) -> str:
    """A browser's description in a few words, such as `Chrome 156，Windows`; 未知设备 when it says nothing."""
    browser = next(
        (
            f"{name} {found[1]}" if found.re.groups and found[1] else name
            for pattern, name in _BROWSERS
            if (found := re.search(pattern, text))
        ),
        "",
    )
    system = next((name for pattern, name in _SYSTEMS if re.search(pattern, text)), "")
    return "，".join(filter(None, (browser, system))) or "未知设备"


def origin_of(request: HttpRequest) -> Origin:
    """Where a sign-in comes from."""
    device = request.COOKIES.get(DEVICE_COOKIE, "")
    agent = agent_words(request.headers.get("User-Agent", "")[:400])
    return Origin(address_of(request), device if _NAME.fullmatch(device) else "", agent)


def named(origin: Origin) -> Origin:
    """The same, with a fresh random name if the browser has none yet."""
    return Origin(origin.address, origin.device or secrets.token_urlsafe(16), origin.agent)


def remember_device(response: HttpResponse, origin: Origin) -> None:
    """Let the browser keep its name, by which the owner's usual browser is told from a stranger's."""
    give_cookie(response, DEVICE_COOKIE, origin.device, seconds=YEAR)
