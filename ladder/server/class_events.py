"""What the server adds to the events of a class before they happen: what a browser cannot know, or may not say."""

from collections.abc import Callable, Mapping

from ladder.problems import Problem
from ladder.server import class_challenges, class_labels
from ladder.server.class_challenges import Challenges
from ladder.server.class_runs import ClassRuns
from ladder.teaching import handin
from ladder.teaching.room import Room

Values = Mapping[str, object]


class ClassEvents:
    """The events of all classes, whose runs are `runs`."""

    def __init__(self, runs: ClassRuns) -> None:
        self.runs, self.challenges = runs, Challenges(runs.lab)
        self._completions: Mapping[str, Callable[[Room, Values], Values]] = {
            "hand_in": self._handed_in,
            "keep": self._kept,
            "label_round": lambda _, values: class_labels.begun(values),
            "challenge": lambda _, values: class_challenges.begun(values),
            "enter": self._entered,
            "score": self._scored,
        }

    def completed(self, room: Room, kind: str, values: Values) -> Values:
        """Returns the values of an event of a class as it happens. Raises Problem as handin.read, ClassRuns.kept,
        class_labels.begun, class_challenges.begun and Challenges.check do, and "handin_field" for the hand-in of
        another lesson than the event's, or of a run that is no comparison."""
        complete = self._completions.get(kind)
        return complete(room, values) if complete else values

    def _handed_in(self, _: Room, values: Values) -> Values:
        if "text" in values:
            for one in handin.read(str(values["text"])):
                for field, value in (("lesson", values.get("lesson")), ("page", "compare")):
                    if getattr(one, field) != value:
                        raise Problem("handin_field", field=field)
        return values

    def _kept(self, _: Room, values: Values) -> Values:
        return values if values.get("question") else {**values, **self.runs.kept(str(values.get("run")))}

    def _entered(self, room: Room, values: Values) -> Values:
        if room.challenge is not None:
            self.challenges.check(room.challenge, str(values.get("run", "")))
        return values

    def _scored(self, room: Room, values: Values) -> Values:
        return {"scores": self.challenges.scores(room.challenge)} if room.challenge else values
