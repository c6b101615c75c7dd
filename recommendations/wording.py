"""Reasons in words, for terminals and pages. A fact is worded as what it is, never as a cause."""

from collections.abc import Mapping, Sequence

from recommendations.rows import ReasonRow

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "liked": "Because you enjoyed {title}",
        "met": "Goes with {title}, which you know",
        "statement": "Fits your liking for {tag}",
        "text": "Close in content to what you like",
        "popular": "Popular here",
        "explored": "Shown to learn who it is for",
        "nothing": "From the catalogue",
    },
    "zh": {
        "liked": "因为你喜欢“{title}”",
        "met": "和你熟悉的“{title}”很搭",
        "statement": "符合你对“{tag}”的喜好",
        "text": "内容接近你喜欢的类型",
        "popular": "这里的热门之选",
        "explored": "试着推荐，看看适合谁",
        "nothing": "来自目录",
    },
}


def sentence_of(reason: ReasonRow, language: str = "en") -> str:
    """Return the reason as one sentence without a full stop; English where there is no other."""
    short = language[:2].lower()
    sentences = SENTENCES.get(short, SENTENCES["en"])
    names: Mapping[str, str] = reason.get("name", {})
    tag = names.get(short) or names.get("en") or reason.get("tag", "")
    return sentences[_form_of(reason)].format(title=reason.get("title", ""), tag=tag)


def sentences_of(reasons: Sequence[ReasonRow], language: str = "en") -> list[str]:
    """Return each reason as a sentence, the weightiest first, without repeats."""
    return list(dict.fromkeys(sentence_of(reason, language) for reason in reasons))


def _form_of(reason: ReasonRow) -> str:
    kind = str(reason["kind"])
    if kind == "item":
        return "liked" if reason.get("is_liked") else "met"
    if kind == "popular" and not reason["share"]:
        return "nothing"  # nothing spoke for it, not even that it is popular
    return kind if kind in SENTENCES["en"] else "nothing"
