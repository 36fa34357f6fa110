/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/noise.h"

#include "base/ticks.h"
#include "crypto/drbg.h"

#include <string.h>

/* Cut-offs of SP 800-90B with a false alarm of 2^-30 a test: 4.4.1 is
 * 1 + ceil(30 / H), 4.4.2 is 1 + critbinom(512, 2^-H, 1 - 2^-30);
 * tools/entropy/estimate.py computes them. */
const struct noise_rule noise_rules[NOISE_SOURCES] = {
	/*                    name        lanes  H/10 4.4.1 4.4.2 samples credit fresh */
	[NOISE_ADC]        = { "adc",        2,   1,   301,  507,  8192,  128,  1024 },
	[NOISE_OSCILLATOR] = { "oscillator", 1,   1,   301,  507,  4096,  128,     0 },
	[NOISE_HARDWARE]   = { "hardware",   1,  10,    31,  325,  1024,  256,   256 },
};

static bool active(const struct noise_health *h)
{
	return h->state == NOISE_TESTING || h->state == NOISE_PASSING;
}

static void begin(struct noise_health *h, uint32_t now_ms)
{
	h->state = NOISE_TESTING;
	h->good = h->fresh = 0;
	h->at_ms = now_ms;
	memset(h->lanes, 0, sizeof h->lanes);
}

static void fail(struct noise_health *h, uint32_t now_ms)
{
	h->failures++;
	h->state = h->failures < NOISE_FAILURES ? NOISE_RESTING : NOISE_DEAD;
	h->good = h->fresh = 0;
	h->at_ms = now_ms + NOISE_REST_MS;
}

void noise_init(struct noise *n, unsigned present, uint32_t now_ms)
{
	memset(n, 0, sizeof *n);
	for (unsigned i = 0; i < NOISE_SOURCES; i++)
		if ((present & 1u << i) != 0)
			begin(&n->sources[i], now_ms);
}

size_t noise_wanted(const struct noise *n, enum noise_source source)
{
	const struct noise_health *h = &n->sources[source];
	unsigned enough = NOISE_STARTUP + noise_rules[source].samples;

	if (!active(h))
		return 0;
	if (h->good < NOISE_STARTUP)
		return (size_t)(NOISE_STARTUP - h->good);
	return h->good < enough ? enough - h->good : h->fresh;
}

static bool passes(struct noise_lane *l, const struct noise_rule *rule, uint8_t sample)
{
	l->repeats = l->repeats > 0 && sample == l->last ? (uint16_t)(l->repeats + 1) : 1;
	l->last = sample;
	if (l->seen == 0) {
		l->first = sample;
		l->same = 0;
	}
	l->same = (uint16_t)(l->same + (sample == l->first));
	l->seen = (uint16_t)((l->seen + 1) % NOISE_WINDOW);
	return l->repeats < rule->repeats && l->same < rule->same;
}

/* False: the source does not count, or no longer does. */
static bool test(struct noise_health *h, const struct noise_rule *rule, const uint8_t *samples, size_t len,
		 uint32_t now_ms)
{
	if (!active(h))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (++h->samples % NOISE_PACE == 0)
			h->at_ms = now_ms;
		if (!passes(&h->lanes[i % rule->lanes], rule, samples[i])) {
			fail(h, now_ms);
			return false;
		}
	}
	return true;
}

void noise_test(struct noise *n, enum noise_source source, const uint8_t *samples, size_t len, uint32_t now_ms)
{
	(void)test(&n->sources[source], &noise_rules[source], samples, len, now_ms);
}

static void count(struct noise_health *h, unsigned enough, size_t len)
{
	size_t missing = enough - h->good;

	if (missing == 0)
		h->fresh = len < h->fresh ? (uint16_t)(h->fresh - len) : 0;
	h->good = (uint16_t)(h->good + (len < missing ? len : missing));
	if (h->good >= NOISE_STARTUP)
		h->state = NOISE_PASSING;
}

void noise_feed(struct noise *n, enum noise_source source, const uint8_t *samples, size_t len, uint32_t now_ms)
{
	struct noise_health *h = &n->sources[source];
	size_t skip = h->good < NOISE_STARTUP ? (size_t)(NOISE_STARTUP - h->good) : 0;
	uint8_t tag = (uint8_t)source;

	if (!test(h, &noise_rules[source], samples, len, now_ms))
		return;
	count(h, NOISE_STARTUP + noise_rules[source].samples, len);
	if (len <= skip)
		return;

	const struct bytes parts[] = { { &tag, 1 }, { samples + skip, len - skip } };

	drbg_hmac(n->pool, parts, 2, n->pool);
}

void noise_step(struct noise *n, uint32_t now_ms)
{
	for (unsigned i = 0; i < NOISE_SOURCES; i++) {
		struct noise_health *h = &n->sources[i];

		if (h->state == NOISE_RESTING && ticks_reached(now_ms, h->at_ms))
			begin(h, now_ms);
		else if (noise_wanted(n, (enum noise_source)i) > 0 &&
			 ticks_reached(now_ms, h->at_ms + NOISE_SILENT_MS))
			fail(h, now_ms);
	}
}

bool noise_deadline(const struct noise *n, uint32_t now_ms, uint32_t *at_ms)
{
	bool have = false;

	for (unsigned i = 0; i < NOISE_SOURCES; i++) {
		if (n->sources[i].state == NOISE_RESTING)
			ticks_earliest(&have, at_ms, n->sources[i].at_ms);
		if (noise_wanted(n, (enum noise_source)i) > 0)
			ticks_earliest(&have, at_ms, now_ms + NOISE_POLL_MS);
	}
	return have;
}

void noise_refresh(struct noise *n, uint32_t now_ms)
{
	for (unsigned i = 0; i < NOISE_SOURCES; i++)
		if (noise_credit(n, (enum noise_source)i) > 0) {
			n->sources[i].fresh = noise_rules[i].fresh;
			n->sources[i].at_ms = now_ms;
		}
}

bool noise_refreshed(const struct noise *n)
{
	for (unsigned i = 0; i < NOISE_SOURCES; i++)
		if (n->sources[i].fresh > 0)
			return false;
	return true;
}

unsigned noise_credit(const struct noise *n, enum noise_source source)
{
	const struct noise_health *h = &n->sources[source];

	return h->state == NOISE_PASSING && h->good == NOISE_STARTUP + noise_rules[source].samples ?
		       noise_rules[source].credit : 0;
}

unsigned noise_bits(const struct noise *n)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < NOISE_SOURCES; i++)
		bits += noise_credit(n, (enum noise_source)i);
	return bits;
}

unsigned noise_hope(const struct noise *n)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < NOISE_SOURCES; i++)
		if (active(&n->sources[i]))
			bits += noise_rules[i].credit;
	return bits;
}
