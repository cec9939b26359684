"""Is one slower than the other? Says so only when chance can be ruled out.

Costs are compared in pairs that ran next to each other. The shift is the Hodges-Lehmann estimate of the logarithms of the
ratios, its interval that of Wilcoxon's signed ranks: neither cares for how the noise is distributed, nor for a few wild runs."""
import math
from dataclasses import dataclass

CONFIDENCE = 0.995
CONFIDENCE_OF_SAMPLES = 0.99  # one look is taken, and five runs of each can give it
MIN_EFFECT = 0.03
LOOKS = (10, 15, 22, 32, 46, 68, 100, 150)  # pairs after which it is tried: who looks often finds what is not there


@dataclass
class Verdict:
    word: str       # "slower", "faster", "equal", "cannot tell"
    ratio: float    # of the other to the base; more than 1: the other takes longer
    low: float      # the interval that holds it with CONFIDENCE
    high: float
    pairs: int
    more: int = 0   # further pairs that would probably do, when it cannot be told

    def text(self):
        interval = "%+.1f %% (%+.1f … %+.1f, %d pairs)" % (_percent(self.ratio), _percent(self.low), _percent(self.high), self.pairs)
        if self.word == "cannot tell":
            return "cannot tell: too noisy, %s; about %d more pairs" % (interval, self.more)
        return "%s, %s" % (self.word, interval)


def _percent(ratio):
    return (ratio - 1) * 100


def signed_rank_cut(count, confidence):
    """How many of the smallest Walsh averages lie below the interval, exactly: -1 when `count` pairs cannot give this
    confidence."""
    ways = [1]  # ways[s]: sign patterns whose positive ranks sum up to s
    for rank in range(1, count + 1):
        longer = ways + [0] * rank
        for total, number in enumerate(ways):
            longer[total + rank] += number
        ways = longer
    tail, allowed = 0, (1 - confidence) / 2 * 2 ** count
    for total, number in enumerate(ways):
        tail += number
        if tail > allowed:
            return total - 1
    return count * (count + 1) // 2


def shift_of_pairs(differences, confidence=CONFIDENCE):
    """(estimate, low, high) of the middle of `differences`; infinite bounds when they are too few."""
    walsh = sorted((a + b) / 2 for i, a in enumerate(differences) for b in differences[i:])
    cut = signed_rank_cut(len(differences), confidence)
    return _with_bounds(walsh, cut)


def rank_sum_cut(first, second, confidence):
    """The same for two independent samples (Mann and Whitney)."""
    rows = [[[1] for _ in range(second + 1)] for _ in range(first + 1)]
    for i in range(1, first + 1):
        for j in range(1, second + 1):
            ways = [0] * (i * j + 1)
            for total, number in enumerate(rows[i - 1][j]):
                ways[total + j] += number
            for total, number in enumerate(rows[i][j - 1]):
                ways[total] += number
            rows[i][j] = ways
    tail, allowed = 0, (1 - confidence) / 2 * math.comb(first + second, first)
    for total, number in enumerate(rows[first][second]):
        tail += number
        if tail > allowed:
            return total - 1
    return first * second


def shift_of_samples(base, other, confidence=CONFIDENCE):
    """(estimate, low, high) of how far `other` lies above `base`."""
    return _with_bounds(sorted(b - a for a in base for b in other), rank_sum_cut(len(base), len(other), confidence))


def _with_bounds(values, cut):
    middle = (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2
    if cut < 0:
        return middle, -math.inf, math.inf
    return middle, values[cut], values[-1 - cut]


def judge_pairs(base, other, min_effect=MIN_EFFECT, confidence=CONFIDENCE):
    """Verdict on `other` from costs that ran in pairs."""
    ratios = [math.log(b / a) for a, b in zip(base, other)]
    return _judge(shift_of_pairs(ratios, confidence), len(ratios), min_effect)


def judge_samples(base, other, min_effect=MIN_EFFECT, confidence=CONFIDENCE_OF_SAMPLES):
    """Verdict on `other` from costs that were taken at different times."""
    shift = shift_of_samples([math.log(a) for a in base], [math.log(b) for b in other], confidence)
    return _judge(shift, min(len(base), len(other)), min_effect)


def _judge(shift, pairs, min_effect):
    middle, low, high = shift
    least = math.log1p(min_effect)
    if low > 0 and middle > least:
        word = "slower"
    elif high < 0 and middle < -least:
        word = "faster"
    elif low > -least and high < least:
        word = "equal"
    else:
        word = "cannot tell"
    more = _more_pairs(high - low, pairs, least) if word == "cannot tell" else 0
    return Verdict(word, math.exp(middle), _exp(low), _exp(high), pairs, more)


def _more_pairs(width, pairs, least):
    """An interval shrinks with the root of the number of pairs."""
    if not math.isfinite(width):
        return 10
    return max(5, math.ceil(pairs * min(20.0, (width / least) ** 2)) - pairs)


def _exp(value):
    return math.inf if value == math.inf else math.exp(value)
