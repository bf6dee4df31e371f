"""The Chinese texts: full-width marks throughout, and one name for one thing."""

import re
from pathlib import Path

import pytest

from ladder import i18n

TEACHING = Path(i18n.__file__).parent / "teaching"
TEXTS = {key: entry["zh"] for key, entry in i18n.catalogue().items()}
TEXTS |= {path.name: path.read_text(encoding="utf-8") for path in sorted(TEACHING.glob("*/zh/*.md"))}

HAN = "\u4e00-\u9fff"
WIDE = "，。：；？！、（）“”"
LETTERS = "A-Za-z0-9_α-ωΑ-Ωẑỹ\u0302\u0303"
# Formulas, in which brackets and commas are those of mathematics, and what a person types as it stands.
FORMULAS = (
    r"\$\$.*?\$\$",
    rf"(?:增益|[{LETTERS}]+) ?\([^(){HAN}]*\)",  # z̃(l), from the innermost brackets on
    rf"“[^“”{HAN}]*”",
    r" \.\. ",
    r"tcp://\S+:\S+?(?=）)",
)


def prose(text: str) -> str:
    """The text with a letter in place of each formula."""
    before = None
    while text != before:
        before = text
        for formula in FORMULAS:
            text = re.sub(formula, "x", text, flags=re.DOTALL)
    return text


@pytest.mark.parametrize("key", TEXTS)
def test_marks_beside_chinese_characters_are_full_width(key):
    beside = rf"[{HAN}{WIDE}] ?[,.:;?!()]|[,.:;?!()] ?[{HAN}{WIDE}]"
    assert re.findall(f".{{0,8}}(?:{beside}).{{0,8}}", prose(TEXTS[key])) == []


@pytest.mark.parametrize("key", TEXTS)
def test_no_blank_stands_beside_a_full_width_mark(key):
    assert re.findall(rf".{{0,8}}(?:[{WIDE}] [^|]|[^|\n] [{WIDE}]).{{0,8}}", prose(TEXTS[key])) == []


# What was once called otherwise too: the pattern, and what it is called now.
TERMS = {
    "验证误差|验证误差率": "验证错误率",
    "测试误差|种子误差": "测试错误率",
    "(?<!监督)对照网络": "监督对照网络",
    "监督对照(?!网络)": "监督对照网络",
    "孪生": "监督对照网络",
    "播放": "训练",
    "标签传播": "标签扩散",
    "遮挡": "掩码置零",
    "(?<!又译)阶梯网络": "梯形网络",
    "(?<!参数)(?<!请)扫描": "参数扫描",
    "一组训练": "参数扫描",
    "训练所加总": "训练时相加的各项代价",
    "美化": "偏乐观",
    "诚实": "可靠",
    "本站": "本应用",
    "95 %|(?<=\\d) %": "95%",
    "Vanilla，": "原始型，",
    "首层": "第一层",
    "运行文件夹": "训练文件夹",
}


@pytest.mark.parametrize("pattern", TERMS)
def test_one_thing_has_one_name(pattern):
    assert [key for key, text in TEXTS.items() if re.search(pattern, text)] == [], f"write {TERMS[pattern]}"


def test_the_rules_find_what_they_are_for():
    for wrong in ("最佳: 标签数", "标签数 100. 验证错误率", "一次(两次)", "好, 坏", "真的?", "（甲）(乙)"):
        with pytest.raises(AssertionError):
            TEXTS["wrong"] = wrong
            test_marks_beside_chinese_characters_are_full_width("wrong")
    TEXTS["right"] = "σ(l) 的噪声，1,797 张，P(y = k | x) 最大；λ = 0.5 时，ẑ(l) = g(z̃(l), u(l))，与 x 比较"
    test_marks_beside_chinese_characters_are_full_width("right")
    del TEXTS["wrong"], TEXTS["right"]
