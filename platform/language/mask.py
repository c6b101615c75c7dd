"""Replace personal data in a text by tokens that say what stood there."""

import ipaddress
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import iban, luhn
from stdnum.cn import ric
from stdnum.us import ssn

from language.addresses import find_addresses
from language.private_names import find_names
from language.scripts import narrow

EMAIL, CARD, PHONE, IDENTITY = "[email]", "[card]", "[phone]", "[id]"
ADDRESS, NAME, HANDLE, LINK = "[address]", "[name]", "[handle]", "[link]"
PLACE, ACCOUNT = "[ip]", "[account]"

_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}(?![a-z])", re.I | re.A
)
_HANDLE = re.compile(
    r"(?<![A-Za-z0-9_@/.])@(?:[A-Za-z][A-Za-z0-9_]{2,30}(?![A-Za-z0-9_])"
    r"|[一-鿿A-Za-z][\w-]{1,11}(?=[\s:,，。!！]|$))"
)
# Where somebody can be reached, said after the name of a messenger. Without a mark between them
# only what no word looks like is taken for one: "微信 li_na88", but "微信 official".
_REACHED = re.compile(
    r"(?:微信|薇信|威信|維信|维信|\b(?:vx|wx|weixin|wechat)(?![a-z]))\s*(?:号|號|id)?\s*"
    r"(?:[:：是为為]\s*(?P<wx>[a-z][\w-]{4,19})|(?P<wxd>[a-z](?=[a-z_-]*[\d_])[\w-]{4,19}))"
    r"|(?:\bqq|扣扣|企鹅|企鵝)\s*(?:号|號|群)?(?:码|碼)?\s*[:：是为為]?\s*(?P<qq>\d{5,11})(?!\d)"
    r"|\b(?:telegram|instagram|insta|snapchat|discord|skype|kik|line\s+id|tiktok|facebook)"
    r"(?:\s+(?:id|name|handle|username))?\s*[:：]\s*(?P<app>[a-z][\w.-]{2,29})"
    r"|\bmy\s+(?:telegram|instagram|insta|snapchat|discord|skype|kik|line|tiktok|twitter)"
    r"(?:\s+(?:id|name|handle|username))?\s+is\s+(?P<own>[a-z](?=[a-z.-]*[\d_])[\w.-]{2,29})",
    re.I | re.A,
)
_MESSENGERS = (
    *("信", "扣扣", "企鹅", "企鵝", "qq", "vx", "wx", "wechat", "telegram", "insta", "snapchat"),
    *("discord", "skype", "kik", "my line", "line id", "tiktok", "facebook", "twitter"),
)
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
_WIDE = re.compile(r"[０-９Ａ-Ｚａ-ｚ]")
_DIGIT = re.compile(r"\d")
_TOKENS = re.compile(
    "|".join(
        map(
            re.escape,
            (EMAIL, CARD, PHONE, IDENTITY, ADDRESS, NAME, HANDLE, LINK, PLACE, ACCOUNT),
        )
    )
)
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

    Masked are e-mail addresses, handles, names at messengers, links that carry a secret, IP
    addresses, bank accounts, cards (Luhn), identity numbers of China and the USA, telephone
    numbers that are valid in a country where `language` is spoken or carry a country code, postal
    addresses and names of private people, written in wide letters or narrow ones. `known` are
    words, in lower case, of the item that the text is about: names among them are public and stay.
    """
    page = _Page(text, narrow(text) if _WIDE.search(text) else text)
    if "://" in page.seen:
        page.cover((found.span() for found in _LINK.finditer(page.seen)), LINK)
    if "@" in page.seen:
        page.cover((found.span() for found in _EMAIL.finditer(page.seen)), EMAIL)
        page.cover((found.span() for found in _HANDLE.finditer(page.seen)), HANDLE)
    small = page.seen.lower()
    if any(name in small for name in _MESSENGERS):
        found_in = _REACHED.finditer(page.seen)
        page.cover((found.span(str(found.lastgroup)) for found in found_in), HANDLE)
    if _DIGIT.search(page.seen):  # spares most reviews the slow checks
        _mask_numbers(page, language)
    page.cover(find_names(page.seen, language, known), NAME)
    return page.text, page.masked


@dataclass(slots=True)
class _Page:
    """A text as it was written, and as it is searched: with narrow letters, place by place."""

    text: str
    seen: str
    masked: int = 0

    def cover(self, spans: Iterable[tuple[int, int]], token: str) -> None:
        """Put `token` in the place of each span; the spans do not overlap."""
        for start, end in sorted(spans, reverse=True):
            self.text = f"{self.text[:start]}{token}{self.text[end:]}"
            self.seen = f"{self.seen[:start]}{token}{self.seen[end:]}"
            self.masked += 1


def without_masks(text: str) -> str:
    """Return a masked text with marks of the same length where its tokens stood."""
    return _TOKENS.sub(lambda found: ";" * len(found[0]), text) if "[" in text else text


def _mask_numbers(page: _Page, language: str) -> None:
    page.cover(find_addresses(page.seen, language), ADDRESS)
    for pattern, token, is_valid in _CHECKED:
        found_in = pattern.finditer(page.seen)
        page.cover((found.span() for found in found_in if is_valid(found[0])), token)
    if _MAYBE_PHONE.search(page.seen):
        page.cover(_phones(page.seen, language), PHONE)


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


def _phones(text: str, language: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for region in _REGIONS.get(language, _ABROAD):
        for found in PhoneNumberMatcher(text, region, leniency=Leniency.VALID):
            if all(found.end <= start or found.start >= end for start, end in spans):
                spans.append((found.start, found.end))
    return spans
