"""Numbers on codes and channels that a textbook prints."""

from __future__ import annotations

from core.provenance import Printed

_BOOK = "MacKay (2003), Information Theory, Inference, and Learning Algorithms"

#: Decoded bit error rates on the binary symmetric channel with flip probability 0.1.
PRINTED_FLIP = 0.1
REPETITION_3_ERROR = Printed("3", _BOOK, "section 1.2", "%")
HAMMING_7_4_ERROR = Printed("7", _BOOK, "section 1.2", "%")

#: Capacities of the channels with noise 0.15, and the Z channel's optimal P(X = 1).
PRINTED_NOISE = 0.15
BSC_CAPACITY = Printed("0.39", _BOOK, "section 9.5", "bits")
Z_CAPACITY = Printed("0.685", _BOOK, "section 9.5", "bits")
Z_BEST_INPUT = Printed("0.445", _BOOK, "section 9.5")
