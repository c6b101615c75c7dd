"""Replace personal data in a text by tokens that say what stood there."""

import ipaddress
import re
from collections.abc import Callable, Collection, Iterable

from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import iban, luhn
from stdnum.cn import ric
from stdnum.us import ssn

from language.addresses import find_addresses
from language.private_names import find_names

EMAIL, CARD, PHONE, IDENTITY = "[email]", "[card]", "[phone]", "[id]"
ADDRESS, NAME, HANDLE, LINK = "[address]", "[name]", "[handle]", "[link]"
PLACE, ACCOUNT = "[ip]", "[account]"

_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}(?![a-z])", re.I | re.A
)
_HANDLE = re.compile(r"(?<![\w@/.])@[A-Za-z]\w{2,30}\b")
# A link that lets its bearer in, or names them: credentials, or a secret among its parameters.
_LINK = re.compile(
    r"\bhttps?://(?:[^\s/@:]+:[^\s/@]+@\S+|[^\s?#]*[?#]\S*?(?:token|key|auth|session|sid|password|passwd|"
    r"pwd|secret|sig|signature|code|user|email|account|invite|uid)=\S+)",
    re.I,
)
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_SSN = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_IP = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_MAYBE_PHONE = re.compile(r"\d(?:[\s().·-]{0,2}\d){6}")
_DIGIT = re.compile(r"\d")
_LEAST_NETWORK = 10  # below it four parts are a version, 1.2.3.4, more often than a place

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


def mask(text: str, language: str, known: Collection[str] = ()) -> tuple[str, int]:
    """Return the text with personal data masked, and how many pieces there were.

    Masked are e-mail addresses, handles, links that carry a secret, IP addresses, bank accounts,
    cards (Luhn), identity numbers of China and the USA, telephone numbers that are valid in a
    country where `language` is spoken or carry a country code, postal addresses and names of
    private people. `known` are words, in lower case, of the item that the text is about: names
    among them are public and stay.
    """
    masked = 0
    if "://" in text:
        text, masked = _LINK.subn(LINK, text)
    if "@" in text:
        text, emails = _EMAIL.subn(EMAIL, text)
        text, handles = _HANDLE.subn(HANDLE, text)
        masked += emails + handles
    if _DIGIT.search(text):  # spares most reviews the slow checks
        text, numbers = _mask_numbers(text, language)
        masked += numbers
    text, names = _cover(text, find_names(text, language, known), NAME)
    return text, masked + names


def _mask_numbers(text: str, language: str) -> tuple[str, int]:
    text, masked = _cover(text, find_addresses(text, language), ADDRESS)
    for pattern, token, is_valid in _CHECKED:
        text, count = _replace_valid(text, pattern, token, is_valid)
        masked += count
    if not _MAYBE_PHONE.search(text):
        return text, masked
    text, phones = _mask_phones(text, language)
    return text, masked + phones


def _bare(text: str) -> str:
    return re.sub(r"[ -]", "", text)


def _is_place(text: str) -> bool:
    """Return whether this is an address on the internet, and not a version such as 1.2.3.4."""
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return int(address) >> 24 >= _LEAST_NETWORK


_CHECKED: tuple[tuple[re.Pattern[str], str, Callable[[str], bool]], ...] = (
    (_IP, PLACE, _is_place),
    (_IBAN, ACCOUNT, lambda text: bool(iban.is_valid(_bare(text)))),
    (_IDENTITY, IDENTITY, lambda text: bool(ric.is_valid(text))),
    (_SSN, IDENTITY, lambda text: bool(ssn.is_valid(text))),
    (_CARD, CARD, lambda text: bool(luhn.is_valid(_bare(text)))),
)


def _replace_valid(
    text: str, pattern: re.Pattern[str], token: str, is_valid: Callable[[str], bool]
) -> tuple[str, int]:
    count = 0

    def replacement(found: re.Match[str]) -> str:
        nonlocal count
        if not is_valid(found[0]):
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
    return _cover(text, spans, PHONE)


def _cover(text: str, spans: Iterable[tuple[int, int]], token: str) -> tuple[str, int]:
    """Put `token` in the place of each span; the spans do not overlap."""
    count = 0
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]}{token}{text[end:]}"
        count += 1
    return text, count
