"""In a real browser: a server whose runs folder cannot be written works, and says that it keeps nothing."""

import pytest
from browsing import press, served, updates, visit, wait_for_updates
from playwright.sync_api import expect

WORDS = {"en": ("cannot be written", "Play", "Pause"), "zh": ("无法写入文件夹", "训练", "暂停")}


@pytest.fixture(scope="module")
def somewhere(tmp_path_factory):
    """The address of a server whose LADDER_RUNS is a file."""
    path = tmp_path_factory.mktemp("not_kept") / "notes.txt"
    path.write_text("no folder")
    with served(path) as url:
        yield url, path
    assert path.read_text() == "no folder"


@pytest.mark.parametrize("language", WORDS)
def test_a_server_without_a_folder_trains_and_says_that_nothing_is_kept(browser, somewhere, language):
    (address, path), (words, play, pause) = somewhere, WORDS[language]
    page = visit(browser, f"{address}/?data=moons&widths=8&target=0&at=20&lang={language}")
    notice = page.get_by_text(words)
    expect(notice).to_be_visible()
    expect(notice).to_contain_text(str(path))
    expect(notice).to_contain_text("LADDER_RUNS")
    press(page, play)
    wait_for_updates(page, 40)
    press(page, pause)
    before = updates(page)
    page.reload()
    page.wait_for_function("() => /[0-9]/.test(document.querySelector('.ll-n-update .ll-value')?.textContent || '')")
    assert updates(page) >= before and page.faults == []
    page.goto(f"{address}/explore?lang={language}")
    expect(page.get_by_text(words)).to_be_visible()
    page.context.close()
