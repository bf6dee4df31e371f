"""The one exception that a person may see."""

from collections.abc import Callable


class Problem(Exception):
    """A mistake that a person can mend: a text key of the catalogue (`problem.<key>`) and its values.

    The core raises it at its edges; the page and the command line turn it into one sentence in the reader's language
    (`i18n.problem`). Mistakes of a programmer are assertions instead.
    """

    def __init__(self, key: str, /, **values: object):
        super().__init__(key, values)
        self.key = key
        self.values = values

    def __reduce__(self) -> tuple[Callable[[str, dict[str, object]], "Problem"], tuple[str, dict[str, object]]]:
        """Returns what pickle makes the Problem of again in another process. The default would lose the values, as they
        are keyword arguments."""
        return _restore, (self.key, self.values)


def reason_of(error: OSError) -> "Problem | str":
    """Returns why the system refuses a folder, as a value of another Problem: not_a_folder where a file is in its
    place, else the system's own words."""
    return Problem("not_a_folder") if isinstance(error, FileExistsError) else error.strerror or str(error)


def _restore(key: str, values: dict[str, object]) -> Problem:
    return Problem(key, **values)
