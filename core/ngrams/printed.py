"""Numbers about n-grams as a textbook prints them."""

from __future__ import annotations

from core.ngrams.model import NGramModel
from core.provenance import Printed

_BOOK = "Jurafsky and Martin, Speech and Language Processing, 3rd edition (draft)"
_TABLE = "chapter 3, table of perplexities on the Wall Street Journal (38 million words)"
_SAM = "chapter 3, mini-corpus of three sentences"

#: Perplexity of the models of order 1, 2 and 3 on 1.5 million words of the Wall Street Journal.
WSJ = tuple(Printed(text, _BOOK, _TABLE) for text in ("962", "170", "109"))
#: Three sentences, and the bigram probabilities that the book computes: context, token, number.
SAM = ("I am Sam", "Sam I am", "I do not like green eggs and ham")
SAM_BIGRAMS = (
    ("<s>", "I", Printed("0.67", _BOOK, _SAM)),
    ("I", "am", Printed("0.67", _BOOK, _SAM)),
    ("am", "Sam", Printed("0.5", _BOOK, _SAM)),
    ("I", "do", Printed("0.33", _BOOK, _SAM)),
)


def sam_bigrams() -> list[float]:
    """Return the probabilities of `SAM_BIGRAMS`, recomputed from the three sentences."""
    model = NGramModel(2).fit([sentence.split() for sentence in SAM])
    return [model.prob(token, [context]) for context, token, _printed in SAM_BIGRAMS]
