"""Tell which language a text is in."""

import re
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

LANGUAGES = ("en", "zh", "de", "fr", "es", "it", "pt", "nl", "ru", "ja", "ko", "ar", "tr", "pl")
UNKNOWN = "und"

_HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿]")
_KANA = re.compile(r"[぀-ヿ]")
_HANGUL = re.compile(r"[가-힣]")
_LETTER = re.compile(r"[^\W\d_]")
_ENGLISH = re.compile(
    r"\b(?:the|and|this|that|with|but|have|from|you|his|her|it's|isn't|which|what|just|very)\b", re.I
)
_SURE = 0.9
_SHORT = 20  # letters; below it the classifier guesses


def language_of(text: str) -> str:
    """Return the ISO 639-1 code of the text's language, or "und" where it has no letters.

    Script decides for Chinese, Japanese and Korean: a third of Chinese characters make a text
    Chinese even when it names foreign films. Two English function words settle English; the
    rest goes to py3langid, restricted to `LANGUAGES`. Short plain-ASCII texts that it is not
    sure of count as English.
    """
    letters = len(_LETTER.findall(text))
    if not letters:
        return UNKNOWN
    east = None if text.isascii() else _east_asian(text, letters)
    if east:
        return east
    if len(_ENGLISH.findall(text)) >= 2:
        return "en"
    code, probability = _identifier().classify(text)
    doubtful = probability < _SURE and letters < _SHORT and text.isascii()
    return "en" if doubtful else str(code)


def _east_asian(text: str, letters: int) -> str | None:
    kana, hangul = len(_KANA.findall(text)), len(_HANGUL.findall(text))
    han = len(_HAN.findall(text))
    if hangul * 3 >= letters:
        return "ko"
    if (kana + han) * 3 < letters:
        return None
    return "ja" if kana * 10 >= han + kana else "zh"


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier
