"""The generator is an endpoint of ours on this machine, which answers as each test says."""

import json
from collections import Counter

import pytest

from language.endpoint import Endpoint
from language.generate import GeneratorAwayError
from profiles.models import Profile, Statement, User
from profiles.queries.described import count_writers, phrased_version, users_to_phrase
from profiles.queries.due import users_to_describe
from profiles.queries.portraits import portrait_of
from profiles.services import corrections
from profiles.services.descriptions import describe_to, describe_users, phrase_users
from tests.language.protocol import chat, serving
from tests.profiles.readers import Room
from tests.profiles.test_corrections import refresh

pytestmark = pytest.mark.django_db
BY = "table"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def room(workspace) -> Room:
    room = Room(workspace)
    room.space()
    room.crowd(24)
    refresh(workspace)
    return room


@pytest.fixture
def user(room) -> User:
    user = User.objects.get(external_id="crowd-0")
    for tag in ("noir", "satire"):
        corrections.declare(user=user, tag_key_or_name=tag, polarity=1)
    describe_users(user.workspace_id, [user.pk])
    user.refresh_from_db()
    return user


def writes(request: dict) -> tuple:
    """Answer as a fair generator would: crime and declared tags well, love with a flip."""
    asked = request["messages"][0]["content"].splitlines()[-2]
    tags = asked.split(": ")[-1]
    if "says they like" in asked:
        return chat("They say that they like noir and satire.")
    return chat("They love love." if "love" in tags else f"They are very fond of {tags}.")


def phrased(user: User, script=writes, language: str = "en") -> tuple:
    with serving(script) as served:
        generator = Endpoint(url=served.url, model=BY, attempts=1, languages=frozenset({language}))
        made = phrase_users(
            user.workspace_id, [user.pk], generator=generator, version=phrased_version(BY)
        )
    user.refresh_from_db()
    return made, served


def stored(user: User, language: str = "en") -> dict:
    return Profile.objects.get(user=user).descriptions[language]


def test_a_template_says_how_many_statements_it_tells_and_when(user):
    told = portrait_of(user).wording
    assert (told.how, told.model, told.statements) == ("template", "template", 4)
    assert told.written_at is not None


def test_what_the_generator_says_well_is_kept_and_what_it_flips_is_not(user):
    made, _ = phrased(user)
    told = stored(user)
    assert told["how"] == "mixed"
    assert told["model"] == BY
    assert "They are very fond of crime." in told["text"]
    assert "They say that they like noir and satire." in told["text"]
    assert "They love love" not in told["text"]
    assert ["love", -1] in told["claims"]
    assert told["refused"] == {"contradicted": 1}
    assert (made.users, made.claims - made.supported) == (1, 1)
    assert portrait_of(user).wording.how == "mixed"


def test_the_generator_is_told_tags_and_never_who_it_is_about(user):
    User.objects.filter(pk=user.pk).update(name="Ada Lovelace")
    _, served = phrased(user)
    sent = json.dumps(served.requests)
    assert "noir" in sent
    for secret in ("Ada", "Lovelace", user.external_id, "crime-0"):
        assert secret not in sent


def test_a_generator_is_asked_once_and_again_only_for_what_changed(user):
    phrased(user)
    _, served = phrased(user)
    asked = [each["messages"][0]["content"].splitlines()[-2] for each in served.requests]
    assert [line for line in asked if "noir" in line or "crime" in line] == []


def test_who_was_phrased_is_due_again_for_another_generator_or_other_statements(user):
    pk = user.workspace_id
    assert users_to_phrase(pk, BY).filter(pk=user.pk).exists()
    phrased(user)
    assert not users_to_phrase(pk, BY).filter(pk=user.pk).exists()
    assert not users_to_describe(pk).filter(pk=user.pk).exists()
    assert users_to_phrase(pk, "another").filter(pk=user.pk).exists()
    corrections.reject(statement=user.statements.get(tag__key="noir"))
    assert users_to_describe(pk).filter(pk=user.pk).exists()
    assert not users_to_phrase(pk, BY).filter(pk=user.pk).exists()  # the template comes first


def test_an_edit_shows_at_once_and_keeps_the_sentences_that_it_leaves_true(user):
    phrased(user)
    corrections.reject(statement=user.statements.get(tag__key="love"))
    told = portrait_of(user)
    assert "love" not in told.description
    assert "They are very fond of crime." in told.description
    assert (told.wording.how, told.wording.written_at) == ("generator", None)
    describe_users(user.workspace_id, [user.pk])
    assert portrait_of(user).description == told.description
    assert portrait_of(user).wording.written_at is not None


def test_the_users_own_page_speaks_to_them_in_the_generators_words(user):
    phrased(user)
    said = describe_to(user, "en")
    assert "You are very fond of crime." in said
    assert "You say that you like noir and satire." in said
    assert "They" not in said


def test_late_words_do_not_cover_newer_ones(user):
    before = stored(user)
    User.objects.filter(pk=user.pk).update(described_revision=user.portrait_revision + 1)
    made, _ = phrased(user)
    assert made.users == 0
    assert stored(user) == before


def test_an_endpoint_that_is_away_leaves_the_template_standing(user):
    before = stored(user)
    with pytest.raises(GeneratorAwayError):
        phrased(user, lambda _: (500, {}, b""))
    assert stored(user) == before
    assert users_to_phrase(user.workspace_id, BY).filter(pk=user.pk).exists()


def test_chinese_is_asked_for_in_chinese_and_checked_too(user):
    def answers(request: dict) -> tuple:
        asked = request["messages"][0]["content"].splitlines()[-2]
        if "crime" in asked:
            return chat("对 crime 情有独钟。")
        return chat("喜欢 love。" if "love" in asked else "自己说过喜欢 noir 和 satire。")

    phrased(user, answers, language="zh")
    told = stored(user, "zh")
    assert "对 crime 情有独钟。自己说过喜欢 noir 和 satire。" in told["text"]
    assert told["refused"] == {"contradicted": 1}
    assert stored(user, "en")["how"] == "template"


def test_writing_the_same_again_is_no_news(user):
    first = stored(user)
    describe_users(user.workspace_id, [user.pk])
    assert stored(user) == first


def test_writers_are_counted_by_workspace(room, user):
    phrased(user)
    counted = count_writers([room.workspace.pk])[room.workspace.pk]
    assert counted == Counter(template=23, mixed=1)


def test_a_guess_that_was_confirmed_is_told_as_any_other_like(user):
    guess = user.statements.get(tag__key="noir")
    Statement.objects.filter(pk=guess.pk).update(level=Statement.Level.LATENT, reviewed_at=None)
    assert "may" in describe_to(user, "en") or "might" in describe_to(user, "en")
    guess.refresh_from_db()
    corrections.confirm(statement=guess)
    said = describe_to(user, "en")
    assert "noir" in said
    assert "may " not in said
    assert "might" not in said
