"""By what a class knows a browser: the cookies that the routes of the classes set (class_routes.py)."""

from collections.abc import Mapping

from starlette.requests import HTTPConnection

from ladder.teaching.classes import Browser

STUDENT, TEACHER = "ladder_student", "ladder_teacher"


def browser_of(connection: HTTPConnection) -> Browser:
    """Returns by what a class knows the browser of a request."""
    return from_cookies(connection.cookies)


def from_cookies(cookies: Mapping[str, str]) -> Browser:
    """Returns by what a class knows a browser with these cookies, word by name."""
    return Browser(cookies.get(STUDENT, ""), cookies.get(TEACHER, ""))
