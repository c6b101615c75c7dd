"""Find the tag that somebody means, by its key or by its name in any language."""

import unicodedata

from django.db.models import Q, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Lower

from catalog.models import Tag

LONGEST_KEY = 100


def key_of(words: str) -> str:
    """Return the normalised form under which a tag named `words` is stored; "" for no words."""
    folded = unicodedata.normalize("NFKC", words).casefold()
    return " ".join(folded.split())[:LONGEST_KEY]


def find_tag(workspace_id: int, words: str) -> Tag | None:
    """Return the tag with this key, else the oldest one with this name, or None. One query."""
    key = key_of(words)
    named = (
        Tag.objects.filter(workspace_id=workspace_id)
        .annotate(
            english=Lower(Cast(KT("names__en"), TextField())),
            chinese=Lower(Cast(KT("names__zh"), TextField())),
        )
        .filter(Q(key=key) | Q(english=key) | Q(chinese=key))
    )
    return min(named, key=lambda tag: (tag.key != key, tag.pk), default=None)
