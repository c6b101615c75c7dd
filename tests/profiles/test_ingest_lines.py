import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from profiles.ingest import lines
from profiles.ingest.lines import read_lines
from profiles.ingest.loading import chunks_of
from profiles.ingest.records import Broken, Found, Place, csv_rows, json_rows
from profiles.models import Interaction
from tests.profiles.folders import INTERACTIONS, ingest, jsonl, write_exchange

GOOD = {"user": "ann", "item": "emma", "kind": "like"}


FAR = "2090-01-01T00:00:00+00:00"


def unwatched(_: int) -> None:
    """Stand for nobody who looks at the progress."""


def file_of(folder: Path, content: bytes, name: str = "rows.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def told(path: Path, read: Callable = json_rows) -> list[tuple[int, str]]:
    return [
        (record.place.line, record.code if isinstance(record, Broken) else "")
        for record in read(path, unwatched)
    ]


@pytest.mark.parametrize(
    ("line", "code", "field", "value"),
    [
        (b'{"user": "ann", ', "invalid_json", "", '{"user": "ann",'),
        (b"[1, 2]", "invalid_json", "", "[1, 2]"),
        (b"[" * 100_000, "invalid_json", "", "[" * 79 + "…"),
        (b'{"user": "\xff"}', "invalid_utf8", "", "b'\\xff'"),
        (jsonl([GOOD | {"value": "four"}])[:-1], "invalid", "value", "four"),
        (jsonl([GOOD | {"value": float("nan")}])[:-1], "invalid", "value", "nan"),
        (jsonl([GOOD | {"happened_at": "May"}])[:-1], "invalid", "happened_at", "May"),
        (jsonl([GOOD | {"text": ["a"]}])[:-1], "invalid", "text", "['a']"),
        (jsonl([GOOD | {"text": "x" * 50_001}])[:-1], "invalid", "text", "x" * 79 + "…"),
        (jsonl([GOOD | {"text": "\0"}])[:-1], "invalid", "text", "\\x00"),
        (b'{"user": "\\ud800", "item": "emma", "kind": "like"}', "invalid", "user", "\\ud800"),
        (jsonl([{"item": "emma", "kind": "like"}])[:-1], "invalid", "user", "None"),
        (jsonl([GOOD | {"item": "nowhere"}])[:-1], "unknown_item", "item", "nowhere"),
        (jsonl([GOOD | {"kind": "adore"}])[:-1], "unknown_kind", "kind", "adore"),
        (jsonl([GOOD | {"happened_at": "2090-01-01"}])[:-1], "invalid", "happened_at", FAR),
    ],
)
def test_a_bad_line_is_named_and_stops_no_other(db, tmp_path: Path, line, code, field, value):
    folder = write_exchange(tmp_path / "in", interactions=[])
    first, *others = (jsonl([row]) for row in INTERACTIONS)
    content = first + line + b"\n" + b"".join(others)
    (folder / "interactions.jsonl.gz").write_bytes(gzip.compress(content))
    said, rejections, summary = ingest(folder, "w", scenario="reading")
    (rejection,) = rejections
    assert rejection.pop("message")
    assert rejection == {
        "file": "interactions.jsonl.gz",
        "line": 2,
        "field": field,
        "value": value,
        "code": code,
    }
    assert "rejected interactions.jsonl.gz, line 2:" in said
    assert summary["totals"]["interactions"]["created"] == len(INTERACTIONS)
    assert Interaction.objects.count() == len(INTERACTIONS)


def test_a_long_list_of_refusals_is_shown_in_part_and_written_whole(db, tmp_path: Path):
    rows = [GOOD | {"value": f"wrong {number}"} for number in range(30)]
    folder = write_exchange(tmp_path / "in", interactions=rows)
    said, rejections, _ = ingest(folder, "w", scenario="reading")
    assert "wrong 19" in said
    assert "wrong 20" not in said
    assert "… and 10 more." in said
    assert [each["line"] for each in rejections] == list(range(1, 31))


def test_an_archive_that_ends_early_gives_what_it_has(tmp_path: Path):
    rows = [GOOD | {"event_id": str(number)} for number in range(5_000)]
    packed = gzip.compress(jsonl(rows))
    read = list(json_rows(file_of(tmp_path, packed[: len(packed) // 2]), unwatched))
    whole, last = read[:-1], read[-1]
    assert len(whole) > 1_000
    assert [each.row for each in whole] == rows[: len(whole)]
    assert isinstance(last, Broken)
    assert last.place.line == len(whole) + 1
    assert last.message == "The archive ends too early; make or fetch it again."


def test_an_archive_that_is_damaged_in_the_middle_is_said(tmp_path: Path):
    packed = bytearray(gzip.compress(jsonl([GOOD | {"event_id": str(n)} for n in range(5_000)])))
    middle = len(packed) // 2
    packed[middle : middle + 50] = bytes(50)
    *_, last = json_rows(file_of(tmp_path, bytes(packed)), unwatched)
    assert isinstance(last, Broken)
    assert last.code == "unreadable"


def test_archives_joined_end_to_end_are_read_through(tmp_path: Path):
    packed = gzip.compress(jsonl([GOOD])) + gzip.compress(jsonl([GOOD])) + bytes(512)
    assert told(file_of(tmp_path, packed)) == [(1, ""), (2, "")]


def test_what_is_packed_is_known_by_its_content_not_its_name(tmp_path: Path):
    assert told(file_of(tmp_path, gzip.compress(jsonl([GOOD])), "rows.jsonl")) == [(1, "")]
    assert told(file_of(tmp_path, jsonl([GOOD]), "rows.jsonl.gz")) == [(1, "")]


def test_line_ends_marks_and_empty_lines_are_no_rows(tmp_path: Path):
    content = b"\xef\xbb\xbf" + jsonl([GOOD])[:-1] + b"\r\n\r\n  \n" + jsonl([GOOD])[:-1]
    assert told(file_of(tmp_path, content)) == [(1, ""), (4, "")]
    assert told(file_of(tmp_path, b"")) == []


def test_a_line_too_long_is_passed_over_without_being_kept(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(lines, "BLOCK_BYTES", 64)
    monkeypatch.setattr(lines, "LONGEST_LINE_BYTES", 200)
    path = file_of(tmp_path, jsonl([GOOD]) + b"x" * 1_000 + b"\n" + jsonl([GOOD]) + b"y" * 1_000)
    assert told(path) == [(1, ""), (2, "unreadable"), (3, ""), (4, "unreadable")]


def test_every_byte_of_the_file_is_told_to_who_watches(tmp_path: Path):
    path = file_of(tmp_path, gzip.compress(jsonl([GOOD] * 50_000)))
    seen: list[int] = []
    assert sum(1 for _ in read_lines(path, seen.append)) == 50_000
    assert sum(seen) == path.stat().st_size


def test_csv_keeps_lines_within_quotes_and_names_what_is_broken(tmp_path: Path):
    content = b'a,b\n1,"two\nlines"\n\n1,2,3\n\xff,1\n5,\n"open,1\n'
    read = list(csv_rows(file_of(tmp_path, content, "rows.csv"), unwatched))
    assert [(type(each), each.place.line) for each in read] == [
        (Found, 2),
        (Broken, 5),
        (Broken, 6),
        (Found, 7),
        (Broken, 8),
    ]
    assert [each.row for each in read if isinstance(each, Found)] == [
        {"a": "1", "b": "two\nlines"},
        {"a": "5"},
    ]


def test_a_cell_too_long_is_named_and_the_next_row_follows(tmp_path: Path):
    before = csv.field_size_limit(50)
    try:
        path = file_of(tmp_path, b"a\n" + b"x" * 60 + b"\n1\n", "rows.csv")
        assert told(path, csv_rows) == [(2, "invalid_csv"), (3, "")]
    finally:
        csv.field_size_limit(before)


def test_a_chunk_is_neither_too_many_rows_nor_too_many_bytes():
    small = [Found(Place("f", n), {}, 10) for n in range(12_000)]
    assert [len(chunk) for chunk in chunks_of(small)] == [5_000, 5_000, 2_000]
    large = [Found(Place("f", n), {}, 3 << 20) for n in range(7)]
    assert [len(chunk) for chunk in chunks_of(large)] == [3, 3, 1]


def test_a_report_can_be_read_by_a_program(db, tmp_path: Path):
    folder = write_exchange(tmp_path / "in", interactions=[GOOD | {"value": "四"}])
    ingest(folder, "w", scenario="reading")
    first, last = (tmp_path / "report.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(first)["value"] == "四"
    assert json.loads(last)["totals"]["interactions"]["rejected"] == 1
