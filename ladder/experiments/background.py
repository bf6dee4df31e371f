"""A value that takes long to make, for many askers: it is made in a thread, once, and made again after a failure."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from ladder.problems import Problem

T = TypeVar("T")

RETRY_SECONDS = 5.0  # how long askers are told of a failure before another attempt
SOON_SECONDS = 0.3  # how long `soon` waits


class Background(Generic[T]):
    """The value of `make()`, which may raise Problem. No asker waits under a lock, and a failed attempt is repeated by
    the first asker after RETRY_SECONDS. A value for which `gone` is true is of no further use: it is given to `close`,
    in the background too, and another is made."""

    def __init__(
        self, make: Callable[[], T], close: Callable[[T], None], gone: Callable[[T], bool] = lambda value: False
    ) -> None:
        self._make, self._close, self._gone = make, close, gone
        self._lock = threading.Lock()  # nothing slow happens under it
        self._made: Future[T] | None = None
        self._failed = 0.0  # clock at the last failure

    def wait(self) -> T:
        """Returns the value, however long it takes to make. Raises what `make` raised."""
        return self._asked().result()

    def soon(self, otherwise: Problem) -> T:
        """Returns the value, if it is there within SOON_SECONDS. Raises what `make` raised, or else `otherwise`."""
        try:
            return self._asked().result(SOON_SECONDS)
        except TimeoutError:
            raise otherwise from None

    def end(self) -> None:
        """Close the value, if it was made. A value that is still being made is closed when it is made."""
        with self._lock:
            made, self._made = self._made, None
        if made and made.done() and not made.exception():
            self._close(made.result())

    def _asked(self) -> Future[T]:
        with self._lock:
            made = self._made
            gone: T | None = None
            if made and made.done():
                if made.exception():
                    made = made if time.monotonic() - self._failed < RETRY_SECONDS else None
                elif self._gone(made.result()):
                    gone, made = made.result(), None
            if made is None:
                self._made = made = Future()
                threading.Thread(target=self._attempt, args=(made, gone), daemon=True, name="ladder-make").start()
            return made

    def _attempt(self, made: Future[T], gone: T | None) -> None:
        try:
            if gone is not None:
                self._close(gone)
            value = self._make()
            with self._lock:
                wanted = self._made is made  # `end` may have come meanwhile
                made.set_result(value)
            if not wanted:
                self._close(value)
        except Exception as error:
            self._failed = time.monotonic()
            made.set_exception(error)
