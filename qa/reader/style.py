"""What a question's wording alone says of whether it is answerable: a bias to be trained against.

Whoever writes unanswerable questions words them otherwise than answerable ones. A reader that
learns the wording learns nothing of the passage; given the wording's verdict in training, it
learns what is left (product of experts, Clark et al. 2019, arXiv:1909.03683).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from qa.reader.data import Question, Split

FOLDS = 5
MOST = 4.0
"""Log-odds beyond which wording is not trusted."""

LEAST = 200
"""Questions of the rarer label from which a pool's wording is learnt."""


def wording(splits: Sequence[Split]) -> dict[str, float]:
    """Map question ids to the log-odds of "answerable", above their pool's, by wording alone.

    A pool is a source's own questions beside those reworded from them, or all that were written
    on others' contexts; each is judged by questions on other contexts of its pool. Pools of one
    label are left out.
    """
    pools = [[*_placed(part, part.training), *_placed(part, part.reworded)] for part in splits]
    pools.append([placed for part in splits for placed in _placed(part, part.written)])
    return {id_: odds for pool in pools for id_, odds in _judged(pool).items()}


def _placed(part: Split, questions: Sequence[Question]) -> list[tuple[Question, str]]:
    """Pair each question with its context's name."""
    return [(question, f"{part.source.name} {question.context}") for question in questions]


def _judged(pool: Sequence[tuple[Question, str]]) -> dict[str, float]:
    labels = np.array([bool(question.answers) for question, _ in pool], dtype=bool)
    if min(labels.sum(), (~labels).sum()) < LEAST:
        return {}
    texts = [question.text for question, _ in pool]
    counted = CountVectorizer(ngram_range=(1, 2), min_df=3)
    odds = cross_val_predict(
        LogisticRegression(C=0.1, max_iter=500),
        counted.fit_transform(texts),
        labels,
        groups=[context for _, context in pool],
        cv=GroupKFold(FOLDS),
        method="decision_function",
    )
    usual = np.log(labels.mean() / (1.0 - labels.mean()))
    clipped = np.clip(odds - usual, -MOST, MOST)
    return {question.id: float(o) for (question, _), o in zip(pool, clipped, strict=True)}
