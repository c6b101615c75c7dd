"""Tell which language a text is in."""

import re
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from language.scripts import HAN, KANA

LANGUAGES = ("en", "zh", "de", "fr", "es", "it", "pt", "nl", "ru", "ja", "ko", "ar", "tr", "pl")
UNKNOWN = "und"

_HANGUL = re.compile(r"[가-힣]")
_ENGLISH = re.compile(
    r"\b(?:the|and|this|that|with|but|have|from|you|his|her|which|what|just|very|of|an?|is|are|to|"
    r"it|its|not|too|for|by|as|more|so|best|good|film|movie|book|story|funny|great)\b|'(?:s|t|re)\b",
    re.I,
)
_FOREIGN = re.compile(
    r"\b(?:el|la|los|las|una?|que|y|es|muy|pero|con|por|para|del|le|les|des|du|est|et|une|pas|mais|"
    r"dans|der|die|das|und|ist|nicht|ein|eine|mit|il|lo|di|che|non|molto|ma|os|um|uma|em|muito|mas|"
    r"het|een|niet|van|maar|zeer|bir|ve|bu|nie|jest|na|se)\b",
    re.I,
)
_ENOUGH = 600  # characters at the beginning that tell a language
_SHORT = 40  # letters; below it the classifier guesses, and takes Latinate English for Italian


def language_of(text: str) -> str:
    """Return the ISO 639-1 code of the text's language, or "und" where it has no letters.

    Script decides for Chinese, Japanese and Korean: a third of Chinese characters make a text
    Chinese even when it names foreign films. Plain ASCII with more English function words than
    foreign ones is English, and so is a short one with neither; the rest goes to py3langid,
    restricted to `LANGUAGES`. The first 600 characters tell.
    """
    text = text[:_ENOUGH]
    letters = sum(map(str.isalpha, text))
    if not letters:
        return UNKNOWN
    east = None if text.isascii() else _east_asian(text, letters)
    if east:
        return east
    english, foreign = len(_ENGLISH.findall(text)), len(_FOREIGN.findall(text))
    if english > foreign or (text.isascii() and not foreign and letters < _SHORT):
        return "en"
    return str(_identifier().classify(text)[0])


def _east_asian(text: str, letters: int) -> str | None:
    kana, hangul = len(KANA.findall(text)), len(_HANGUL.findall(text))
    han = len(HAN.findall(text))
    if hangul * 3 >= letters:
        return "ko"
    if (kana + han) * 3 < letters:
        return None
    return "ja" if kana * 10 >= han + kana else "zh"


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(LANGUAGES))
    return identifier
