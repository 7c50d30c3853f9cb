"""The encoder as a step of a scikit-learn pipeline."""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from models.encoding import Encoder, learn_encoder


class OrdinalCodes(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # sklearn has no types
    """Ordinal codes of category columns; unknown is -1, missing NaN; numbers pass through.

    ``least``: rows a category needs for a code of its own.
    """

    encoder_: Encoder

    def __init__(self, *, least: int = 1) -> None:
        self.least = least

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:  # noqa: ARG002  # the protocol's
        """Learn the categories."""
        self.encoder_ = learn_encoder(X, least=self.least)
        return self

    def transform(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """The matrix of codes and numbers."""
        return self.encoder_.encode(X)
