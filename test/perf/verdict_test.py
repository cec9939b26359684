"""When is one slower than the other?"""
import itertools
import math
import random
import unittest

from harness import verdict


def costs(seed, count, noise, drift=True):
    """Costs of pairs on a machine whose speed wanders, with wild runs now and then."""
    chance = random.Random(seed)
    speed = 1.0
    for _ in range(count):
        speed *= math.exp(chance.gauss(0, 0.2)) if drift else 1
        yield tuple(speed * math.exp(chance.gauss(0, noise)) * (3 if chance.random() < 0.03 else 1) for _ in range(2))


class Verdicts(unittest.TestCase):
    def judged(self, seed, count=None, noise=0.02, factor=1.0):
        """As perf/run does it: more pairs until it can be told; just `count` when given."""
        for looked in verdict.LOOKS if count is None else [count]:
            pairs = list(costs(seed, looked, noise))
            found = verdict.judge_pairs([a for a, _ in pairs], [b * factor for _, b in pairs])
            if found.word != "cannot tell":
                break
        return found

    def test_the_same_is_equal_whatever_the_machine_does(self):
        self.assertEqual({self.judged(seed).word for seed in range(50)}, {"equal"})

    def test_a_tenth_more_is_slower_and_a_tenth_less_is_faster(self):
        self.assertEqual({self.judged(seed, factor=1.1).word for seed in range(50)}, {"slower"})
        self.assertEqual({self.judged(seed, factor=1 / 1.1).word for seed in range(50)}, {"faster"})

    def test_noise_is_no_slowness(self):
        words = [self.judged(seed, count=10, noise=0.3).word for seed in range(200)]
        self.assertLess(sum(word in ("slower", "faster") for word in words), 5)
        self.assertGreater(words.count("cannot tell"), 190)

    def test_what_cannot_be_told_says_how_many_pairs_more(self):
        found = self.judged(1, count=10, noise=0.3)
        self.assertGreater(found.more, 10)
        self.assertIn("cannot tell: too noisy", found.text())
        self.assertIn("%d more pairs" % found.more, found.text())

    def test_a_real_difference_below_the_least_effect_is_equal(self):
        base = [1.0 + i / 1e5 for i in range(20)]
        self.assertEqual(verdict.judge_pairs(base, [each * 1.01 for each in base]).word, "equal")
        self.assertEqual(verdict.judge_pairs(base, [each * 1.01 for each in base], min_effect=0.005).word, "slower")

    def test_few_pairs_prove_nothing(self):
        found = verdict.judge_pairs([1.0] * 5, [2.0] * 5)
        self.assertEqual((found.word, found.high), ("cannot tell", math.inf))

    def test_the_cut_of_the_signed_ranks_is_exact(self):
        for count, confidence in ((5, 0.9), (8, 0.95), (10, 0.99), (9, 0.995)):
            sums = [sum(rank for rank, sign in enumerate(signs, 1) if sign) for signs in itertools.product((0, 1), repeat=count)]
            cut = verdict.signed_rank_cut(count, confidence)
            allowed = (1 - confidence) / 2 * len(sums)
            self.assertLessEqual(sum(each <= cut for each in sums), allowed)
            self.assertGreater(sum(each <= cut + 1 for each in sums), allowed)

    def test_the_cut_of_the_rank_sums_is_exact(self):
        for first, second, confidence in ((4, 5, 0.9), (5, 5, 0.99), (6, 4, 0.95)):
            statistics = [sum(chosen) - first * (first + 1) // 2
                          for chosen in itertools.combinations(range(1, first + second + 1), first)]
            cut = verdict.rank_sum_cut(first, second, confidence)
            allowed = (1 - confidence) / 2 * len(statistics)
            self.assertLessEqual(sum(each <= cut for each in statistics), allowed)
            self.assertGreater(sum(each <= cut + 1 for each in statistics), allowed)

    def test_samples_of_different_times(self):
        base = [1.0, 1.01, 0.99, 1.02, 1.0, 0.98, 1.01, 1.0]
        self.assertEqual(verdict.judge_samples(base, [each * 1.2 for each in base]).word, "slower")
        self.assertEqual(verdict.judge_samples(base, base[::-1]).word, "equal")

    def test_five_runs_of_two_commits_can_be_told_apart(self):
        base = [1.0, 1.01, 0.99, 1.02, 1.0]
        self.assertEqual(verdict.judge_samples(base, [each * 1.1 for each in base]).word, "slower")
        self.assertEqual(verdict.judge_samples(base[1:], [each * 1.1 for each in base[1:]]).word, "cannot tell")
