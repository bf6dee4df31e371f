"""Streamlit's own words in Chinese: those that it really writes, wherever a visitor meets them."""

import re
from pathlib import Path

import pytest
import streamlit as st
from browsing import open_sidebar, press, visit
from playwright.sync_api import expect

from ladder import i18n

SCRIPTS = Path(st.__file__).parent / "static" / "static" / "js"
OWN = i18n.texts("streamlit", "en")
PIECES = {  # what Streamlit joins by itself
    OWN["no_page_why"]: ("The page that you have requested does not seem to exist", ". Running the app's main page."),
    OWN["enter"]: ("Press Enter to ",),
    OWN["limit"]: ("You can only select up to ", "Remove an option first."),
}
IMPORTED = ("option", "options")  # joined by a library from parts that are words of everyday


@pytest.fixture(scope="module")
def frontend() -> str:
    """All of Streamlit's JavaScript."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(SCRIPTS.glob("*.js")))


@pytest.mark.parametrize("name", sorted(set(OWN) - set(IMPORTED)))
def test_streamlit_writes_these_words_still(frontend, name):
    """After an upgrade the failures are the list of words to look up anew."""
    for piece in PIECES.get(OWN[name], re.split(r"\{\w+\}", OWN[name])):
        assert re.search(rf"[`\"'}}]?{re.escape(piece)}[`\"'$]?", frontend), "ladder/locales/streamlit.toml"


def english(page) -> list[str]:
    """Streamlit's English words in the document, beside the panels."""
    return page.evaluate(
        """(words) => {
          const found = [];
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ALL);
          while (walker.nextNode()) {
            const node = walker.currentNode;
            const texts = node.nodeType === 3 ? [node.data.trim()]
              : ["aria-label", "title", "placeholder"].map((name) => node.getAttribute?.(name));
            found.push(...texts.filter((text) => words.includes(text)));
          }
          return found;
        }""",
        [text for text in OWN.values() if "{" not in text],
    )


def test_a_chinese_page_has_chinese_words_and_an_english_one_its_own_again(browser, address):
    page = visit(browser, f"{address}/?lang=zh")
    assert english(page) == []
    expect(page.get_by_text("跳到主要内容")).to_be_attached()
    press(page, "分享")
    upload = page.get_by_test_id("stFileUploader")
    expect(upload).to_contain_text("上传")
    expect(upload).to_contain_text("每个文件不超过 160MB")
    page.keyboard.press("Escape")
    page.get_by_test_id("stMainMenuButton").click()
    expect(page.get_by_test_id("stMainMenuPopover")).to_contain_text("打印")
    assert english(page) == []
    page.keyboard.press("Escape")

    open_sidebar(page)
    page.get_by_text(i18n.text("page.training", "zh")).click()
    number = page.get_by_test_id("stNumberInput").first
    expect(number.get_by_label("增大")).to_be_visible()
    number.locator("input").fill("77")
    expect(number).to_contain_text("按回车键生效")
    assert english(page) == []
    number.locator("input").press("Enter")
    expect(page).to_have_url(re.compile("batch=77|h=.*77"))

    page.get_by_text("English", exact=True).click()
    expect(page.get_by_text("Skip to main content")).to_be_attached()
    press(page, "Share")
    expect(page.get_by_test_id("stFileUploader")).to_contain_text("160MB per file")
    assert "跳到主要内容" not in page.content() and page.faults == []
    page.context.close()
