"""Which tags are offered to users for what they say of themselves."""

import pytest

from catalog.queries import names
from tests.factories import make_item, make_tag
from tests.recommendations.worlds import put_tag


def test_where_there_are_too_many_the_most_used_are_offered(
    workspace, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(names, "MOST_OFFERED", 2)
    rare, often, used = (make_tag(workspace, key) for key in ("a-rare", "m-often", "z-used"))
    put_tag(make_item(workspace), used)
    for _ in range(2):
        put_tag(make_item(workspace), often)
    with django_assert_num_queries(2):
        assert names.tag_names(workspace, "en") == ["m-often", "z-used"]
    rare.delete()
    with django_assert_num_queries(1):
        assert names.tag_names(workspace, "en") == ["m-often", "z-used"]


@pytest.mark.parametrize("hidden", [{"is_blocked": True}, {"source": "user"}, {"is_field": True}])
def test_what_is_nobodys_business_is_not_offered(workspace, hidden):
    make_tag(workspace, "secret", **hidden)
    assert names.tag_names(workspace, "en") == []
