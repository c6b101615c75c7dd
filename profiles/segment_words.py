"""What a segment is called and how it is described, in every language at once.

Both are stored with the segment, for whoever reads it in whatever language.
"""

from collections.abc import Sequence

from catalog.models import Tag

LANGUAGES = ("en", "zh")
JOINS = {"en": ", ", "zh": "、"}
LIKED = {
    "en": "They like {tags} more than others do.",
    "zh": "他们比其他人更喜欢{tags}。",
}
DISLIKED = {
    "en": "They turn from {tags} more often than others.",
    "zh": "他们比其他人更不喜欢{tags}。",
}
GAPS = {"en": " ", "zh": ""}
UNNAMED = {"en": "Mixed taste", "zh": "口味不一"}
IN_NAME, IN_DISLIKES = 3, 2

Words = dict[str, str]


def segment_in_words(likes: Sequence[Tag], dislikes: Sequence[Tag]) -> tuple[Words, Words]:
    """Return a segment's names and descriptions by language, from its telling tags.

    It is named for likes alone. Without any it has no description.
    """
    if not likes:
        return dict(UNNAMED), {}
    names = {language: _joined(likes[:IN_NAME], language) for language in LANGUAGES}
    return names, {language: _described(likes, dislikes, language) for language in LANGUAGES}


def _described(likes: Sequence[Tag], dislikes: Sequence[Tag], language: str) -> str:
    said = [LIKED[language].format(tags=_joined(likes, language))]
    if dislikes:
        said.append(DISLIKED[language].format(tags=_joined(dislikes[:IN_DISLIKES], language)))
    return GAPS[language].join(said)


def _joined(tags: Sequence[Tag], language: str) -> str:
    return JOINS[language].join(tag.name_in(language) for tag in tags)
