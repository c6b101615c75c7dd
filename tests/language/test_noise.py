"""What fills a field is no tag."""

import pytest

from language.noise import says_nothing


@pytest.mark.parametrize(
    "name",
    [
        *("yes", "Unknown", "USD", "n/a", "N/A.", "(none)", "see title", "See_Title", "Other"),
        *("未知", "見標題", "详见描述", "其他", "无", "ＵＳＤ", "暂无。"),
        *("Unbekannt", "voir photo", "sí", "não especificado", "неизвестно"),
        *("https://img.example.com/a/b.jpg", "//cdn.example.com/x", "www.example.com", "cover.PNG"),
        *("example.com/items", "a.b@example.org", "data:image/png;base64,AAAA"),
        *("#ff00aa", "123e4567-e89b-12d3-a456-426614174000", "9f86d081884c7d659a2feaa0"),
    ],
)
def test_fillers_addresses_and_codes_say_nothing(name):
    assert says_nothing(name)


@pytest.mark.parametrize(
    "name",
    [
        *("noir", "yes men", "the unknown soldier", "other worlds", "all-ages", "R&B", "AC/DC"),
        *("Mr. Robot", "will.i.am", "a.i.", "web design", "html5 games", "90s", "facade", "decade"),
        *("无间道", "有声书", "其他国家的故事", "测试心理学", "C#", "Node.js", "Dot.com bubble"),
    ],
)
def test_subjects_say_something(name):
    assert not says_nothing(name)
