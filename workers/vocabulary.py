"""Weighing a workspace's vocabulary with an encoder: words are encoded once, then compared."""

from collections.abc import Sequence

from django.db import transaction

from accounts.models import Workspace
from catalog.models import Space
from catalog.queries.meanings import load_meanings, load_word_vectors
from catalog.queries.spaces import find_space_beside, find_target_space
from catalog.services import tags
from catalog.services.bearers import wait_to_tag
from catalog.services.fields import ensure_fields, words_of_fields
from catalog.services.vectors import store_word_vectors
from catalog.services.weighing import (
    Draft,
    choose_vocabulary,
    draft_vocabulary,
    weigh_vocabulary,
)
from catalog.vocabulary import Meanings
from core.arrays import Floats
from profiles.queries.statements import tags_spoken_for
from profiles.services.folding import fold_keys
from profiles.services.readings import raise_evidence_about
from profiles.services.topics import hold_sensitive
from profiles.services.vocabulary import follow_merges, tags_filed
from workers.heads import encoder_in


def weigh(workspace_id: int, _: Sequence[int]) -> int:
    """Choose the words worth a tag in a workspace. Returns 1, the workspace.

    The encoder runs before the transaction, and only on words that it has not seen; so does all
    choosing. Meanwhile no tag is locked, for whoever declares, corrects or leaves locks tags too.
    """
    revision = Workspace.objects.values_list("tagged_revision", flat=True).get(pk=workspace_id)
    fold_keys(workspace_id)
    hold_sensitive(workspace_id)
    draft = draft_vocabulary(workspace_id, keep=tags_spoken_for(workspace_id))
    meanings = meanings_of(workspace_id, draft)
    chosen = choose_vocabulary(workspace_id, draft, meanings)
    with transaction.atomic():
        wait_to_tag(workspace_id)
        weighed = weigh_vocabulary(workspace_id, draft, chosen, meanings)
        follow_merges(workspace_id)
        raise_evidence_about(weighed.items)
        tags_filed(weighed.filed)
        tags.note_weighed(workspace_id, revision=revision)
    return 1


def meanings_of(workspace_id: int, draft: Draft) -> Meanings | None:
    """Return where words and items stand, or None while no space holds the items.

    In the space that serves, where another is still being filled.
    """
    space = find_space_beside(workspace_id) or find_target_space(workspace_id)
    if space is None:
        return None
    ensure_fields(workspace_id)
    of_fields = words_of_fields(workspace_id).values()
    words = sorted({*draft.meant, *(word for each in of_fields for word in each)})
    return load_meanings(space, _encoded(space, words), draft.found.languages)


def _encoded(space: Space, words: Sequence[str]) -> dict[str, Floats]:
    """Return the vector of each word, encoding those that the space does not know yet."""
    known = load_word_vectors(space, words)
    missing = [word for word in words if word not in known]
    if missing:
        encoder = encoder_in(space)
        if encoder is None:
            return known
        vectors = encoder.encode(missing, role="query")
        store_word_vectors(space=space, words=missing, vectors=vectors)
        known |= dict(zip(missing, vectors, strict=True))
    return known
