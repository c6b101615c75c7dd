"""What is worked out does not follow from who or what was stored first."""

import hashlib
from dataclasses import fields

import numpy as np
import pytest

from catalog.models import Tag
from profiles.modelling.calibration import Outcomes
from profiles.modelling.channels import everybody_of
from profiles.modelling.claims import Acts, Bearings, Mentions
from profiles.modelling.segments import Segmentation
from profiles.models import Statement
from profiles.queries.company import load_company
from profiles.queries.numbers import tags_by_number
from profiles.queries.users import lots_of_users
from profiles.services.segments import _load_statements, _named
from tests.factories import make_interaction, make_item, make_tag, make_user, make_workspace
from tests.profiles.readers import NOW

USERS, ITEMS, TAGS, EACH = 400, 60, 8, 5


def same(one, other):
    for field in fields(one):
        np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name))


def test_the_order_of_users_moves_no_bit_of_what_everybody_does():
    rng = np.random.default_rng(0)
    count = USERS * EACH
    owner, item = np.repeat(np.arange(USERS), EACH), rng.integers(0, ITEMS, count)
    signed = rng.uniform(-1, 1, count)
    bearings = Bearings(
        item=np.arange(ITEMS), tag=np.arange(ITEMS) % TAGS, confidence=rng.random(ITEMS)
    )
    mentions = Mentions(
        act=np.arange(0, count, 3),
        tag=np.arange(0, count, 3) % TAGS + TAGS,
        polarity=rng.uniform(-1, 1, len(range(0, count, 3))),
    )

    def base(names):
        acts = Acts(
            id=np.arange(count),
            user=names[owner],
            item=item,
            signed=signed,
            fade=np.ones(count),
            age=np.zeros(count),
            is_read=np.arange(count) % 3 == 0,
        )
        return everybody_of(acts.sorted(), bearings, mentions)

    first, second = base(np.arange(USERS)), base(rng.permutation(USERS))
    same(first.items, second.items)
    same(first.words, second.words)


def test_the_order_of_outcomes_is_that_of_what_they_say():
    rng = np.random.default_rng(1)
    found = Outcomes(
        user=rng.integers(0, 20, 200),
        group=rng.integers(0, 2, 200),
        raw=rng.random(200).round(2),
        is_confirmed=rng.random(200) < 0.5,
    )
    same(found.in_order(), found.of(rng.permutation(200)).in_order())


@pytest.mark.django_db
def test_a_tag_has_its_number_by_its_key():
    one, other = make_workspace(), make_workspace()
    numbers = {}
    for workspace, keys in ((one, ("crime", "推理")), (other, ("推理", "crime"))):
        for key in keys:
            make_tag(workspace, key)
        wanted = {int(hashlib.sha256(key.encode()).hexdigest()[:13], 16): key for key in keys}
        found = tags_by_number(workspace.pk, set(wanted))
        names = dict(Tag.objects.filter(workspace=workspace).values_list("pk", "key"))
        numbers[workspace] = {number: names[pk] for number, pk in found.items()}
        assert numbers[workspace] == wanted
    assert numbers[one] == numbers[other]


@pytest.mark.django_db
def test_company_stands_in_the_order_of_outer_ids():
    tables = []
    for step in (1, -1):
        workspace = make_workspace()
        items = {name: make_item(workspace, name) for name in ("a", "b", "Z", "é")[::step]}
        users = {name: make_user(workspace, name) for name in ("u", "t", "V")[::step]}
        for user, item in [("u", "a"), ("u", "Z"), ("t", "é"), ("V", "b"), ("t", "a")][::step]:
            make_interaction(users[user], items[item])
        company = load_company(workspace.pk)
        names = {row.pk: name for name, row in items.items()}
        assert [names[item] for item in company.items.tolist()] == ["Z", "a", "b", "é"]
        people = {row.pk: name for name, row in users.items()}
        assert [people[user] for user in company.users.tolist()] == ["V", "t", "u"]
        assert lots_of_users(list(people)) == {
            row.pk: int(hashlib.md5(name.encode()).hexdigest()[:13], 16)
            for name, row in users.items()
        }
        tables.append(company.met.toarray())
    np.testing.assert_array_equal(*tables)


@pytest.mark.django_db
@pytest.mark.parametrize("step", [1, -1])
def test_of_equally_telling_tags_the_first_by_its_key_names_a_segment(step):
    workspace = make_workspace()
    tags = {key: make_tag(workspace, key) for key in ("noir", "crime", "love")[::step]}
    users = [make_user(workspace, f"u{number}") for number in range(4)]
    for user, keys in zip(
        users, (["noir", "crime"], ["crime", "noir"], ["love"], ["love"]), strict=True
    ):
        for key in keys:
            Statement.objects.create(
                workspace=workspace,
                user=user,
                tag=tags[key],
                polarity=1,
                strength=0.8,
                confidence=0.8,
                level=Statement.Level.OBSERVED,
                status=Statement.Status.ACTIVE,
                valid_from=NOW,
                concluded_at=NOW,
            )
    labels = np.array([0, 0, 1, 1])
    parted = Segmentation(labels, np.eye(2), np.zeros(4), np.zeros(4))
    ids = [user.pk for user in users]
    named = _named(parted, ids, *_load_statements(workspace.pk, ids))
    assert named.likes == {0: [tags["crime"].pk, tags["noir"].pk], 1: [tags["love"].pk]}
