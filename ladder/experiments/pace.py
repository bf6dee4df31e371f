"""How fast a crew trains, and how long the work that is left takes. No function reads a clock: the caller does."""

import heapq
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

RATE_SECONDS = 10.0  # rates are means over so long
FIRST_SECONDS = 2.0  # how long stretches must have taken together before there is a rate


@dataclass(frozen=True)
class _Sample:
    end: float
    seconds: float
    work: float
    updates: int


class Pace:
    """The speed of one place of a crew, from the stretches that ended in the last RATE_SECONDS. A stretch's duration is
    its own, from its order to its answer, so that neither stretches that end together nor pauses between stretches
    distort the speed. `work`: the work (Cell.work) of all stretches so far."""

    def __init__(self) -> None:
        self.work = 0.0
        self._samples: deque[_Sample] = deque()

    def note(self, now: float, seconds: float | None, work: float, updates: int) -> None:
        """Note that a stretch has ended at `now` (clock, seconds). `seconds`: how long it took, None where that says
        nothing, because a process had to start first. `work` (see Cell.work) and `updates`: those of this stretch."""
        self.work += work
        if seconds is not None:
            self._samples.append(_Sample(now, seconds, work, updates))
        while self._samples and now - self._samples[0].end > RATE_SECONDS:
            self._samples.popleft()

    @property
    def known(self) -> bool:
        """Whether the stretches took FIRST_SECONDS together, and the rates may be read. With fewer, a single stretch
        that the start of another process held up would decide the rate."""
        return self._seconds >= FIRST_SECONDS

    @property
    def work_rate(self) -> float:
        """Work (Cell.work) per second of one place. Not before it is `known`."""
        return sum(sample.work for sample in self._samples) / self._seconds

    @property
    def update_rate(self) -> float:
        """Updates per second of one place. Not before it is `known`."""
        return sum(sample.updates for sample in self._samples) / self._seconds

    @property
    def _seconds(self) -> float:
        return sum(sample.seconds for sample in self._samples)


def makespan(durations: Iterable[float], n_places: int) -> float:
    """Returns the seconds until all is done, if each of `n_places` (1 at least) that is free takes the next of the
    durations (seconds). Places may stay empty at the end: three equal blocks take two places as long as four do."""
    free = [0.0] * n_places
    for duration in durations:
        heapq.heapreplace(free, free[0] + duration)
    return max(free)
