"""Cutting rectangles loses no pixel and overlaps none."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from device.ui.boxes import Box

boxes = st.builds(
    Box, st.integers(-50, 50), st.integers(-50, 50), st.integers(0, 2000), st.integers(0, 2000)
)
shares = st.lists(st.floats(0.1, 10), min_size=1, max_size=7)


@given(boxes, shares, st.integers(0, 12))
def test_columns_fill_the_box_in_order(box, parts, gap):
    columns = box.cols(parts, gap)
    assert columns[0].x == box.x
    assert all(b.x - a.right == gap for a, b in pairwise(columns))
    if box.w >= gap * (len(parts) - 1):
        assert columns[-1].right == box.right
    assert all(c.y == box.y and c.h == box.h and c.w >= 0 for c in columns)


@given(boxes, st.floats(0, 2500))
def test_top_and_below_are_complements(box, h):
    assert box.top(h).h + box.below(h).h == box.h
    assert box.low(h).h + box.above(h).h == box.h
    assert box.top(h).bottom == box.below(h).y


@given(boxes, boxes)
def test_meeting_is_mutual(a, b):
    assert a.meets(b) == b.meets(a)
    if a.holds(b) and b.w and b.h:
        assert a.meets(b)
