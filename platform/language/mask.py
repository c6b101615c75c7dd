"""Replace personal data in a text by tokens that say what stood there."""

import re
from collections.abc import Callable

from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import luhn
from stdnum.cn import ric

EMAIL, CARD, PHONE, IDENTITY = "[email]", "[card]", "[phone]", "[id]"

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}(?![a-z])", re.I)
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_MAYBE_PHONE = re.compile(r"\d(?:[\s().·-]{0,2}\d){6}")

# Where a number without a country code is dialled, guessed from the language.
_REGIONS = {
    "en": ("US", "GB"),
    "zh": ("CN", "TW"),
    "de": ("DE",),
    "fr": ("FR",),
    "es": ("ES",),
    "it": ("IT",),
    "pt": ("BR",),
    "nl": ("NL",),
    "ja": ("JP",),
    "ko": ("KR",),
    "ru": ("RU",),
}
_ABROAD = ("ZZ",)  # no home country: only numbers that carry their code are seen


def mask(text: str, language: str) -> tuple[str, int]:
    """Return the text with e-mail, card, Chinese identity and phone numbers masked, and how many.

    Cards pass the Luhn check and identity numbers their own check digit; phone numbers are
    those that are valid in a country where `language` is spoken, or carry a country code.
    """
    masked = 0
    if "@" in text:
        text, masked = _EMAIL.subn(EMAIL, text)
    if not _MAYBE_PHONE.search(text):  # spares nearly every review the slow checks
        return text, masked
    text, identities = _replace_valid(text, _IDENTITY, IDENTITY, ric.is_valid)
    text, cards = _replace_valid(text, _CARD, CARD, luhn.is_valid)
    text, phones = _mask_phones(text, language)
    return text, masked + identities + cards + phones


def _replace_valid(
    text: str, pattern: re.Pattern[str], token: str, is_valid: Callable[[str], bool]
) -> tuple[str, int]:
    count = 0

    def replacement(found: re.Match[str]) -> str:
        nonlocal count
        if not is_valid(re.sub(r"[ -]", "", found[0])):
            return found[0]
        count += 1
        return token

    return pattern.sub(replacement, text), count


def _mask_phones(text: str, language: str) -> tuple[str, int]:
    spans: list[tuple[int, int]] = []
    for region in _REGIONS.get(language, _ABROAD):
        for found in PhoneNumberMatcher(text, region, leniency=Leniency.VALID):
            if all(found.end <= start or found.start >= end for start, end in spans):
                spans.append((found.start, found.end))
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]}{PHONE}{text[end:]}"
    return text, len(spans)
