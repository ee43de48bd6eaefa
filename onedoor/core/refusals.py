"""How a room says no.

A refusal is an answer, not a fault: it carries a stable code for programs, a Chinese sentence that tells a
person how to mend it, and, where single fields are at fault, one problem a field.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One faulty place in what was given.

    `pointer` is a JSON pointer (RFC 6901) into the submitted document, `code` is stable snake_case English,
    `detail` is a Chinese sentence that says how to mend it.
    """

    pointer: str
    code: str
    detail: str


class Refused(Exception):
    """Raised by actions and rules when an act is not possible; nothing has been written.

    `status` hints the HTTP status a face should use: 404 unseen, 403 not permitted, 409 overtaken by others,
    422 (the default) for everything that can be mended by asking differently.
    """

    def __init__(
        self, code: str, detail: str, *, errors: tuple[Problem, ...] = (), status: int = 422
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.errors = errors
        self.status = status
