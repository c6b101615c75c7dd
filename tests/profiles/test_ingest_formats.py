import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from accounts.models import Workspace
from catalog.models import Item
from profiles.ingest.exchange import typed
from profiles.ingest.formats import plan_of
from profiles.models import Interaction, User
from tests.profiles.folders import ingest, rows_of, write_exchange

MAY = datetime(2024, 5, 1, tzinfo=UTC)
MAY_UNIX = 1714521600


def put(folder: Path, **files: str | bytes) -> Path:
    folder.mkdir()
    for name, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        (folder / name.replace("__", ".")).write_bytes(raw)
    return folder


def item(external_id: str) -> Item:
    return Item.objects.get(external_id=external_id)


def test_csv_says_the_same_as_json_lines(db, tmp_path: Path):
    folder = put(
        tmp_path / "csv",
        items__csv="id,title,text,tags,attributes.year\n"
        "emma,Emma,,comedy; marriage,1815\n"
        "ivanhoe,Ivanhoe,Knights and a tournament.,,\n7,红楼梦,,家族,\n",
        users__csv="id,name,traits.town\nann,Ann,York\nbob,,\n",
        interactions__csv="user,item,kind,value,text,happened_at,event_id\n"
        "ann,emma,review,5,Witty and wise.,,\n"
        "ann,7,like,,,2024-05-01,\n"
        f"bob,emma,rate,2.0,,{MAY_UNIX},\n"
        "cat,ivanhoe,review,,太长了。,,e1\n"
        "cat,ivanhoe,dismiss,,,,\n",
    )
    ingest(folder, "csv", scenario="reading", format="csv")
    ingest(write_exchange(tmp_path / "in"), "json", scenario="reading")
    one, other = (rows_of(Workspace.objects.get(name=name)) for name in ("csv", "json"))
    assert one == other


def test_cells_are_typed_where_types_belong():
    row = {
        "id": "007",
        "value": "many",
        "tags": " a;;b ",
        "is_available": "No",
        "attributes.isbn": "0123",
        "attributes.year": "1815",
        "attributes.score": "-4.50",
        "happened_at": "2024-05-01",
    }
    assert typed(row) == {
        "id": "007",
        "value": "many",
        "tags": ["a", "b"],
        "is_available": False,
        "attributes": {"isbn": "0123", "year": 1815, "score": -4.5},
        "happened_at": "2024-05-01",
    }


def test_a_cell_that_is_no_number_is_refused_by_its_value(db, tmp_path: Path):
    folder = put(
        tmp_path / "in",
        items__csv="id\nemma\n",
        interactions__csv="user,item,kind,value\nann,emma,rate,many\nann,emma,rate,4\n",
    )
    _, rejections, summary = ingest(folder, "w", scenario="reading")
    assert [(each["line"], each["value"]) for each in rejections] == [(2, "many")]
    assert summary["totals"]["interactions"]["created"] == 1


def test_movielens_as_csv_is_read_with_the_users_tags(db, tmp_path: Path):
    folder = put(
        tmp_path / "in",
        movies__csv='movieId,title,genres\n1,"Film, The (1995)",Comedy|Drama\n'
        "2,Other,(no genres listed)\n",
        ratings__csv=f"userId,movieId,rating,timestamp\n1,1,0.5,{MAY_UNIX}\n2,2,5.0,{MAY_UNIX}\n"
        f"2,99,5.0,{MAY_UNIX}\n",
        tags__csv="userId,movieId,tag,timestamp\n1,1,slow,1\n2,1,slow,1\n2,1,dark,1\n2,2,fun,1\n",
        links__csv="movieId,imdbId,tmdbId\n1,1,1\n",
    )
    _, rejections, summary = ingest(folder, "w", scenario="video")
    assert item("1").title == "Film, The (1995)"
    assert item("1").given_tags == ["Comedy", "Drama", "slow", "dark"]
    assert item("1").attributes == {"year": 1995}
    assert item("2").given_tags == ["fun"]
    lowest = Interaction.objects.get(user__external_id="1")
    assert (lowest.kind.name, lowest.value, lowest.happened_at) == ("rate", 0.5, MAY)
    assert [(each["line"], each["code"]) for each in rejections] == [(4, "unknown_item")]
    assert summary["totals"]["interactions"]["created"] == 2


def test_movielens_with_double_colons_is_read(db, tmp_path: Path):
    folder = put(
        tmp_path / "in",
        movies__dat="1::Café (1995)::Comedy|Drama\n".encode("latin-1"),
        ratings__dat=f"7::1::4::{MAY_UNIX}\n7::1\n",
        users__dat="7::F::25::10::48067\n",
    )
    _, rejections, _ = ingest(folder, "w", scenario="video")
    assert item("1").title == "Café (1995)"
    assert User.objects.get().traits == {"gender": "F", "age": "25", "occupation": "10"}
    assert Interaction.objects.get().value == 4.0
    assert [(each["file"], each["line"]) for each in rejections] == [("ratings.dat", 2)]


def test_the_oldest_movielens_is_read(db, tmp_path: Path):
    flags = "|".join("1" if place in {5, 8} else "0" for place in range(19))
    folder = put(
        tmp_path / "in",
        u__item=f"1|Film (1995)|01-Jan-1995||http://example.org|{flags}\n",
        u__data=f"7\t1\t3\t{MAY_UNIX}\n",
        u__user="7|24|M|technician|85711\n",
        u__genre="unknown|0\n",
    )
    _, rejections, _ = ingest(folder, "w", scenario="video")
    assert rejections == []
    assert item("1").given_tags == ["Comedy", "Drama"]
    assert User.objects.get().traits["occupation"] == "technician"
    assert Interaction.objects.get().happened_at == MAY


REVIEW_2014 = {
    "reviewerID": "A1",
    "asin": "B1",
    "reviewerName": "A name",
    "helpful": [0, 0],
    "reviewText": "Holds the tune.",
    "overall": 4.0,
    "summary": "Good strings",
    "unixReviewTime": MAY_UNIX,
    "reviewTime": "05 1, 2024",
}
REVIEW_2023 = {
    "user_id": "A1",
    "asin": "B1-black",
    "parent_asin": "B1",
    "rating": 4.0,
    "title": "Good strings",
    "text": "Holds the tune.",
    "timestamp": MAY_UNIX * 1000,
    "verified_purchase": True,
    "images": [],
}


@pytest.mark.parametrize("review", [REVIEW_2014, REVIEW_2014 | {"vote": "3"}, REVIEW_2023])
def test_amazon_reviews_alone_make_the_items_they_name(db, tmp_path: Path, review):
    content = gzip.compress(json.dumps(review).encode() + b"\n{broken\n")
    folder = put(tmp_path / "in", reviews_5__json__gz=content)
    _, rejections, _ = ingest(folder, "w", scenario="e-commerce")
    assert [each["line"] for each in rejections] == [2]
    stored = Interaction.objects.select_related("user", "item", "kind", "review").get()
    assert (stored.user.external_id, stored.item.external_id) == ("A1", "B1")
    assert (stored.kind.name, stored.value, stored.happened_at) == ("review", 4.0, MAY)
    assert stored.review.text == "Good strings\nHolds the tune."
    assert stored.user.name == ""  # their names are nobody's business


@pytest.mark.parametrize(
    "line",
    [
        "{'asin': 'B1', 'title': 'Strings', 'price': 9.5, 'brand': 'Maker',"
        " 'description': 'For guitars.', 'categories': [['Music', 'Strings']]}",
        json.dumps(
            {
                "asin": "B1",
                "title": "Strings",
                "price": "$9.50",
                "brand": "Maker",
                "description": ["For guitars."],
                "category": ["Music", "Strings", "</span>" * 3, "x" * 300],
                "also_buy": ["B2"],
            }
        ),
        json.dumps(
            {
                "parent_asin": "B1",
                "title": "Strings",
                "price": 9.5,
                "store": "Maker",
                "features": [],
                "description": ["For guitars."],
                "categories": ["Music", "Strings"],
                "details": {"Weight": "1"},
            }
        ),
    ],
    ids=["2014", "2018", "2023"],
)
def test_amazon_metadata_describes_the_items(db, tmp_path: Path, line: str):
    folder = put(
        tmp_path / "in",
        meta_Music__json=line + "\n",
        Music__json=json.dumps(REVIEW_2014) + "\n",
    )
    _, rejections, _ = ingest(folder, "w", scenario="e-commerce")
    assert rejections == []
    assert (item("B1").title, item("B1").text) == ("Strings", "For guitars.")
    assert item("B1").given_tags == ["Music", "Strings"]
    assert item("B1").attributes == {"brand": "Maker", "price": 9.5}
    assert Interaction.objects.count() == 1


def test_a_folder_tells_its_format(tmp_path: Path):
    exchange = write_exchange(tmp_path / "exchange")
    movielens = put(tmp_path / "movielens", u__data="1\t1\t3\t1\n")
    amazon = put(tmp_path / "amazon", Music__json=json.dumps(REVIEW_2014))
    assert [plan_of(each).format for each in (exchange, movielens, amazon)] == [
        "exchange",
        "movielens",
        "amazon",
    ]
    assert [part.what for part in plan_of(exchange).parts] == ["items", "users", "interactions"]
