#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/entropy on streams whose min-entropy is known by calculation."""
import math
import os
import pty
import random
import re
import subprocess
import sys
import threading
import tty
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
sys.path.insert(0, os.path.join(TOP, "tools/entropy"))

import estimators                              # noqa: E402
from estimators import assess, bits, dense     # noqa: E402

N = 20000


def draws(seed, weights, n=N):
    """Independent draws of 0, 1, ... with these probabilities."""
    return random.Random(seed).choices(range(len(weights)), weights, k=n)


def chain(seed, stay, n=N):
    """Bits that stay as they are with probability STAY: uniform each, not together."""
    rng, out = random.Random(seed), [0]
    while len(out) < n:
        out.append(out[-1] if rng.random() < stay else 1 - out[-1])
    return out


def least(samples):
    return assess(samples)[1]


def named(samples):
    return dict(assess(samples)[0])


class ByHand(unittest.TestCase):
    """Each estimator against a value that a pencil gives, with its confidence bound."""

    def bound(self, p, n):
        return -math.log2(min(1.0, p + 2.5758293035489008 * math.sqrt(p * (1 - p) / (n - 1))))

    def test_most_common_value(self):
        # The standard's own example, 6.3.1: 20 values of 3, the commonest 8 times.
        samples = [0, 1, 1, 2, 0, 1, 2, 2, 0, 1, 0, 1, 1, 0, 2, 2, 1, 0, 2, 1]
        self.assertAlmostEqual(estimators.most_common(samples), 0.5363, delta=0.0001)

    def test_collision_of_alternating_bits(self):
        # Never twice in a row: every collision takes 3, which no source of bits exceeds.
        self.assertEqual(estimators.collision([0, 1] * 500), 1.0)

    def test_collision(self):
        # 2, 3, 2, 3: the mean less its bound is below 2 plus 2pq for every p.
        samples = [0, 0, 0, 1, 0] * 400
        mean = 2.5 - 2.5758293035489008 * math.sqrt(0.25 * 800 / 799) / math.sqrt(800)
        p = 0.5 + math.sqrt(0.25 - (mean - 2) / 2) if mean < 2.5 else 0.5
        self.assertAlmostEqual(estimators.collision(samples), -math.log2(p), places=12)

    def test_markov(self):
        # A chain that rather stays: the likeliest 128 bits are all the same.
        samples = chain(1, 0.75, 4000)
        stay = [0, 0]
        seen = [0, 0]
        for a, b in zip(samples, samples[1:]):
            seen[a] += 1
            stay[a] += a == b
        best = max(math.log2(samples.count(a) / len(samples)) + 127 * math.log2(stay[a] / seen[a]) for a in (0, 1))
        self.assertAlmostEqual(estimators.markov(samples), -best / 128, places=12)

    def test_tuples_of_a_period(self):
        # 0 1 2 0 1 2 ...: of each length three tuples, a third each; p^(1/t) tends to 1.
        n = 300
        most, pairs, longest = estimators.repeats([0, 1, 2] * (n // 3))
        self.assertEqual(longest, n - 3)
        self.assertEqual(most[1:4], [100, 100, 100])
        self.assertEqual(pairs[1], 3 * 100 * 99 // 2)
        self.assertEqual(pairs[2], (100 * 99 + 100 * 99 + 99 * 98) // 2)
        self.assertEqual((most[n - 3], pairs[n - 3]), (2, 1))

    def test_repeats_against_counting(self):
        for seed in range(30):
            samples = draws(seed, [3, 2, 1][:1 + seed % 3], 120)
            most, pairs, longest = estimators.repeats(samples)
            for t in range(1, longest + 2):
                count = {}
                for i in range(len(samples) - t + 1):
                    key = tuple(samples[i:i + t])
                    count[key] = count.get(key, 0) + 1
                often = [c for c in count.values() if c > 1]
                self.assertEqual(most[t], max(often, default=0))
                self.assertEqual(pairs[t], sum(c * (c - 1) // 2 for c in often))

    def test_t_tuple(self):
        # 6.3.5 word for word: all lengths of which a tuple comes 35 times.
        samples = [2, 2, 0, 1, 0, 2, 0, 1, 2, 1, 2, 0, 1, 2, 1, 0, 0, 1, 0, 0, 0] * 10
        n = len(samples)
        counts = {}
        for t in (1, 2, 3, 4, 5):
            c = {}
            for i in range(n - t + 1):
                c[tuple(samples[i:i + t])] = c.get(tuple(samples[i:i + t]), 0) + 1
            counts[t] = max(c.values())
        lengths = [t for t in counts if counts[t] >= 35]
        p = max((counts[t] / (n - t + 1)) ** (1 / t) for t in lengths)
        self.assertAlmostEqual(estimators.tuples(samples)[0], self.bound(p, n), places=12)

    def test_longest_repeat(self):
        # 6.3.6 word for word: from the first length of which no tuple comes 35 times.
        for samples in (draws(8, [1] * 3, 400), draws(9, [0.8, 0.2], 300), draws(3, [1] * 16, 60) * 3):
            n, best = len(samples), 0
            for w in range(1, n):
                count = {}
                for i in range(n - w + 1):
                    key = tuple(samples[i:i + w])
                    count[key] = count.get(key, 0) + 1
                if max(count.values()) == 1:
                    break
                if max(count.values()) < 35:
                    pairs = sum(math.comb(c, 2) for c in count.values())
                    best = max(best, (pairs / math.comb(n - w + 1, 2)) ** (1 / w))
            self.assertAlmostEqual(estimators.tuples(samples)[1], self.bound(best, n), places=12)

    def test_bits_and_values(self):
        self.assertEqual(bits([2, 1], 2), [1, 0, 0, 1])
        self.assertEqual(dense([200, 7, 200, 9]), ([2, 0, 2, 1], 2))
        self.assertEqual(dense([5, 5]), ([0, 0], 1))


class KnownStreams(unittest.TestCase):
    """What all of them together find, against the true min-entropy."""

    def test_constant(self):
        self.assertEqual(least([7] * N), 0)

    def test_counter(self):
        self.assertLess(least([i % 256 for i in range(N)]), 0.01)

    def test_two_values_in_turn(self):
        self.assertLess(least([3, 4] * (N // 2)), 0.01)

    def test_repeated_noise(self):
        self.assertLess(least(draws(1, [1] * 16, 500) * (N // 500)), 0.05)

    def test_biased_bits(self):
        # Never above the truth by more than chance; below it by the confidence bound.
        for p in (0.5, 0.6, 0.75, 0.9, 0.95, 0.99):
            true = -math.log2(p)
            found = least(draws(2, [p, 1 - p]))
            self.assertLessEqual(found, true + 0.01, p)
            self.assertGreater(found, 0.7 * true - 0.01, p)

    def test_the_assessed_bound(self):
        # 0.1 bit a sample, what the device assesses, in values of which one is usual.
        p = 2 ** -0.1
        found = least(draws(3, [p] + [(1 - p) / 3] * 3))
        self.assertLessEqual(found, 0.101)
        self.assertGreater(found, 0.06)

    def test_uniform_values(self):
        for width in (1, 2, 4, 8):
            found = least(draws(4, [1] * 2 ** width))
            self.assertLessEqual(found, width)
            self.assertGreater(found, 0.7 * width)

    def test_chains(self):
        # Each bit is uniform; -log2(stay) is what a guesser is left with.
        for stay in (0.6, 0.75, 0.9, 0.97):
            true, found = -math.log2(stay), named(chain(5, stay))
            self.assertGreater(found["most common value"], 0.85)
            self.assertAlmostEqual(found["Markov, as bits"], true, delta=0.08 * true + 0.005)
            self.assertLessEqual(min(found.values()), true + 0.005)

    def test_quantised_gaussian(self):
        # The converter's model: the mean on a code, so that p = erf(0.5 / (sigma sqrt 2)).
        rng = random.Random(6)
        for sigma, true in ((0.3, 0.145), (0.5, 0.552), (1.0, 1.385)):
            p = math.erf(0.5 / (sigma * math.sqrt(2)))
            self.assertAlmostEqual(-math.log2(p), true, delta=0.007)
            found = least([128 + round(rng.gauss(0, sigma)) for _ in range(N)])
            self.assertLessEqual(found, true * 1.03)
            self.assertGreater(found, true * 0.6)


class Cutoffs(unittest.TestCase):
    def test_table(self):
        table = {0.1: (301, 507), 0.25: (121, 477), 0.5: (61, 422), 1: (31, 325), 2: (16, 190), 4: (9, 71)}
        for h, (repetition, proportion) in table.items():
            self.assertEqual(estimators.repetition_cutoff(h), repetition)
            self.assertEqual(estimators.proportion_cutoff(h), proportion)
        self.assertEqual((estimators.repetition_cutoff(0.1, 20), estimators.proportion_cutoff(0.1, 512, 20)), (201, 502))
        self.assertIsNone(estimators.proportion_cutoff(0.05))

    def test_false_alarm_is_exactly_below_the_bound(self):
        for h in (0.1, 1):
            p, cutoff = 2 ** -h, estimators.proportion_cutoff(h)

            def tail(k):
                return sum(math.comb(512, i) * p ** i * (1 - p) ** (512 - i) for i in range(k, 513))
            self.assertLessEqual(tail(cutoff), 2 ** -30)
            self.assertGreater(tail(cutoff - 1), 2 ** -30)

    def test_the_device_has_these(self):
        """Lane count, tenths of a bit and both cut-offs of noise.c."""
        with open(os.path.join(TOP, "src/crypto/noise.c"), encoding="utf-8") as file:
            rows = re.findall(r'\{ "(\w+)",\s*(\d+),\s*(\d+),\s*(\d+),\s*(\d+),', file.read())
        self.assertEqual([row[0] for row in rows], ["adc", "oscillator", "hardware"])
        for _, _, tenths, repeats, same in rows:
            h = int(tenths) / 10
            self.assertEqual((int(repeats), int(same)),
                             (estimators.repetition_cutoff(h), estimators.proportion_cutoff(h)))


class Restarts(unittest.TestCase):
    def rows(self, make, restarts=200, n=200):
        return [make(i, n) for i in range(restarts)]

    def test_independent(self):
        fits, text = estimators.restart(self.rows(lambda i, n: draws(i, [1] * 4, n)), 0.5)
        self.assertTrue(fits, text)

    def test_the_same_after_every_restart(self):
        # Each restart alone is perfect noise.
        fits, text = estimators.restart(self.rows(lambda i, n: draws(1, [1] * 16, n)), 0.5)
        self.assertFalse(fits)
        self.assertIn("fills 1.000", text)

    def test_one_of_four_starts(self):
        # The seed of the noise has two bits.
        fits, text = estimators.restart(self.rows(lambda i, n: draws(i * 7919 % 4, [1] * 256, n)), 1.0)
        self.assertFalse(fits, text)

    def test_a_first_sample_that_is_always_the_same(self):
        fits, _ = estimators.restart(self.rows(lambda i, n: [9] + draws(i, [1] * 4, n - 1)), 0.5)
        self.assertFalse(fits)

    def test_less_than_half_of_what_was_assessed(self):
        # No value is frequent, but each mostly follows from the one before: 0.2 bit.
        def steps(i, n):
            rng, out = random.Random(i), [i * 7 % 16]
            while len(out) < n:
                out.append((out[-1] + 1) % 16 if rng.random() < 0.85 else rng.randrange(16))
            return out
        fits, text = estimators.restart(self.rows(steps), 1.0)
        self.assertFalse(fits)
        self.assertIn("less than half", text)
        p = 2 ** -0.15
        rows = self.rows(lambda i, n: draws(i, [p, 1 - p], n))
        self.assertTrue(estimators.restart(rows, 0.1)[0])
        self.assertFalse(estimators.restart(rows, 0.5)[0])


def dump_text(samples):
    hexed = bytes(samples).hex()
    return "\n".join(["tern> entropy dump adc 9"] + [hexed[i:i + 128] for i in range(0, len(hexed), 128)] + ["end", "tern> "])


class Program(unittest.TestCase):
    def run_it(self, *args, text=None):
        return subprocess.run([sys.executable, os.path.join(TOP, "tools/entropy/estimate.py"), *args], input=text,
                              capture_output=True, text=True, timeout=100, check=False)

    def test_accepts_and_refuses(self):
        good = self.run_it("-", text=dump_text(draws(1, [1] * 4, 5000)))
        self.assertEqual(good.returncode, 0, good.stderr)
        self.assertIn("accepted", good.stdout)
        bad = self.run_it("-", text=dump_text(draws(1, [0.95, 0.05], 5000)))
        self.assertEqual(bad.returncode, 1, bad.stderr)
        self.assertIn("too little", bad.stdout)

    def test_lanes(self):
        # One input is stuck: together they seem to be worth something.
        text = dump_text([s for v in draws(1, [1] * 4, 5000) for s in (v, 77)])
        got = self.run_it("--lanes", "2", "-", text=text)
        self.assertEqual(got.returncode, 1)
        self.assertRegex(got.stdout, r"(?s)input 1: 5000 samples, 4 values.*accepted.*input 2: 5000 samples, 1 values.*too little")

    def test_restart(self):
        text = "\n".join(dump_text(draws(i, [1] * 4, 100)) for i in range(100))
        self.assertEqual(self.run_it("--restart", "0.5", "-", text=text).returncode, 0)
        text = "\n".join(dump_text(draws(1, [1] * 4, 100)) for i in range(100))
        self.assertEqual(self.run_it("--restart", "0.5", "-", text=text).returncode, 1)

    def test_cutoffs(self):
        self.assertIn("repetition count 301, adaptive proportion 507 of 512", self.run_it("--cutoffs", "0.1").stdout)

    def test_wrong_use_is_named(self):
        for args, text, said in (
                (["/nowhere/x"], None, "/nowhere/x"), (["-"], "no dump\n", "no dump in it"),
                (["-"], "0102\nend\n", "too few"), (["-"], "01" * 32 + "\n", "no dump in it"),
                (["--restart", "0.1", "-"], dump_text([1, 2, 3]), "too few"),
                ([], None, "either files or --cutoffs"), (["--lanes", "0", "-"], "", "--lanes 0"),
                (["--cutoffs", "9"], "", "--cutoffs 9")):
            got = self.run_it(*args, text=text)
            self.assertEqual(got.returncode, 2, (args, got.stdout))
            self.assertIn(said, got.stderr)
            self.assertNotIn("Traceback", got.stderr)


class FakeBoard(threading.Thread):
    """A console on a pty: restarts, and dumps of what MAKE gives for restart and number."""

    def __init__(self, make, between=""):
        super().__init__(daemon=True)
        self.make, self.restarts, self.between = make, 0, between
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        self.slave = slave
        self.start()

    def say(self, text):
        os.write(self.master, text.replace("\n", "\r\n").encode())

    def run(self):
        line = b""
        while True:
            byte = os.read(self.master, 1)
            if byte == b"\x03":
                line = b""
                self.say("^C\ntern> " + (self.between and "\n" + self.between))
            elif byte == b"\r":
                self.answer(line.decode())
                line = b""
            else:
                line += byte

    def answer(self, line):
        if line == "reboot":
            self.restarts += 1
            self.say("reboot\nrestarting\nTern 0.0.0 - 'help' lists the commands\ntelemetry 5 {}\ntern> ")
        elif line.startswith("entropy dump adc "):
            hexed = bytes(self.make(self.restarts, int(line.split()[-1]))).hex()
            rows = [hexed[i:i + 128] + "\n" for i in range(0, len(hexed), 128)]
            self.say(line + "\n" + self.between.join(rows) + "end\ntern> ")
        else:
            self.say(line + "\nerror: no noise source 'foo' here; there are: adc\ntern> ")


class Collect(unittest.TestCase):
    def run_it(self, board, *args):
        return subprocess.run([sys.executable, os.path.join(TOP, "tools/entropy/collect.py"), board.path, *args],
                              capture_output=True, text=True, timeout=100, check=False)

    def test_a_dump(self):
        got = self.run_it(FakeBoard(lambda restart, n: draws(1, [1] * 256, n)), "adc", "1000")
        self.assertEqual(got.returncode, 0, got.stderr)
        self.assertEqual(bytes.fromhex("".join(got.stdout.split()[:-1])), bytes(draws(1, [1] * 256, 1000)))

    def test_restarts(self):
        got = self.run_it(FakeBoard(lambda restart, n: [restart] * n), "adc", "3", "--restarts", "2")
        self.assertEqual(got.stdout.split(), ["010101", "end", "020202", "end"])

    def test_lines_of_the_connection_are_passed_over(self):
        """A device that is provisioned, but without its modem, reports that while it dumps."""
        for between in ("diagnosis: The modem does not answer. [MODEM-SILENT-1 err=MODEM_SILENT]\n",
                        "error: bytes lost on the line of the modem: overruns 1, noise 0, dropped 0\n",
                        "device: modem\ntelemetry 1 {}\n"):
            got = self.run_it(FakeBoard(lambda restart, n: [restart] * n, between), "adc", "200", "--restarts", "2")
            self.assertEqual(got.returncode, 0, got.stderr)
            self.assertEqual(bytes.fromhex(got.stdout.replace("end", "")), bytes([1] * 200 + [2] * 200))

    def test_errors_are_named(self):
        got = self.run_it(FakeBoard(None), "foo", "10")
        self.assertEqual(got.returncode, 2)
        self.assertIn("no noise source 'foo'", got.stderr)
        short = self.run_it(FakeBoard(lambda restart, n: [1] * (n - 1)), "adc", "10")
        self.assertEqual(short.returncode, 2)
        self.assertIn("9 samples came, not 10", short.stderr)


if __name__ == "__main__":
    unittest.main()
