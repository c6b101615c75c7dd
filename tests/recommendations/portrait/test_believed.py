import numpy as np
import pytest

from recommendations.engine.log import join
from recommendations.evaluation.folder import read_folder
from recommendations.evaluation.portrait.believed import Showing, beliefs_of, shown
from recommendations.evaluation.portrait.drawing import draw
from recommendations.evaluation.portrait.reading import read_texts
from recommendations.evaluation.run import split_of
from tests.recommendations.portrait.worlds import TAGS, tasteful


@pytest.fixture(scope="module")
def portraits(tmp_path_factory):
    data = read_folder(tasteful(tmp_path_factory.mktemp("believed")))
    split = split_of(data, "user", seed=0)
    return draw(data, read_texts(data), join(split.train, split.validation))


def test_each_user_is_believed_to_like_their_own_taste_most(portraits):
    beliefs = beliefs_of(portraits)
    table = shown(portraits, beliefs, Showing())
    columns = [portraits.tags.index(tag) for tag in TAGS]
    for user, row in enumerate(table[:, columns].toarray()):
        assert row[user % 3] > 0
        assert row.argmax() == user % 3


def test_no_more_is_shown_than_was_asked_for_and_the_weightiest_first(portraits):
    beliefs = beliefs_of(portraits)
    one = shown(portraits, beliefs, Showing(), most=1)
    two = shown(portraits, beliefs, Showing(), most=2)
    assert np.diff(one.indptr).max() == 1
    assert np.diff(two.indptr).max() == 2
    assert (abs(two).max(axis=1).toarray() == abs(one).max(axis=1).toarray()).all()


def test_a_pair_is_believed_once(portraits):
    beliefs = beliefs_of(portraits)
    pairs = set(zip(beliefs.user.tolist(), beliefs.tag.tolist(), strict=True))
    assert len(pairs) == len(beliefs.user)


def test_what_was_long_ago_weighs_less(portraits):
    beliefs = beliefs_of(portraits)
    everything = len(portraits.tags)
    plain = shown(portraits, beliefs, Showing(), most=everything).toarray()
    lately = shown(portraits, beliefs, Showing(half_life_days=14.0), most=everything).toarray()
    both = (plain != 0) & (lately != 0)
    part = lately[both] / plain[both]
    assert (part <= 1 + 1e-6).all()
    assert (part < 0.9).any()


def test_a_fine_tag_outweighs_a_broad_one(portraits):
    beliefs = beliefs_of(portraits)
    everything = len(portraits.tags)
    plain = shown(portraits, beliefs, Showing(), most=everything).toarray()
    fine = shown(portraits, beliefs, Showing(fineness=0.5), most=everything).toarray()
    noir = portraits.tags.index(TAGS[0])
    # Twenty films are noir.
    known = plain[:, noir] != 0
    np.testing.assert_allclose(fine[known, noir], plain[known, noir] / np.sqrt(20), rtol=1e-5)
