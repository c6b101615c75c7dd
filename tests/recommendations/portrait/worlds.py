"""A small folder with three tastes, whose reviews praise what their writers like."""

import gzip
import json

import numpy as np

TASTES, ITEMS, USERS, MET = 3, 20, 90, 14
TAGS = ("noir", "opera", "western")
PRAISE = "The acting is superb and I loved it."
BLAME = "The acting is dreadful and I hated it."


def write(folder, name, rows):
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress(text.encode()))


def taste_of(item):
    return item % TASTES


def interactions(*, seed=0):
    """Each user recommends what is of their own taste, ten of fourteen, and pans the rest."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(USERS):
        own = rng.permutation(
            [item for item in range(ITEMS * TASTES) if taste_of(item) == user % 3]
        )
        rest = rng.permutation(
            [item for item in range(ITEMS * TASTES) if taste_of(item) != user % 3]
        )
        met = rng.permutation([*own[:10], *rest[:4]])
        for place, item in enumerate(met.tolist()):
            liked = taste_of(item) == user % 3
            day = np.datetime64("2020-01-01") + place * 7 + user % 5
            rows.append(
                {
                    "user": f"u{user}",
                    "item": str(item),
                    "kind": "recommend" if liked else "pan",
                    "text": PRAISE if liked else BLAME,
                    "happened_at": f"{day}T00:00:00Z",
                }
            )
    return rows


def tasteful(folder, *, rows=None, items=None, tag_of=taste_of):
    """Write the folder. `tag_of` says which tag an item carries, where no `items` are given."""
    folder.mkdir(parents=True, exist_ok=True)
    tagged = [{"id": str(item), "tags": [TAGS[tag_of(item)]]} for item in range(ITEMS * TASTES)]
    write(folder, "items", tagged if items is None else items)
    write(folder, "users", [{"id": f"u{user}"} for user in range(USERS)])
    write(folder, "interactions", interactions() if rows is None else rows)
    return folder
