"""Reasons in words, for terminals and pages. A fact is worded as what it is, never as a cause."""

from collections.abc import Mapping, Sequence
from typing import Any

from recommendations.rows import ReasonRow, ServedSlate

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "liked": "Because you enjoyed {title}",
        "met": "Goes with {title}, which you know",
        "statement": "Fits your liking for {tag}",
        "text": "Close in content to what you like",
        "next": "Often comes next after what you liked",
        "popular": "Popular here",
        "recent": "Popular lately",
        "explored": "Shown to learn who it is for",
        "nothing": "From the catalogue",
        "segment": "Liked in your group: {tag}",
        "segment_unnamed": "Liked by people with a taste like yours",
        "trending": "Taken to more of late than before",
        "new": "Newly come in",
        "seed_item": "Goes with {title}",
        "seed_tag": "About {tag}",
    },
    "zh": {
        "liked": "因为你喜欢“{title}”",
        "met": "和你熟悉的“{title}”很搭",
        "statement": "符合你对“{tag}”的喜好",
        "text": "内容接近你喜欢的类型",
        "next": "常接在你喜欢的内容之后",
        "popular": "这里的热门之选",
        "recent": "近期热门",
        "explored": "试着推荐，看看适合谁",
        "nothing": "来自目录",
        "segment": "你所在的群体喜欢：{tag}",
        "segment_unnamed": "与你口味相近的人喜欢",
        "trending": "最近比以往更受欢迎",
        "new": "新近加入",
        "seed_item": "和“{title}”很搭",
        "seed_tag": "有关“{tag}”",
    },
}

HEADINGS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "item": "Because you enjoyed {title}",
        "statement": "Because you like {tag}",
        "segment": "Favourites of those who like {tag}",
        "segment_unnamed": "Favourites of people with a taste like yours",
        "trending": "Trending now",
        "new": "New here",
    },
    "zh": {
        "item": "因为你喜欢“{title}”",
        "statement": "因为你喜欢“{tag}”",
        "segment": "喜欢“{tag}”的人的最爱",
        "segment_unnamed": "与你口味相近的人的最爱",
        "trending": "正在升温",
        "new": "最新加入",
    },
}


def heading_of(kind: str, about: Mapping[str, Any], language: str = "en") -> str:
    """Return what a list is headed by; English where there is no other."""
    short = language[:2].lower()
    form = "segment_unnamed" if kind == "segment" and not about.get("name") else kind
    return HEADINGS.get(short, HEADINGS["en"])[form].format(
        title=about.get("title", ""), tag=_tag_of(about, short)
    )


def sentence_of(reason: ReasonRow, language: str = "en") -> str:
    """Return the reason as one sentence without a full stop; English where there is no other."""
    short = language[:2].lower()
    sentences = SENTENCES.get(short, SENTENCES["en"])
    return sentences[_form_of(reason)].format(
        title=reason.get("title", ""), tag=_tag_of(reason, short)
    )


def worded(slate: ServedSlate, language: str) -> dict[str, Any]:
    """Return the envelope as plain values, with each reason also as a sentence."""
    envelope = slate.as_json()
    for item in envelope["items"]:
        item["reasons"] = [
            reason | {"sentence": sentence_of(reason, language)} for reason in item["reasons"]
        ]
    return envelope


def _tag_of(fact: Mapping[str, Any], short: str) -> str:
    names: Mapping[str, str] = fact.get("name") or {}
    return names.get(short) or names.get("en") or str(fact.get("tag", ""))


def sentences_of(reasons: Sequence[ReasonRow], language: str = "en") -> list[str]:
    """Return each reason as a sentence, the weightiest first, without repeats."""
    return list(dict.fromkeys(sentence_of(reason, language) for reason in reasons))


def _form_of(reason: ReasonRow) -> str:
    kind = str(reason["kind"])
    if kind == "item":
        return "liked" if reason.get("is_liked") else "met"
    if kind == "seed":
        return "seed_item" if "item" in reason else "seed_tag"
    if kind == "segment" and not reason.get("name"):
        return "segment_unnamed"
    if kind == "popular" and not reason["share"]:
        return "nothing"  # nothing spoke for it, not even that it is popular
    return kind if kind in SENTENCES["en"] else "nothing"
