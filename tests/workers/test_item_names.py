"""What an item's own text says of people: those of its title are public."""

import pytest

from catalog.queries.texts import ItemText
from workers.tasks.texts import clean_item


def item(title: str, text: str, **attributes: str) -> ItemText:
    return ItemText(1, title, text, "", "", (), attributes, "hash", "")


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (item("My Name Is Asher Lev", "My name is Asher Lev."), "My name is Asher Lev."),
        (item("The Gift", "My name is Asher Lev."), "My name is [name]."),
        (
            item("A memoir", "I'm Ann Lee, and I tell.", author="Ann Lee"),
            "I'm Ann Lee, and I tell.",
        ),
        (item("我叫李思思", "我叫李思思，今年十岁。"), "我叫李思思，今年十岁。"),
    ],
)
def test_a_name_of_the_items_own_is_not_masked_in_it(row, text):
    assert clean_item(row).clean_text == text
