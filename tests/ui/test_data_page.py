"""The page Data, as Streamlit runs it: a file, what is found out about it, each correction, what comes of it, keeping,
listing and deleting.

AppTest cannot edit a table's cells: what a person chose there stands in the session state beforehand, as it says.
"""

from urllib.parse import parse_qsl

import numpy as np
import pytest
from sources import folders, npz, table, xlsx, zipped
from streamlit.testing.v1 import AppTest
from widgets import MAIN, opened_live

from ladder import i18n
from ladder.data import apart, own
from ladder.data.choices import ROLES
from ladder.problems import Problem
from ladder.recipe import links
from ladder.ui import membership, own_file

N_WORKERS = 1
ENGLISH, CHINESE = i18n.LANGUAGES


@pytest.fixture(autouse=True)
def near(lab, home, monkeypatch):
    """A folder of its own for what is kept. Files are read in this process, which is quick (test_apart.py has the
    other; one test below too)."""
    monkeypatch.setattr(own_file, "apart", lambda _, question, *arguments: question(*arguments))
    return home


def opened(language: str = ENGLISH) -> AppTest:
    page = AppTest.from_file(MAIN, default_timeout=60)
    page.query_params.update(v="1", lang=language)
    page.switch_page("../../pages/data.py").run()
    assert not page.exception
    return page


def upload(page: AppTest, name: str, content: bytes | str, language: str = ENGLISH) -> AppTest:
    page.file_uploader[0].upload(name, content.encode() if isinstance(content, str) else content).run()
    assert not page.exception
    return page


def choose(widget, value) -> None:
    widget.set_value(value).run()
    assert not widget.root.exception


def labelled(widgets, key: str, language: str = ENGLISH, **values):
    """The one of these widgets whose label is the catalogue's text `key`."""
    (found,) = (one for one in widgets if one.label == i18n.text(key, language, **values))
    return found


def press(page: AppTest, key: str, language: str = ENGLISH) -> None:
    labelled(page.button, key, language).click().run()
    assert not page.exception


def keep(page: AppTest, title: str, language: str = ENGLISH) -> None:
    labelled(page.text_input, "own.page.title", language).set_value(title).run()
    press(page, "own.page.keep", language)


def said(page: AppTest) -> str:
    """What the page tells of the data, without the marks that Markdown needs."""
    return "\n".join(one.value for one in (*page.markdown, *page.info, *page.warning)).replace("\\", "")


def counts(page: AppTest, language: str = ENGLISH) -> list[list]:
    """What the last table of the classes' samples has."""
    return _read_only(page, language, True)[-1].to_numpy().tolist()


def rows(page: AppTest, language: str = ENGLISH) -> list[dict]:
    """The file's first rows."""
    return _read_only(page, language, False)[0].to_dict("records")


def _read_only(page: AppTest, language: str, of_classes: bool) -> list:
    head = [i18n.text(f"own.page.{name}", language) for name in ("class", "trained", "tested")]
    found = [one.value for one in page.dataframe if one.editing_mode == "read_only"]
    return [one for one in found if ([*one.columns] == head) == of_classes]


def roles(page: AppTest, language: str = ENGLISH) -> dict[str, str]:
    """The roles in the table of columns, as words, by the columns' names."""
    name, role = (i18n.text(f"own.page.column.{word}", language) for word in ("name", "role"))
    (editor,) = page.data_editor
    return dict(zip(editor.value[name], editor.value[role], strict=True))


def flowers(n: int = 60, n_labelled: int = 30, separator: str = ",", decimal: str = ".") -> str:
    """A table as people have it: a number, a category, dates, a column that says nothing, and a class that most rows
    lack."""
    lines = [separator.join(["length", "colour", "seen", "country", "kind"])]
    for k in range(n):
        length = "" if k == 4 else f"{k % 7 + 1}{decimal}{k % 10}"
        kind = ["rose", "tulip", "lily"][k % 3] if k < n_labelled else ""
        cells = length, ["red", "white"][k * 7 % 5 % 2], f"{1 + k % 28:02d}{'.'}03{'.'}2024", "NL", kind
        lines.append(separator.join(cells))
    return "\n".join(lines)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_table_with_blank_labels_is_read_weighed_kept_listed_and_deleted(home, language):
    page = upload(opened(language), "my_flowers.csv", flowers())
    how = {
        ENGLISH: "CSV, between cells “,”, decimal sign “.”, utf-8",
        CHINESE: "CSV，单元格分隔符“,”，小数点“.”，utf-8",
    }[language]
    names = i18n.text("own.page.found.names", language)
    read_as = i18n.text("own.page.read_as", language, how=i18n.text("live.comma", language).join([how, names]), n=60)
    assert read_as in [one.value.replace("\\", "") for one in page.caption]
    assert rows(page, language)[0]["kind"] == "rose"
    assert labelled(page.selectbox, "own.page.target", language).value == "kind"
    found = {"length": "number", "colour": "category", "seen": "date", "country": "ignored"}
    assert roles(page, language) == {name: i18n.text(f"own.role.{one}", language) for name, one in found.items()}
    nobody = i18n.text("own.page.unlabelled", language)
    assert counts(page, language) == [["lily", 7, 3], ["rose", 7, 3], ["tulip", 7, 3], [nobody, 30, 0]]
    told = said(page)
    for key, values in {
        "own.done.target": {"column": "kind", "n_classes": 3, "n_labelled": 30, "n_unlabelled": 30},
        "own.done.drawn": {"n": 9, "seed": 0},
        "own.done.medians": {"columns": "length (1)"},
        "own.warning.mostly_unlabelled": {"percent": 59},
    }.items():
        assert i18n.text(key, language, **values) in told
    assert labelled(page.text_input, "own.page.title", language).value == "my flowers"
    keep(page, "Flowers", language)
    (kept,) = own.listed()
    assert (kept.title, kept.n_train, kept.n_given, kept.filename) == ("Flowers", 51, 21, "my_flowers.csv")
    assert not page.warning and not page.file_uploader[0].value and "**Flowers**" in said(page)
    assert [one.value for one in page.toast] == [i18n.text("own.page.kept", language, title="Flowers")]
    (link,) = page.get("link_button")
    assert link.proto.url.startswith("./?")  # the first page has no other address
    recipe = links.parse(link.proto.url).recipe
    assert recipe.structure.dataset == kept.name and recipe.latest.n_labeled == kept.n_given
    assert counts(page, language)[-1] == [nobody, 30, 0]
    again = opened(language)
    assert "**Flowers**" in said(again)
    press(again, "own.page.delete_now", language)
    assert not own.listed() and "Flowers" not in said(again)
    press(page, "own.page.delete_now", language)  # in another tab, that still shows it
    assert [one.value for one in page.warning] == [i18n.text("problem.own_missing", language, name=kept.name)]


def test_a_kept_table_is_a_tile_of_the_live_page_and_its_link_opens_it(home):
    page = upload(opened(), "f.csv", flowers())
    keep(page, "Flowers")
    (kept,) = own.listed()
    live = opened_live(**dict(parse_qsl(page.get("link_button")[0].proto.url.partition("?")[2])))
    (tiles,) = (one for one in live.get("button_group") if (one.key or "").startswith("structure.dataset"))
    assert tiles.value == kept.name


@pytest.mark.parametrize(
    ("content", "label", "found", "value", "first"),
    [
        (
            flowers(separator=";"),
            "separator",
            ";",
            ",",
            {"length;colour;seen;country;kind": "1.0;red;01.03.2024;NL;rose"},
        ),
        (flowers(separator="\t"), "separator", "\t", ";", None),
        (flowers(separator=";", decimal=","), "decimal", ",", ".", {"length": "1,0"}),
        (flowers().replace("red", "größer").encode("latin-1"), "encoding", "latin-1", "gb18030", None),
        (flowers().replace("red", "红").encode("gb18030"), "encoding", "gb18030", "latin-1", None),
        (flowers().replace("red", "红").encode("utf-16"), "encoding", "utf-16", "utf-8", None),
    ],
    ids=["semicolons", "tabs", "decimal comma", "Latin-1", "GB 18030", "UTF-16"],
)
def test_what_was_found_out_is_shown_and_corrected(content, label, found, value, first):
    page = upload(opened(), "table.csv", content)
    widget = labelled(page.selectbox, f"own.page.{label}")
    assert widget.value == found and not page.warning
    before = page.dataframe[0].value
    choose(widget, value)
    if first:
        assert first.items() <= rows(page)[0].items()
    else:  # one sentence, or other letters
        assert len(page.warning) == 1 or not page.dataframe[0].value.equals(before)
    choose(labelled(page.selectbox, f"own.page.{label}"), found)
    assert page.dataframe[0].value.equals(before) and not page.warning


def test_a_first_row_of_data_is_no_header(home):
    page = upload(opened(), "table.csv", "\n".join(f"{k * k % 17},{'ab'[k % 2]}" for k in range(40)))
    header = labelled(page.toggle, "own.page.header")
    assert header.value is False and rows(page)[0] == {"1": "0", "2": "a"}
    choose(header, True)
    assert rows(page)[0] == {"0": "1", "a": "b"}
    keep(page, "Without a header")
    assert own.listed()[0].columns == ("0", "a") and own.listed()[0].n_train + own.listed()[0].n_test == 39


def test_the_sheet_of_a_workbook_is_chosen():
    table = [["x", "kind"], *([k * k % 13, "ab"[k % 2]] for k in range(30))]
    page = upload(opened(), "book.xlsx", xlsx({"About": [["nothing", "here"], ["a", "b"]], "Data": table}))
    sheet = labelled(page.selectbox, "own.page.sheet")
    assert sheet.options == ["About", "Data"]
    choose(sheet, "Data")
    assert [*rows(page)[0]] == ["x", "kind"]


def choose_roles(page: AppTest, **chosen: str) -> None:
    """Chooses roles in the table of columns."""
    (editor,) = page.data_editor
    names, role = [*roles(page)], i18n.text("own.page.column.role", ENGLISH)
    edited = {names.index(name): {role: i18n.text(f"own.role.{one}", ENGLISH)} for name, one in chosen.items()}
    page.session_state[editor.key] = {"edited_rows": edited, "added_rows": [], "deleted_rows": []}
    page.run()
    assert not page.exception


def test_roles_and_kinds_are_changed(home):
    page = upload(opened(), "f.csv", flowers())
    choose_roles(page, seen="ignored", colour="ignored")
    assert "categories" not in said(page)
    keep(page, "Lengths only")
    (kept,) = own.listed()
    assert kept.feature_names == ("length",) and kept.choices.roles["seen"] == "ignored"


def test_another_target_leaves_the_guessed_one_as_a_feature():
    page = upload(opened(), "f.csv", flowers(n_labelled=60))
    choose(labelled(page.selectbox, "own.page.target"), "colour")
    assert [row[0] for row in counts(page)] == ["red", "white"]
    assert roles(page)["kind"] == i18n.text("own.role.category", ENGLISH)


def test_columns_of_a_role_that_says_how_to_split():
    rows = [f"{k * 7 % 31},{['train', 'test'][k % 4 == 0]},p{k % 12},{'ab'[k % 2]}" for k in range(60)]
    page = upload(opened(), "s.csv", "\n".join(["x,part,patient,kind", *rows]))
    assert i18n.text("own.done.split", ENGLISH, column="part", n=15) in said(page)
    assert not [one for one in page.slider if one.label == i18n.text("own.page.test_share", ENGLISH)]
    choose_roles(page, part="ignored", patient="group")
    assert "stay together" in said(page)


def test_how_many_samples_test_and_which(home):
    page = upload(opened(), "f.csv", flowers(n_labelled=60))
    choose(labelled(page.slider, "own.page.test_share"), 0.5)
    assert sum(row[2] for row in counts(page)) == 30
    choose(labelled(page.number_input, "own.page.split_seed"), 4)
    assert i18n.text("own.done.drawn", ENGLISH, n=30, seed=4) in said(page)


def test_minus_one_is_asked_about():
    rows = "\n".join(f"{k * 3},{[0, 1, -1][k % 3]}" for k in range(60))
    page = upload(opened(), "m.csv", f"x,y\n{rows}")
    assert counts(page)[-1][0] == i18n.text("own.page.unlabelled", ENGLISH)
    choose(labelled(page.get("button_group"), "own.page.minus_one"), "class")
    assert [row[0] for row in counts(page)] == ["-1", "0", "1"]


def test_a_column_of_texts_becomes_numbers_by_words_or_by_letters(home):
    words = ["the river is deep and cold", "a mountain under snow and wind", "fields of wheat in the sun"]
    rows = [
        f'"{words[k % 3]} seen on day {k} of the {["first", "last"][k % 2]} year",{"abc"[k % 3]}' for k in range(45)
    ]
    page = upload(opened(), "texts.csv", "\n".join(["text,place", *rows]))
    way = labelled(page.get("button_group"), "own.page.text_way")
    assert way.value == "words" and "TF-IDF" in said(page)
    choose(way, "hashed")
    choose(labelled(page.slider, "own.page.text_width"), 40)
    assert i18n.text("own.done.hashed", ENGLISH, column="text", n=40) in said(page)
    keep(page, "Places")
    assert own.listed()[0].n_features == 40


def test_chinese_texts_are_counted_by_letter():
    rows = [
        f"{['今天的天气很好我们去公园散步', '昨天下雨所以大家都在家里读书'][k % 2]}第{k}天,{'好坏'[k % 2]}"
        for k in range(40)
    ]
    page = upload(opened(CHINESE), "天气.csv", "\n".join(["内容,类别", *rows]))
    assert labelled(page.get("button_group"), "own.page.text_way", CHINESE).value == "characters"
    assert labelled(page.text_input, "own.page.title", CHINESE).value == "天气"


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_images_in_class_folders_are_seen_before_they_are_kept(home, language):
    places = [f"{kind}/{k}.png" for kind in ("cat", "dog") for k in range(6)] + [
        f"unlabelled/{k}.png" for k in range(20)
    ]
    page = upload(opened(language), "pets.zip", zipped(folders(*places)))
    names = [i18n.text("own.page.no_label", language), "cat", "dog"]
    assert [one.captions[0] for one in page.image] == names
    choose(labelled(page.slider, "own.page.side", language), 12)
    assert i18n.text("own.done.images", language, height=12, width=12) in said(page)
    keep(page, "Pets", language)
    (kept,) = own.listed()
    assert kept.image_shape == (12, 12) and (kept.n_train, kept.n_given) == (28, 8)


def test_arrays_bring_their_own_test_samples(home):
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((60, 5)), np.arange(60) % 3
    page = upload(opened(), "rows.npz", npz(x_train=x, y_train=np.where(y == 2, -1, y), x_test=x[:9], y_test=y[:9] % 2))
    assert i18n.text("own.done.own_test", ENGLISH, n=9) in said(page) and not page.selectbox
    assert i18n.text("own.warning.twice", ENGLISH, n=9) in said(page)
    keep(page, "Rows")
    assert own.listed()[0].n_given == 40


def test_what_may_go_wrong_is_said_beside_what_comes_of_it():
    rows = [f"{k},{['ill', 'well'][k % 2]},{'ab'[k % 2]}" for k in range(0, 180, 3)]
    page = upload(opened(), "leak.csv", "\n".join(["x,result,kind", *rows, "5,ill,c"]))
    told = [one.value.replace("\\", "") for one in page.warning]
    assert i18n.text("own.warning.single", ENGLISH, n=1, names="c") in told
    assert i18n.text("own.warning.untested", ENGLISH, n=1, names="c") in told


def test_rows_are_pasted_from_a_spreadsheet(home):
    page = opened()
    page.text_area[0].set_value(flowers(separator="\t")).run()
    assert not page.exception and labelled(page.selectbox, "own.page.separator").value == "\t"
    keep(page, "Pasted")
    assert own.listed()[0].title == "Pasted" and page.text_area[0].value == ""


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("empty.csv", b" \n", "reading_empty"),
        ("report.pdf", b"%PDF-1.7 x", "reading_foreign"),
        ("page.csv", b"<!doctype html><p>x", "reading_page"),
        ("one.png", b"\x89PNG\r\n", "reading_picture"),
        ("ragged.csv", b"a,b\n1,2\n1,2,3\n", "reading_ragged"),
        ("head.csv", b"a,b\n", "reading_header_only"),
        ("rows.arff", b"@relation r\n@attribute n numeric\n@data\n1\nx\n", "arff_row"),
        ("cut.zip", zipped(folders("cat/a.png"))[:90], "reading_damaged"),
        ("flat.zip", zipped(folders("a.png", "cat/b.png")), "images_place"),
        ("run.exe", b"MZ\x90\0\x03", "reading_foreign"),
    ],
)
def test_a_bad_file_is_one_sentence(language, name, content, key):
    page = upload(opened(language), name, content)
    with pytest.raises(Problem) as caught:
        own_file.apart(name, own_file.desk.look, own_file.Upload(name, content))
    assert caught.value.key == key
    assert [one.value.replace("\\", "") for one in page.warning] == [i18n.problem(caught.value, language)]
    assert not page.dataframe and not page.info
    page.file_uploader[0].clear().run()
    assert not page.exception and not page.warning


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("a,b\n" + "\n".join(f"{k * k},{k / 7:.3f}" for k in range(40)), "own_no_target"),
        ("x,kind\n" + "\n".join(f"{k},a" for k in range(0, 60, 3)), "own_no_target"),
        ("x,kind\n1,a\n9,b", "own_no_test"),
    ],
)
def test_what_hinders_a_table_is_one_sentence(content, key):
    page = upload(opened(), "t.csv", content)
    assert len(page.warning) == 1
    expected = i18n.text(f"problem.{key}", ENGLISH, n=0)
    assert page.warning[0].value.replace("\\", "") == expected
    assert not [one for one in page.button if one.label == i18n.text("own.page.keep", ENGLISH)]


def test_a_name_that_is_taken_is_said_where_it_is_given(home):
    for content in (flowers(), flowers(n=50)):
        page = upload(opened(), "f.csv", content)
        keep(page, "Flowers")
    taken = i18n.text("problem.own_taken", ENGLISH, title="Flowers")
    words = [one.value if one.type == "warning" else getattr(one, "label", "") for one in page.main]
    title, button = (i18n.text(f"own.page.{name}", ENGLISH) for name in ("title", "keep"))
    assert words.index(title) < words.index(taken) < words.index(button)
    keep(page, "Other flowers")
    assert not page.warning and len(own.listed()) == 2


def test_a_choice_of_one_file_is_none_of_another_of_its_name():
    page = upload(opened(), "table.csv", flowers())
    choose(labelled(page.toggle, "own.page.header"), False)
    page.file_uploader[0].set_value(("table.csv", flowers(n=50).encode(), "text/csv")).run()
    assert not page.exception and labelled(page.toggle, "own.page.header").value is True
    assert [*rows(page)[0]][-1] == "kind"


def test_roles_that_were_chosen_for_one_sheet_are_not_those_of_another():
    sheets = {
        name: [[*columns, "kind"], *([k * k % 13, k * 5 % 7, "ab"[k % 2]] for k in range(30))]
        for name, columns in {"One": ["x", "y"], "Two": ["u", "v"]}.items()
    }
    page = upload(opened(), "book.xlsx", xlsx(sheets))
    choose_roles(page, x="ignored")
    choose(labelled(page.selectbox, "own.page.sheet"), "Two")
    assert roles(page) == dict.fromkeys(
        "uv", i18n.text("own.role.number", ENGLISH)
    ) and "Columns of numbers: 2." in said(page)


def test_the_text_set_of_the_libraries_is_one_press(home, monkeypatch):
    monkeypatch.setattr(
        "ladder.data.docstrings.table",
        lambda: table(
            "text,library\n"
            + "\n".join(
                f"{'compute the sum' if k % 2 else 'draw a curve of'} value {k},{'ab'[k % 2]}" for k in range(40)
            )
        ),
    )
    page = opened()
    press(page, "own.page.docstrings")
    assert [one.title for one in own.listed()] == [i18n.text("own.page.docstrings_title", ENGLISH)]


def test_a_visitor_who_may_not_change_data_sees_them_only(home, monkeypatch):
    keep(upload(opened(), "f.csv", flowers()), "Flowers")
    monkeypatch.setattr(membership, "may_change_data", lambda: False)
    page = opened()
    assert "**Flowers**" in said(page) and not page.file_uploader
    assert i18n.text("problem.own_teacher", ENGLISH) in said(page)
    assert i18n.text("own.page.delete_now", ENGLISH) not in [one.label for one in page.button]


def test_the_file_is_read_in_a_process_of_its_own(home, monkeypatch):
    monkeypatch.setattr(own_file, "apart", apart.apart)
    page = upload(opened(), "f.csv", flowers())
    assert counts(page)[0] == ["lily", 7, 3]


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_no_two_roles_have_the_same_words(language):
    words = [i18n.text(f"own.role.{role}", language) for role in ROLES]
    assert len(set(words)) == len(words)
