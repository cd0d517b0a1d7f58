"""The bench's tables: what they say of samples, and of aims."""

from __future__ import annotations

from tests.bench.measure import Aim, Row, Table, measured

FLOOR, OURS = Row("bare", (10.0, 12.0, 20.0)), Row("ours", (15.0, 18.0, 90.0))


def test_a_table_has_times_and_ratios() -> None:
    """Least, middle and most of each row, and its ratio to the first one; an aim is reached or missed by medians."""
    aims = (Aim("ours", "at most 1.5 times", 1.5, "bare"), Aim("ours", "at most 10 ms", at_most_ms=10))
    text = str(Table("Title", (FLOOR, OURS), aims, "A note."))
    assert text.splitlines() == [
        "Title",
        "              min    median       max   ratio to the floor",
        "  bare       10.0      12.0      20.0   floor",
        "  ours       15.0      18.0      90.0   1.50 (of the minima: 1.50)",
        "  reached  at most 1.5 times",
        "  MISSED   at most 10 ms",
        "  A note.",
    ]


def test_ways_take_turns() -> None:
    """Each way is tried once to warm up, and then in turns, so that a busy moment hits all of them."""
    done: list[str] = []
    rows = measured({"a": lambda: done.append("a"), "b": lambda: done.append("b")}, 2)
    assert done == ["a", "b"] * 3
    assert [(row.name, len(row.samples_ms)) for row in rows] == [("a", 2), ("b", 2)]
