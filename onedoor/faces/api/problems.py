"""Every error of the interface as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from onedoor.core.identifiers import mask_numbers
from onedoor.core.refusals import Problem, Refused
from onedoor.faces.outages import DISK_FULL, UNREACHABLE, Outage, marked, outage_of

MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: "请求无法识别",
    401: "需要登录",
    403: "没有权限",
    404: "没有找到",
    405: "方法不支持",
    409: "已有新的进展",
    413: "内容过大",
    415: "内容类型不支持",
    422: "内容有误",
    429: "请求过于频繁",
    500: "系统出错",
    503: "服务暂时不可用",
    507: "存储空间已满",
}
_log = logging.getLogger("onedoor.api")


class Unreadable(Exception):
    """The body is not JSON that can be stored; `detail` is Chinese."""

    def __init__(self, code: str, detail: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.detail, self.status = code, detail, status


def problem(status: int, code: str, detail: str, errors: Iterable[Problem] = ()) -> HttpResponse:
    """A problem document as a response."""
    body: dict[str, Any] = {
        "type": f"urn:onedoor:problem:{code}",
        "title": _TITLES.get(status, "没有办成"),
        "status": status,
        "code": code,
        "detail": detail,
        "errors": [{"pointer": e.pointer, "code": e.code, "detail": e.detail} for e in errors],
    }
    # A refusal may name what was sent; somebody's number in it is of no use to whoever keeps the answer.
    text = mask_numbers(json.dumps(body, ensure_ascii=False))
    response = HttpResponse(text, status=status, content_type=MEDIA_TYPE)
    response.refusal_code = code  # type: ignore[attr-defined]
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="onedoor"'
    return response


def refused(refusal: Refused) -> HttpResponse:
    """A room's refusal as a response."""
    return problem(refusal.status, refusal.code, refusal.detail, refusal.errors)


_KINDS = {
    "missing": ("missing", "这一项没有填写，请补上。"),
    "extra_forbidden": ("unknown_member", "不认识这一项，请去掉。"),
    "string_too_long": ("too_long", "这一项内容太长，请精简。"),
    "string_too_short": ("too_short", "这一项内容太短，请补充。"),
    "literal_error": ("not_an_option", "这一项不在可选范围内，请从接口说明列出的值中选择。"),
    "uuid_parsing": ("wrong_format", "这一项应为 UUID，请核对。"),
    "json_invalid": ("not_json", "请求内容不是合法的 JSON，请核对。"),
}


def _invalid(error: ValidationError) -> HttpResponse:
    found = []
    for fault in error.errors:
        place, *path = [str(part) for part in fault["loc"]]
        # A body parameter's own name is not part of the document that was sent.
        inside = path[1:] if place == "body" else path
        pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in inside)
        kind = str(fault.get("type", ""))
        code, detail = _KINDS.get(kind, ("wrong_type", "这一项的类型或取值不对，请按接口说明填写。"))
        found.append(Problem(pointer if place == "body" else f"/{place}{pointer}", code, detail))
    return problem(422, "invalid_request", "请求内容有误，请按提示修改。", found)


_HTTP = {
    400: ("bad_request", "请求无法识别，请核对地址、参数和内容（JSON，UTF-8）。"),
    403: ("not_permitted", "没有权限，或请求不是从本站发出的。"),
    404: ("not_found", "没有这个地址，请核对接口说明。"),
    405: ("method_not_allowed", "这个地址不支持这种方法，请核对接口说明。"),
    413: ("body_too_large", "请求内容过大，请减小后重试。"),
    500: ("fault", "系统出错了，您的请求没有生效，请稍后重试；仍有问题请联系系统管理员。"),
}


def http_problem(error: HttpError) -> HttpResponse:
    """A bare status as a problem document."""
    for known in (UNREACHABLE, DISK_FULL):
        if error.status_code == known.status:
            return outage(known)
    cause = error.__cause__ or error.__context__
    if isinstance(cause, Unreadable):
        return problem(cause.status, cause.code, cause.detail)
    code, detail = _HTTP.get(error.status_code, ("refused", "请求没有被接受，请核对接口说明。"))
    return problem(error.status_code, code, detail)


def install(api: NinjaAPI) -> None:
    """Answer every exception of the interface's operations with a problem document."""

    def on(kind: type[Exception], handler: Any) -> None:
        api.add_exception_handler(kind, lambda request, error: handler(error))

    on(Refused, refused)
    on(ValidationError, _invalid)
    on(HttpError, http_problem)
    on(Unreadable, lambda e: problem(e.status, e.code, e.detail))
    on(AuthenticationError, lambda e: unauthenticated())
    on(Http404, lambda e: http_problem(HttpError(404, "")))
    for unreadable in (BadRequest, MultiPartParserError, SuspiciousOperation):
        on(unreadable, lambda e: http_problem(HttpError(400, "")))
    on(RequestDataTooBig, lambda e: too_large())
    on(TooManyFilesSent, lambda e: too_large())
    on(UnreadablePostError, lambda e: problem(400, "body_cut_short", "请求内容没有传完，请重试。"))
    on(Exception, _fault)


def _fault(error: Exception) -> HttpResponse:
    if found := outage_of(error):
        _log.error("%s: %s", found.code, type(error).__name__)
        return outage(found)
    _log.error("fault in the interface", exc_info=error)
    return problem(500, "fault", "系统出错了，您的请求没有生效，请稍后重试；仍有问题请联系系统管理员。")


def outage(found: Outage) -> HttpResponse:
    """Database out of reach or disk full: come back later."""
    return marked(problem(found.status, found.code, found.detail), found)


def unauthenticated() -> HttpResponse:
    """No valid token or session."""
    return problem(401, "sign_in_needed", "需要登录或提供有效的令牌（Authorization: Bearer …）。")


def too_large() -> HttpResponse:
    """More bytes or files than any request may have."""
    return problem(
        413, "body_too_large", "请求内容过大，请减小后重试；文件请用 /uploads 上传，单个不超过 20 MB。"
    )


def nowhere(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Any address below /api/v1 that is none."""
    return http_problem(HttpError(404, ""))
