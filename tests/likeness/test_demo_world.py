"""The demo workspace: what its files hold, and that planted tastes show in the loans."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from statistics import mean

import pytest

from likeness.demo.handout import explains
from likeness.demo.library import DATA, Review, load_books, load_reviews, load_vocabulary
from likeness.demo.tastes import Planted, Taste
from likeness.demo.world import World, make_world, write_folder

ASPECTS = {
    "en": {
        *("plot", "story", "pacing", "length", "characters", "prose", "style", "dialogue"),
        *("ending", "humour", "atmosphere", "ideas", "translation", "emotion"),
    },
    "zh": {
        *("情节", "节奏", "篇幅", "人物", "文笔", "对白"),
        *("结尾", "幽默", "气氛", "思想", "翻译", "感情"),
    },
}
SENTENCE_END = {"en": r"[.!?]+(?=\s|$)", "zh": r"[。！？]+"}


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(7)


@pytest.fixture(scope="module")
def tags_of(world: World) -> dict[str, set[str]]:
    return {item["id"]: set(item["tags"]) for item in world.items}


def _ratings(world: World, counts: Callable[[Planted, dict], bool]) -> list[float]:
    planted = {truth.user: truth for truth in world.planted}
    rows = (row for row in world.interactions if "value" in row)
    return [row["value"] for row in rows if counts(planted[row["user"]], row)]


def _is_late(truth: Planted, row: dict) -> bool:
    changed_at = truth.changed_at
    return changed_at is not None and datetime.fromisoformat(row["happened_at"]) >= changed_at


def _likes(truth: Planted, row: dict) -> set[str]:
    return set(truth.changed_likes if _is_late(truth, row) else truth.likes)


def _dislikes(truth: Planted, row: dict) -> set[str]:
    return set(truth.current_dislikes if _is_late(truth, row) else truth.dislikes)


def _share(flags: Iterable[bool]) -> float:
    return mean(map(float, flags))


def test_there_are_about_three_hundred_books_and_a_fifth_are_chinese() -> None:
    books = load_books()
    assert 280 <= len(books) <= 340
    assert 0.18 <= _share(book["attributes"]["language"] == "zh" for book in books) <= 0.22
    assert len({book["id"] for book in books}) == len(books)
    assert len({book["title"] for book in books}) == len(books)


def test_every_book_carries_the_facts_and_is_described_in_two_sentences() -> None:
    for book in load_books():
        facts = book["attributes"]
        assert set(facts) == {"author", "year", "language", "pages"}, book["title"]
        assert -1300 < facts["year"] < 2010, book["title"]
        assert 20 <= facts["pages"] <= 2000, book["title"]
        assert len(re.findall(SENTENCE_END[facts["language"]], book["text"])) == 2, book["title"]
        assert bool(re.search("[一-鿿]", book["text"])) == (facts["language"] == "zh")
    assert len({book["text"] for book in load_books()}) == len(load_books())


def test_books_share_one_vocabulary_with_names_in_both_languages() -> None:
    vocabulary = load_vocabulary()
    used = Counter(tag for book in load_books() for tag in book["tags"])
    assert set(used) == set(vocabulary["tags"])
    assert min(used.values()) >= 4
    assert all(3 <= len(set(book["tags"])) == len(book["tags"]) <= 5 for book in load_books())
    assert {tag["parent"] for tag in vocabulary["tags"].values()} == set(vocabulary["fields"])
    named = [*vocabulary["tags"].values(), *vocabulary["fields"].values()]
    assert all(re.search("[一-鿿]", name["zh"]) and name["en"].isascii() for name in named)


def test_reviews_are_original_varied_and_half_of_them_chinese() -> None:
    reviews = load_reviews()
    assert 300 <= len(reviews) <= 400
    assert 0.45 <= _share(review.language == "zh" for review in reviews) <= 0.55
    assert 0.3 <= _share(review.rating <= 2 for review in reviews) <= 0.5
    assert len({review.text for review in reviews}) == len(reviews)
    openings = Counter(review.text[:14] for review in reviews)
    assert openings.most_common(1)[0][1] <= 2


def test_reviews_speak_of_tags_that_their_book_has() -> None:
    tags = {book["id"]: set(book["tags"]) for book in load_books()}
    for review in load_reviews():
        assert review.tags, review.text
        assert set(review.tags) <= tags[review.item], review.text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_aspect_is_spoken_of_and_many_reviews_name_several(language: str) -> None:
    texts = [review.text.lower() for review in load_reviews() if review.language == language]
    named = [[aspect for aspect in ASPECTS[language] if aspect in text] for text in texts]
    assert {aspect for aspects in named for aspect in aspects} == ASPECTS[language]
    assert _share(len(aspects) >= 2 for aspects in named) >= 0.25


def test_demo_data_stays_small() -> None:
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 400_000


def test_readers_are_named_as_demo_readers_half_in_each_language(world: World) -> None:
    names = {"en": r"Demo reader \d\d \(\w+\)", "zh": r"演示读者 \d\d（\w+）"}
    assert [user["id"] for user in world.users] == [f"reader-{n:03d}" for n in range(1, 91)]
    for user in world.users:
        assert re.fullmatch(names[user["language"]], user["name"])
    assert Counter(user["language"] for user in world.users) == {"en": 45, "zh": 45}
    assert len({user["name"] for user in world.users}) == 90


def test_interactions_refer_to_known_ids_and_carry_unique_event_ids(world: World) -> None:
    items, users = ({row["id"] for row in rows} for rows in (world.items, world.users))
    assert {row["item"] for row in world.interactions} <= items
    assert {row["user"] for row in world.interactions} == users
    assert len({row["event_id"] for row in world.interactions}) == len(world.interactions)
    kinds = {"view", "borrow", "return", "dismiss", "rate", "review"}
    assert {row["kind"] for row in world.interactions} == kinds


def test_values_and_texts_stand_where_their_kind_asks_for_them(world: World) -> None:
    for row in world.interactions:
        assert ("value" in row) == (row["kind"] in {"rate", "review"})
        assert ("text" in row) == (row["kind"] == "review")
        assert row.get("value", 3) in {1, 2, 3, 4, 5}


def test_each_reader_leaves_enough_to_draw_a_portrait_from(world: World) -> None:
    counts = Counter(row["user"] for row in world.interactions)
    assert all(25 <= counts[user["id"]] <= 60 for user in world.users)
    written = Counter(row["user"] for row in world.interactions if row["kind"] == "review")
    assert all(2 <= written[user["id"]] <= 8 for user in world.users)


def test_interactions_fill_the_two_years_in_time_order() -> None:
    end = datetime(2025, 3, 1, 17, 30, tzinfo=UTC)
    times = [row["happened_at"] for row in make_world(7, end=end).interactions]
    assert times == sorted(times)
    assert times[0] >= "2023-03-02"
    assert "2025-01" < times[-1] < "2025-03-01"


def test_a_loan_precedes_what_is_said_of_it(world: World) -> None:
    first = {}
    for row in world.interactions:
        first.setdefault((row["user"], row["item"], row["kind"]), row["happened_at"])
    for (user, item, kind), at in first.items():
        if kind in {"rate", "review", "return"}:
            assert first[user, item, "view"] < first[user, item, "borrow"] < at


def test_liked_books_are_rated_far_above_disliked_ones(
    world: World, tags_of: dict[str, set[str]]
) -> None:
    liked = _ratings(world, lambda truth, row: bool(tags_of[row["item"]] & _likes(truth, row)))
    not_liked = _ratings(
        world, lambda truth, row: bool(tags_of[row["item"]] & _dislikes(truth, row))
    )
    assert len(liked) > 500
    assert len(not_liked) > 150
    assert mean(liked) - mean(not_liked) >= 1.5


def test_every_planted_taste_leaves_two_traces(world: World, tags_of: dict[str, set[str]]) -> None:
    traces = Counter(
        (row["user"], tag)
        for row in world.interactions
        if row["kind"] in {"rate", "review", "return", "dismiss"}
        for tag in tags_of[row["item"]]
    )
    for truth in world.planted:
        for tag in truth.likes + truth.dislikes + truth.changed_likes:
            assert traces[truth.user, tag] >= 2, (truth.user, tag)


def test_a_third_of_the_readers_change_and_their_ratings_change_with_them(
    world: World, tags_of: dict[str, set[str]]
) -> None:
    changing = [truth for truth in world.planted if truth.changed_likes]
    assert 25 <= len(changing) <= 35

    def rated(*, late: bool, new: bool) -> float:
        def counts(truth: Planted, row: dict) -> bool:
            gained, lost = set(truth.changed_likes), set(truth.likes)
            tags = gained - lost if new else lost - gained
            return bool(tags_of[row["item"]] & tags) and _is_late(truth, row) == late

        return mean(_ratings(world, counts))

    assert rated(late=True, new=True) - rated(late=False, new=True) >= 1
    assert rated(late=False, new=False) - rated(late=True, new=False) >= 1


def test_readers_who_come_round_review_the_same_tag_badly_and_then_well(world: World) -> None:
    reviews = {review.text: review for review in load_reviews()}
    shown = 0
    for truth in world.planted:
        turned = set(truth.dislikes) & set(truth.changed_likes)
        written = [
            reviews[row["text"]].rating
            for row in world.interactions
            if row["user"] == truth.user
            and "text" in row
            and turned & set(reviews[row["text"]].tags)
        ]
        shown += bool(written) and written[0] <= 2 and written[-1] >= 4
    assert shown >= 10


def test_reviews_are_used_once_each_and_in_the_language_of_their_reader(world: World) -> None:
    reviews = {review.text: review for review in load_reviews()}
    language = {user["id"]: user["language"] for user in world.users}
    rows = [row for row in world.interactions if row["kind"] == "review"]
    assert len({row["text"] for row in rows}) == len(rows) >= 0.9 * len(reviews)
    for row in rows:
        review = reviews[row["text"]]
        assert (row["item"], row["value"]) == (review.item, review.rating)
        assert language[row["user"]] == review.language


def test_only_a_taste_that_explains_a_review_may_have_written_it() -> None:
    angry = Review("b001", 1, "en", "Too wet.", ("sea voyages",))
    book = ["sea voyages", "quest", "nature"]
    assert explains(Taste({"sea voyages": -1.0}), angry, book)
    assert not explains(Taste({"sea voyages": 1.0}), angry, book)
    assert not explains(Taste({"quest": -1.0}), angry, book)
    assert not explains(Taste({}), angry, book)


def test_pleasure_starts_at_three_and_a_dislike_outweighs_a_like() -> None:
    taste = Taste({"war": 1.0, "poetry": 0.5, "epic": -1.0})
    assert taste.pleasure(["city life"]) == 3
    assert taste.pleasure(["poetry"]) == pytest.approx(3.9)
    assert taste.pleasure(["war", "epic"]) == pytest.approx(3 + 1.8 * 0.3 - 1.8)
    assert taste.pleasure(["war", "poetry"]) == 5


def test_the_same_seed_writes_the_same_bytes_and_another_seed_does_not(tmp_path) -> None:
    for folder, seed in (("a", 7), ("b", 7), ("c", 8)):
        write_folder(tmp_path / folder, seed)
    for name in ("items.jsonl", "users.jsonl", "interactions.jsonl"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    interactions = [(tmp_path / f / "interactions.jsonl").read_bytes() for f in ("a", "c")]
    assert interactions[0] != interactions[1]
    rows = [json.loads(line) for line in interactions[0].decode().split("\n") if line]
    assert rows == make_world(7).interactions


@pytest.mark.parametrize("seed", range(20, 23))
def test_any_seed_makes_a_world_within_the_bounds(seed: int) -> None:
    world = make_world(seed)
    counts = Counter(row["user"] for row in world.interactions)
    assert 25 <= min(counts.values()) <= max(counts.values()) <= 60
    assert all(
        set(truth.likes).isdisjoint(truth.dislikes) and 2 <= len(truth.likes) <= 4
        for truth in world.planted
    )
