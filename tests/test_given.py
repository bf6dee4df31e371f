"""JSON and numbers from outside: what is read, and with which values."""

import pytest

from ladder import given


@pytest.mark.parametrize(
    "text, value",
    [
        ('{"a": [1, 2.5, true, null, "é"]}', {"a": [1, 2.5, True, None, "é"]}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('"\\ud83d\\ude00"', "😀"),
        ('"\\ud83d"', "\ufffd"),
        ('{"\\udc00": 1}', {"\ufffd": 1}),
        ('"a\\u0000b\\u001b[31m\\u009bc\\td\\n"', "a b [31m c\td\n"),
        (f"[{2**53}, {-(2**53)}]", [2**53, -(2**53)]),
        ("[" * given.DEEPEST + "]" * given.DEEPEST, None),
    ],
)
def test_what_can_be_used_is_read(text, value):
    found = given.parsed(text)
    assert value is None or found == value


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[1,]", "NaN", "-Infinity", "[1e999]", "[-1e999]", str(2**53 + 1), "9" * 400, "9" * 5_000),
        *("[" * (given.DEEPEST + 1) + "]" * (given.DEEPEST + 1), "[" * 100_000, b"\xff\xfe\xfd"),
    ],
)
def test_what_nobody_can_use_is_a_value_error(text):
    with pytest.raises(ValueError):
        given.parsed(text)


@pytest.mark.parametrize(
    "word, number",
    [
        *(("0", 0), ("000", 0), ("7", 7), ("0200", 200), ("200", 200), ("0" * 9_000 + "9", 9), ("٣", 3)),
        *(("", None), ("201", None), ("9" * 9_000, None), ("-1", None), ("1.0", None), ("²", None), ("1_0", None)),
    ],
)
def test_a_word_of_digits_is_a_number_up_to_the_most(word, number):
    assert given.whole(word, 200) == number
