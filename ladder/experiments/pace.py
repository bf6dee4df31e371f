"""How fast a crew trains, and what that makes of the work that is left. Arithmetic alone: the caller has the clock."""

import heapq
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

RATE_SECONDS = 10.0  # rates are means over so long
FIRST_SECONDS = 2.0  # of stretches, all together, that tell a rate


@dataclass(frozen=True)
class _Sample:
    end: float
    seconds: float
    work: float
    updates: int


class Pace:
    """The speed of one place of a crew, from the stretches that ended in the last RATE_SECONDS. A stretch's duration is
    its own, from its order to its answer: stretches that end together do not make a speed of millions a second, and a
    pause between stretches does not count. `work`: the work (Cell.work) of all stretches so far."""

    def __init__(self) -> None:
        self.work = 0.0
        self._samples: deque[_Sample] = deque()

    def note(self, now: float, seconds: float | None, work: float, updates: int) -> None:
        """A stretch has ended at `now` (clock, seconds). `seconds`: how long it took; None where that says nothing,
        because a process had to start first."""
        self.work += work
        if seconds is not None:
            self._samples.append(_Sample(now, seconds, work, updates))
        while self._samples and now - self._samples[0].end > RATE_SECONDS:
            self._samples.popleft()

    @property
    def known(self) -> bool:
        """Whether there are stretches of FIRST_SECONDS. Before, one that was held up by the start of another process
        would be all there is."""
        return self._seconds >= FIRST_SECONDS

    @property
    def work_rate(self) -> float:
        """Work per second of one place."""
        return sum(sample.work for sample in self._samples) / self._seconds

    @property
    def update_rate(self) -> float:
        """Updates per second of one place."""
        return sum(sample.updates for sample in self._samples) / self._seconds

    @property
    def _seconds(self) -> float:
        return sum(sample.seconds for sample in self._samples)


def makespan(durations: Iterable[float], n_places: int) -> float:
    """When all is done, if every place that is free takes the next of the durations. Blocks that end together leave
    places empty: three equal blocks take two places as long as four."""
    free = [0.0] * n_places
    for duration in durations:
        heapq.heapreplace(free, free[0] + duration)
    return max(free)
