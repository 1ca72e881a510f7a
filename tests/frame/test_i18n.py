"""Translations: every text has one, placeholders agree, the compiled file is current."""

import gettext

import pytest

from charts import i18n
from tests.pages import assert_whole, open_page, registered
from tools import i18n as tool


def test_every_text_is_a_literal() -> None:
    assert tool.extract()[1] == []


def test_parts_can_be_read_and_agree() -> None:
    assert tool.translations()[1] == []


def test_placeholders_agree() -> None:
    assert tool.unequal() == []


def test_the_app_reads_the_compiled_catalog() -> None:
    known, _complaints = tool.translations()
    catalog = gettext.translation("logitlab", i18n.LOCALES, ["zh_CN"])
    texts, _wrong = tool.extract()
    assert texts
    for text in texts:
        if text.message in known:
            assert catalog.gettext(text.message) == known[text.message]
    assert i18n.catalog("en").gettext("Pitfalls") == "Pitfalls"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("no braces", []),
        ("{n} of {all}", ["all", "n"]),
        ("{n} and {n}", ["n"]),
        ("{x:.2f} {y!r}", ["x", "y"]),
        ("{{literal}} {z}", ["z"]),
        ("{}", [""]),
    ],
)
def test_placeholders_by_hand(text: str, names: list[str]) -> None:
    assert tool.placeholders(text) == names


def test_the_tool_reports_problems(tmp_path, monkeypatch) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "parts").mkdir()
    (tmp_path / "pages" / "a.py").write_text(
        'x = 1\n_("Known {n}")\n_("Unknown")\n_(f"made {x}")\n_(x)\n'
        '_("In two " "pieces")\nngettext("one", "{n} many", x)\n_("")\n'
    )
    (tmp_path / "parts" / "a.po").write_text(
        'msgid "Known {n}"\nmsgstr "已知 {m}"\n\nmsgid "In two pieces"\nmsgstr "两段"\n\n'
        'msgid "one"\nmsgstr "{n} 个"\n',
        encoding="utf-8",
    )
    (tmp_path / "parts" / "b.po").write_text(
        'msgid "In two pieces"\nmsgstr "两截"\n', encoding="utf-8"
    )
    for name, value in {
        "ROOT": tmp_path,
        "PARTS": tmp_path / "parts",
        "PO": tmp_path / "logitlab.po",
        "MO": tmp_path / "logitlab.mo",
        "SOURCES": ("pages",),
    }.items():
        monkeypatch.setattr(tool, name, value)
    assert [line.split(":")[1] for line in tool.extract()[1]] == ["4", "5"]
    assert [line.split(": ", 1)[1] for line in tool.missing()] == ["'Unknown'"]
    assert len(tool.unequal()) == 1
    assert "两截" in tool.translations()[1][0]
    assert len(tool.stale()) == 2
    assert tool.main([]) == 1
    assert tool.stale() == []
    with tool.MO.open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled.ngettext("one", "{n} many", 5) == "{n} 个"
    assert compiled.gettext("In two pieces") == "两段"


def test_an_unknown_language_is_english() -> None:
    at = open_page("sampling", query={"lang": "xx"})
    assert_whole(at)
    assert at.session_state["lang"] == "en"


@pytest.mark.parametrize("page", registered(), ids=lambda page: page.topic)
def test_every_page_is_available_in_chinese(page) -> None:
    at = open_page(page.topic, query={"lang": "zh"})
    assert_whole(at)
    heads = [item.value for item in at.subheader]
    assert heads
    assert "Pitfalls" not in heads
    assert "Take it away" not in heads
