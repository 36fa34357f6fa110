# SPDX-License-Identifier: Apache-2.0
"""Estimators of min-entropy, NIST SP 800-90B (January 2018), 6.3, and the restart
test, 3.1.4, in plain Python.

A stream is a sequence of small integers.  Each estimator returns bits a sample.
The collision, Markov and compression estimates of the standard are for binary
streams (3.1.3); of those collision and Markov are here, and longer samples are
taken apart with bits().  Not here: compression (6.3.4) and the predictors (6.3.7
to 6.3.10), so what the estimators agree on is an upper bound of what NIST's own
tool finds: use that one for a certificate.
"""
import math
from collections import Counter

Z = 2.5758293035489008      # the standard's upper end of a 99 % interval


def upper(p, n):
    """The upper confidence bound of a probability P that was found in N trials."""
    return min(1.0, p + Z * math.sqrt(p * (1 - p) / (n - 1)))


def bits(samples, width):
    """The samples as bits, most significant first."""
    return [s >> k & 1 for s in samples for k in range(width - 1, -1, -1)]


def dense(samples):
    """The values that occur, renumbered from 0; and how many bits they need (3.1.3)."""
    number = {value: i for i, value in enumerate(sorted(set(samples)))}
    return [number[s] for s in samples], max(1, (len(number) - 1).bit_length())


def most_common(samples):
    """6.3.1"""
    p = Counter(samples).most_common(1)[0][1] / len(samples)
    return max(0.0, -math.log2(upper(p, len(samples))))


def collision(samples):
    """6.3.2: how soon a bit comes a second time."""
    times, at = [], 0
    while at + 1 < len(samples):
        if samples[at] == samples[at + 1]:
            times.append(2)
        elif at + 2 < len(samples):
            times.append(3)
        else:
            break
        at += times[-1]
    n = len(times)
    if n < 2:
        raise ValueError("too few samples")
    mean = sum(times) / n
    sigma = math.sqrt(sum((t - mean) ** 2 for t in times) / (n - 1))
    mean -= Z * sigma / math.sqrt(n)
    # Of two values with probabilities p and q = 1 - p the expected time is 2 + 2pq.
    pq = (mean - 2) / 2
    if pq >= 0.25:
        return 1.0
    if pq <= 0:
        return 0.0
    return -math.log2(0.5 + math.sqrt(0.25 - pq))


def markov(samples):
    """6.3.3: the likeliest 128 bits of a chain of first order."""
    ones = sum(samples)
    pairs = Counter(zip(samples, samples[1:]))
    first = [1 - ones / len(samples), ones / len(samples)]
    step = [[0.0, 0.0], [0.0, 0.0]]
    for a in (0, 1):
        from_a = pairs[a, 0] + pairs[a, 1]
        for b in (0, 1):
            step[a][b] = pairs[a, b] / from_a if from_a else 0.0

    def log(p):
        return math.log2(p) if p > 0 else -math.inf

    best = [log(first[0]), log(first[1])]
    for _ in range(127):
        best = [max(best[a] + log(step[a][b]) for a in (0, 1)) for b in (0, 1)]
    return min(1.0, max(0.0, -max(best) / 128))


# ---- 6.3.5 and 6.3.6, from the suffix array: every repeated tuple of every length at once

def suffix_array(samples):
    n = len(samples)
    rank, _ = dense(samples)
    k = 1
    while True:
        key = [rank[i] * (n + 1) + (rank[i + k] + 1 if i + k < n else 0) for i in range(n)]
        order = sorted(range(n), key=key.__getitem__)
        new, last, r = [0] * n, None, -1
        for i in order:
            if key[i] != last:
                last, r = key[i], r + 1
            new[i] = r
        rank = new
        if r == n - 1:
            return order, rank
        k *= 2


def common_prefixes(samples, order, rank):
    """Kasai: how much each suffix has in common with the one before it in ORDER."""
    n, h = len(samples), 0
    common = [0] * n
    for i in range(n):
        if rank[i] == 0:
            h = 0
            continue
        j = order[rank[i] - 1]
        while i + h < n and j + h < n and samples[i + h] == samples[j + h]:
            h += 1
        common[rank[i]] = h
        h = max(h - 1, 0)
    return common


def repeats(samples):
    """For each length t: how often its most frequent tuple comes (0 where none comes
    twice), and how many pairs of equal tuples there are."""
    order, rank = suffix_array(samples)
    common = common_prefixes(samples, order, rank)
    longest = max(common)
    most = [0] * (longest + 2)
    pairs = [0] * (longest + 2)       # first as differences
    stack = [(0, 0)]                  # common prefix, first suffix that has it
    for i in range(1, len(common) + 1):
        height = common[i] if i < len(common) else 0
        start = i - 1
        while stack[-1][0] > height:
            top, start = stack.pop()
            width = i - start
            below = max(height, stack[-1][0])
            most[top] = max(most[top], width)
            pairs[top] += width * (width - 1) // 2
            pairs[below] -= width * (width - 1) // 2
        if stack[-1][0] < height:
            stack.append((height, start))
    for t in range(longest - 1, 0, -1):
        most[t] = max(most[t], most[t + 1])
        pairs[t] += pairs[t + 1]
    return most, pairs, longest


def tuples(samples):
    """6.3.5 and 6.3.6: the t-tuple and the longest repeated substring estimates; the
    second is None where no length is left for it."""
    n = len(samples)
    most, pairs, longest = repeats(samples)
    t = 1                              # the first length of which no tuple comes 35 times
    while t <= longest and most[t] >= 35:
        t += 1
    counts = [Counter(samples).most_common(1)[0][1]] + most[2:t]
    p = max((count / (n - i)) ** (1 / (i + 1)) for i, count in enumerate(counts))
    t_tuple = max(0.0, -math.log2(upper(p, n)))
    p = 0.0
    for w in range(t, longest + 1):
        windows = n - w + 1
        p = max(p, (pairs[w] / (windows * (windows - 1) / 2)) ** (1 / w))
    return t_tuple, max(0.0, -math.log2(upper(p, n))) if p > 0 else None


BINARY_MOST = 1000000     # bits that are looked at for the binary estimates


def assess(samples):
    """All estimates as a list of (name, bits a sample), and the least of them (3.1.3)."""
    symbols, width = dense(samples)
    t_tuple, lrs = tuples(symbols)
    found = [("most common value", most_common(symbols)), ("t-tuple", t_tuple)]
    if lrs is not None:
        found.append(("longest repeat", lrs))
    binary = bits(symbols, width)[:BINARY_MOST]
    names = [("collision", collision(binary)), ("Markov", markov(binary))]
    if width > 1:
        t_tuple, lrs = tuples(binary)
        names += [("most common value", most_common(binary)), ("t-tuple", t_tuple)]
        if lrs is not None:
            names.append(("longest repeat", lrs))
    found += [(f"{name}, as bits", width * h) for name, h in names]
    return found, min(h for _, h in found)


# ---- cut-offs of the health tests, 4.4

def repetition_cutoff(h, alpha_exponent=30):
    """4.4.1"""
    return 1 + math.ceil(round(alpha_exponent / h, 9))


def critical(n, p, alpha):
    """The least k for which a binomial variable exceeds k with at most ALPHA."""
    def log_term(k):
        return (math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) +
                k * math.log(p) + (n - k) * math.log1p(-p))
    tail, k = 0.0, n
    while k > 0:
        tail += math.exp(log_term(k))
        if tail > alpha:
            return k
        k -= 1
    return 0


def proportion_cutoff(h, window=512, alpha_exponent=30):
    """4.4.2; None where no count in the window is unlikely enough."""
    cutoff = 1 + critical(window, 2 ** -h, 2 ** -alpha_exponent)
    return cutoff if cutoff <= window else None


# ---- restarts, 3.1.4

def restart(rows, assessed):
    """ROWS: the same number of samples after each of as many restarts, a row each.
    Returns (fits, text): whether they agree with ASSESSED bits a sample."""
    if any(len(row) != len(rows[0]) for row in rows):
        raise ValueError("restarts of different lengths")
    columns = list(zip(*rows))
    lines = list(rows) + columns
    most = max(Counter(line).most_common(1)[0][1] / len(line) for line in lines)
    alpha = 1 - 0.99 ** (1 / len(lines))     # after 3.1.4.3, for the likeliest value alone
    limit = max(critical(len(line), 2 ** -assessed, alpha) / len(line) for line in (rows[0], columns[0]))
    if most > limit:
        return False, f"a value fills {most:.3f} of a restart or of a place; at most {limit:.3f} fit {assessed} bits"
    by_row = assess([s for row in rows for s in row])[1]
    by_column = assess([s for column in columns for s in column])[1]
    if min(by_row, by_column) < assessed / 2:     # 3.1.4.2
        return False, f"restarts have {by_row:.3f}, their places {by_column:.3f} bits: less than half of {assessed}"
    least = min(by_row, by_column, assessed)
    return True, f"restarts {by_row:.3f}, places {by_column:.3f}, assessed {assessed}: {least:.3f} bits a sample"
