"""Tables as text, CSV and TSV: separator, decimal mark, encoding and header are found out, unless they are given."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice

from ladder.data import encodings, tables
from ladder.data.packed import File
from ladder.data.source import SEPARATORS, Reading, TableSource
from ladder.problems import Problem

MOST_LINE = 8_000_000  # letters of a line
_SAMPLE_LETTERS = 200_000  # from which a table's form is found out
_SAMPLE_ROWS = 200
_NONE = "\x1f"  # as a separator: a letter that no text has
_BINARY = re.compile(r"[\x00-\x08\x0e-\x19\x1c-\x1f]")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)  # by which Excel is told the separator
_BLANKS = re.compile(r'("(?:[^"]|"")*")|[ \t]+')
_COMMA = re.compile(r"[-+]?(\d{1,3}(\.\d{3})+|\d*),\d+([eE][-+]?\d+)?%?")
_POINT = re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d*)\.\d+([eE][-+]?\d+)?%?")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}")  # of either mark


class _NotQuoted(Exception):
    """A quotation mark does not stand where CSV has them. `problem`: what is then to be said."""

    def __init__(self, problem: Problem):
        super().__init__(problem)
        self.problem = problem


def read(file: File, options: Reading) -> TableSource:
    """Returns the table in a text. Raises Problem reading_empty, as tables.table, and with the number of the line
    reading_encoding, reading_binary, reading_line (longer than MOST_LINE), reading_cell_line (a cell longer than
    tables.MOST_LETTERS), reading_quote and reading_ragged (fewer or more cells than the first row)."""
    encoding = options.encoding or encodings.found(file.content)
    text = _Text(file, encodings.codec(file.content, encoding, file.name))
    separator = text.separator() if options.separator is None else options.separator
    try:
        return _table(text, separator, True, encoding, options)
    except _NotQuoted as error:
        if separator not in ("\t", ""):  # with which many programs write marks that quote nothing
            raise error.problem from None
    return _table(text, separator, False, encoding, options)


def _table(text: "_Text", separator: str, quoted: bool, encoding: str, options: Reading) -> TableSource:
    rows = text.rows(separator, quoted)
    head = list(islice(rows, _SAMPLE_ROWS))
    if not head:
        raise Problem("reading_empty", file=text.name)
    start, first = head[0]
    rest = [row for _, row in head[1:]]
    if options.header is not False:
        first = _completed(first, rest)
    alike = [first, *(row for row in rest if len(row) == len(first))]
    header = tables.has_header(alike) if options.header is None else options.header
    gathered = tables.Gathered(text.name, len(first))
    for line, row in chain([] if header else [(start, first)], head[1:], rows):
        if len(row) != len(first):
            raise Problem("reading_ragged", file=text.name, line=line, found=len(row), expected=len(first))
        gathered.add(row)
    found = {
        "format": "tsv" if separator == "\t" else "csv",
        "file": text.name,
        "encoding": encoding,
        "separator": separator,
        "decimal": options.decimal or _decimal(alike, separator),
        "header": header,
    }
    return tables.table(text.name, first if header else [""] * len(first), gathered.columns(), found)


def _completed(first: list[str], rest: list[list[str]]) -> list[str]:
    """Returns the first row with a cell more where all others have one more: R names no column of row names, and some
    programs end each row but the first with a separator."""
    if len(first) < 2 or len(rest) < 2 or any(len(row) != len(first) + 1 for row in rest):
        return first
    return ["", *first] if any(row[-1].strip() for row in rest) else [*first, ""]


def _decimal(rows: list[list[str]], separator: str) -> str:
    """Returns the decimal mark, by the numbers in which it cannot be a mark of thousands. Where there is none of them,
    a comma is one between semicolons."""
    cells = [cell.strip() for row in rows for cell in row]
    n_commas, n_points = (
        sum(bool(pattern.fullmatch(cell)) for cell in cells if not _THOUSANDS.fullmatch(cell))
        for pattern in (_COMMA, _POINT)
    )
    if n_commas == n_points == 0 and separator == ";":
        n_commas = sum("," in cell for cell in cells if _THOUSANDS.fullmatch(cell))
    return "," if n_commas > n_points else "."


class _Text:
    """A text file: `name`, and its rows, read anew at each call. `codec`: how it is encoded, for Python."""

    def __init__(self, file: File, codec: str):
        self.name, self._content, self._codec = file.name, file.content, codec

    def _stream(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(io.BytesIO(self._content), self._codec, newline="")  # each kind of line's end

    def _lines(self) -> Iterator[str]:
        stream, n = self._stream(), 0
        while line := stream.readline(MOST_LINE):
            n += 1
            if len(line) == MOST_LINE:
                raise Problem("reading_line", file=self.name, line=n, high=MOST_LINE)
            if _BINARY.search(line):
                raise Problem("reading_binary", file=self.name, line=n)
            yield "\n" if n == 1 and _SEPARATOR_LINE.fullmatch(line) else line

    def rows(self, separator: str, quoted: bool) -> Iterator[tuple[int, list[str]]]:
        """Yields the rows that have any content, each with the number of the line in which it begins. Raises
        _NotQuoted, and Problem reading_line and reading_binary."""
        csv.field_size_limit(tables.MOST_LETTERS)  # Python's own, unless a library has changed it
        lines = map(_single_blanks, self._lines()) if separator == " " else self._lines()
        reader = csv.reader(
            lines,
            delimiter=separator or _NONE,
            quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
            strict=True,
            skipinitialspace=separator != " ",
        )
        while True:
            line = reader.line_num + 1
            try:
                row = next(reader, None)
            except csv.Error as error:
                about = {"file": self.name, "line": line}
                if "field larger" in str(error):
                    raise _NotQuoted(Problem("reading_cell_line", **about, high=tables.MOST_LETTERS)) from error
                raise _NotQuoted(Problem("reading_quote", **about)) from error
            if row is None:
                return
            if not tables.is_blank(row):
                yield line, row

    def separator(self) -> str:
        """Returns the separator by which most rows of the file's beginning have the same number of cells, two or more;
        "" where there is none: then each line is a cell."""
        sample = self._stream().read(_SAMPLE_LETTERS)
        lines = sample.splitlines(keepends=True)
        if len(sample) == _SAMPLE_LETTERS and len(lines) > 1:
            lines.pop()  # a part of a line
        told = _SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
        if told and told[1] in SEPARATORS:
            return told[1]
        for separator in ("\t", ";", "|", ",", " "):
            if _separates(separator, lines):
                return separator
        by_name = {"csv": ",", "tsv": "\t", "tab": "\t"}.get(self.name.lower().rpartition(".")[2], "")
        return by_name if by_name and lines and by_name in lines[0] else ""


def _separates(separator: str, lines: list[str]) -> bool:
    rows = []
    try:
        for row in csv.reader(
            map(_single_blanks, lines) if separator == " " else lines,
            delimiter=separator,
            skipinitialspace=separator != " ",
        ):
            rows += [] if tables.is_blank(row) else [row]
            if len(rows) == _SAMPLE_ROWS:
                break
    except csv.Error:  # a cell that is too long: the rows before it have to do
        pass
    if not rows:
        return False
    width, n = Counter(map(len, rows)).most_common(1)[0]
    if width < 2:
        return False
    if separator == " ":  # which stands between words too
        below = zip(*rows[1:] or rows, strict=False)
        return n == len(rows) and any(all(map(tables.is_number, column)) for column in below)
    return n == len(rows) or (2 * n > len(rows) and 2 <= len(rows[0]) in (width - 1, width))


def _single_blanks(line: str) -> str:
    """Returns a line with one blank in place of several and of tabs, outside quotation marks, and none at its ends."""
    return _BLANKS.sub(lambda found: found[1] or " ", line.strip()) + "\n"
