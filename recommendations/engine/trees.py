"""Gradient-boosted trees as arrays: read from LightGBM's own text, and asked without LightGBM."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from core.arrays import Doubles, Floats, Ids

ROWS_AT_ONCE = 2_000
# A split that compares numbers, wants no category and knows no missing values: bits 0, 2 and 3.
PLAIN = 0b1101
LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Trees:
    """T trees of at most N inner nodes and N + 1 leaves each, padded with 0.

    Shapes: feature, left, right (T, N), children below 0 being leaves, ~leaf; threshold (T, N);
    leaf (T, N + 1); root (T,), 0, or -1 for a tree that is one leaf.
    """

    feature: Ids
    threshold: Doubles
    left: Ids
    right: Ids
    leaf: Doubles
    root: Ids

    @classmethod
    def parse(cls, text: str, *, width: int) -> Self:
        """Read the text of a LightGBM model over `width` features.

        Raises ValueError where it is not whole, or asks what these trees cannot answer.
        """
        if "end of trees" not in text or len(text) > 100 * LARGEST:
            raise ValueError("The text of the trees is not whole.")
        parts = text.split("end of trees", maxsplit=1)[0].split("\nTree=")[1:]
        trees = [_Tree.parse(part, width) for part in parts]
        if not trees:
            raise ValueError("There are no trees in the text.")
        most = max(len(one.feature) for one in trees)
        shape = (len(trees), most)
        laid = cls(
            feature=np.zeros(shape, dtype=np.int64),
            threshold=np.zeros(shape),
            left=np.full(shape, -1, dtype=np.int64),
            right=np.full(shape, -1, dtype=np.int64),
            leaf=np.zeros((len(trees), most + 1)),
            root=np.array([0 if len(one.feature) else -1 for one in trees], dtype=np.int64),
        )
        for row, one in enumerate(trees):
            count = len(one.feature)
            for name in ("feature", "threshold", "left", "right"):
                getattr(laid, name)[row, :count] = getattr(one, name)
            laid.leaf[row, : count + 1] = one.leaf
        return laid

    def rate(self, features: Floats) -> Doubles:
        """Add up what every tree says of every row. Shapes: features (R, F); returns (R,)."""
        parts = [
            self._rate(features[start : start + ROWS_AT_ONCE])
            for start in range(0, len(features), ROWS_AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    def _rate(self, features: Floats) -> Doubles:
        count, nodes = self.feature.shape
        rows = len(features)
        first = np.tile(np.arange(count), rows) * nodes
        own = np.repeat(np.arange(rows), count) * features.shape[1]
        told = np.ascontiguousarray(features, dtype=np.float64).ravel()
        at = np.tile(self.root, rows)
        moving = np.flatnonzero(at >= 0)
        while len(moving):
            place = first[moving] + at[moving]
            goes_left = (
                told[own[moving] + self.feature.ravel()[place]] <= self.threshold.ravel()[place]
            )
            at[moving] = np.where(goes_left, self.left.ravel()[place], self.right.ravel()[place])
            moving = moving[at[moving] >= 0]
        leaves = self.leaf.ravel()[np.tile(np.arange(count), rows) * (nodes + 1) + ~at]
        return np.asarray(leaves.reshape(rows, count).sum(axis=1))


@dataclass(frozen=True, slots=True)
class _Tree:
    """One tree as it stands in the text. Shapes: (N,) each, leaf (N + 1,)."""

    feature: Ids
    threshold: Doubles
    left: Ids
    right: Ids
    leaf: Doubles

    @classmethod
    def parse(cls, text: str, width: int) -> Self:
        fields = dict(line.split("=", 1) for line in text.splitlines()[1:] if "=" in line)
        try:
            leaf = _numbers(fields["leaf_value"])
            # A tree of one leaf has no splits to tell.
            names = ("split_feature", "threshold", "left_child", "right_child", "decision_type")
            found = [_numbers(fields.get(name, "")) for name in names]
        except KeyError as missing:
            raise ValueError(f"A tree lacks {missing}.") from None
        feature, threshold, left, right, kind = found
        whole = [one.astype(np.int64) for one in (feature, left, right, kind)]
        tree = cls(whole[0], threshold, whole[1], whole[2], leaf)
        if any(len(one) != len(leaf) - 1 for one in found) or (whole[3] & PLAIN).any():
            raise ValueError("A tree is not whole, or splits in another way than by numbers.")
        tree.check(width)
        return tree

    def check(self, width: int) -> None:
        """Raise ValueError where a child or a feature is not there, or a walk would not end."""
        count = len(self.feature)
        numbers = np.concatenate([self.threshold, self.leaf])
        if not np.isfinite(numbers).all() or ((self.feature < 0) | (self.feature >= width)).any():
            raise ValueError("A tree asks for a feature that is not there.")
        for children in (self.left, self.right):
            inner = children >= 0
            # LightGBM numbers a node after its parent, so a walk always ends.
            if (children[inner] <= np.arange(count)[inner]).any():
                raise ValueError("A tree leads back to itself.")
            if (children >= count).any() or (~children[~inner] > count).any():
                raise ValueError("A tree leads to a node that is not there.")


def _numbers(text: str) -> Doubles:
    return np.array([float(one) for one in text.split()], dtype=np.float64)
