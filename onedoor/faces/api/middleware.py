"""Below /api/v1 even what never reaches an operation is answered with a problem document."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from ninja.errors import HttpError

from .problems import MEDIA_TYPE, http_problem

PREFIX = "/api/"


class ProblemMiddleware:
    """Wrong methods, bad paths and the like, in the words of the interface."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (
            response.status_code < 400
            or not request.path.startswith(PREFIX)
            or response.get("Content-Type", "").startswith(MEDIA_TYPE)
        ):
            return response
        answer = http_problem(HttpError(response.status_code, ""))
        if "Allow" in response:
            answer["Allow"] = response["Allow"]
        return answer
