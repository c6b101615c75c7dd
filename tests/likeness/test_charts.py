"""Figures become pictures that do not mislead, and the same figures in words."""

from likeness.pages.charts import FLAT, TALLEST, bars_of


def test_the_greatest_figure_is_as_tall_as_the_picture_and_stands_beside_it():
    chart = bars_of([("a", 0.4), ("b", 0.2), ("c", 0.1)])
    assert chart.top == "0.4"
    assert [bar.height for bar in chart.bars] == [TALLEST, TALLEST / 2, TALLEST / 4]


def test_nothing_known_is_no_bar_and_zero_is_a_line_on_the_floor():
    chart = bars_of([("a", None), ("b", 0), ("c", 1200)])
    assert [bar.height for bar in chart.bars] == [FLAT, TALLEST]
    assert chart.lines == (("a", "–"), ("b", "0"), ("c", "1,200"))


def test_figures_of_nothing_but_zeros_are_drawn_flat():
    assert [bar.height for bar in bars_of([("a", 0), ("b", 0)]).bars] == [FLAT, FLAT]
