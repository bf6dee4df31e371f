"""Jobs one after the other, each made when the one before has ended: for what depends on earlier results."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from ladder.experiments.jobs import LOOK_SECONDS, Job, Progress, Steered
from ladder.experiments.results import Results
from ladder.experiments.search import Search

END_SECONDS = 5.0  # for the job that is given up to end
Link = tuple[Job | Search, int]  # a job, and how many runs each thing has that its progress counts


class Chain(Steered):
    """Links that begin one after the other, as they come out of `links`, whose next one may depend on the results of
    those before. It starts at once. `total`: the runs of all links. `progress` may be read, `pause`, `resume` and
    `cancel` called from any thread. The Problem of a link ends the chain and is in `progress.problem`."""

    name = None

    def __init__(self, links: Callable[[], Iterator[Link]], total: int, results: Results) -> None:
        self._links, self._total, self._results = links, total, results
        self._now: Link | None = None
        self._done = self._reused = 0
        self._complete = False
        self.progress = Progress("running", 0, total, 0)
        self._start("ladder-chain")

    def _run(self) -> None:
        for link in self._links():
            self._now, (job, size) = link, link
            while not job.wait(LOOK_SECONDS):
                if self._wish == "cancelled":
                    return
                job.resume() if self._wish == "running" else job.pause()
                self.progress = self._measured(self._wish)
            if job.progress.problem:
                raise job.progress.problem
            self._done += size * job.progress.done
            self._reused += size * job.progress.reused
            self._now = None
            if self._wish == "cancelled":
                return
        self._complete = True

    def _is_open(self) -> bool:
        return not self._complete

    def _end(self) -> None:
        if self._now:
            self._now[0].cancel()
            self._now[0].wait(END_SECONDS)

    def _measured(self, state: str) -> Progress:
        found = Progress(state, self._done, self._total, self._reused)
        if self._now is None:
            return replace(found, done=self._total if self._complete else found.done)
        job, size = self._now
        now = job.progress
        return replace(found, done=found.done + size * now.done, reused=found.reused + size * now.reused, rate=now.rate)
