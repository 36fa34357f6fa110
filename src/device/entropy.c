/* SPDX-License-Identifier: Apache-2.0 */
#include "device/entropy.h"

#include "base/ticks.h"
#include "device/device_internal.h"

#include <string.h>

_Static_assert(sizeof(((struct entropy *)0)->told) * 8 >= NOISE_SOURCES, "a bit a source");

/* ---- Samples ---- */

/* What the device needs goes before what somebody wants to see. */
size_t device_noise_wanted(const struct device *d, enum noise_source source)
{
	const struct entropy *e = &d->entropy;
	size_t wanted = noise_wanted(&e->noise, source);

	if (wanted > 0 || source != e->dump.source || e->dump.len > 0)
		return wanted;
	return e->dump.left < ENTROPY_DUMP_SIZE ? e->dump.left : ENTROPY_DUMP_SIZE;
}

static void tap(struct entropy *e, const uint8_t *samples, size_t n, uint32_t now_ms)
{
	size_t room = e->dump.left < ENTROPY_DUMP_SIZE ? e->dump.left : ENTROPY_DUMP_SIZE;

	e->dump.len = (uint8_t)(n < room ? n : room);
	e->dump.until_ms = now_ms + NOISE_SILENT_MS;
	memcpy(e->dump.buf, samples, e->dump.len);
	noise_test(&e->noise, e->dump.source, samples, n, now_ms);
}

void device_noise(struct device *d, enum noise_source source, const uint8_t *samples, size_t n, uint32_t now_ms)
{
	struct entropy *e = &d->entropy;

	if (n == 0)
		return;
	if (noise_wanted(&e->noise, source) > 0)
		noise_feed(&e->noise, source, samples, n, now_ms);
	else if (source == e->dump.source && e->dump.left > 0 && e->dump.len == 0)
		tap(e, samples, n, now_ms);
}

void device_stir(struct device *d, const void *data, size_t len)
{
	rng_mix(&d->crypto.rng, RNG_SOURCE_MEMORY, data, len);
}

/* ---- The gate ---- */

enum err entropy_ready(struct device *d)
{
	const struct noise *n = &d->entropy.noise;
	enum err e;

	if (d->crypto.rng.state == RNG_READY)
		return ERR_OK;
	e = secrets_start_rng(&d->crypto, &d->seed, &d->settings, n);
	return e == ERR_RNG_UNSEEDED && noise_hope(n) >= RNG_LIVE_BITS ? ERR_AGAIN : e;
}

void entropy_refresh(struct device *d, uint32_t now_ms)
{
	noise_refresh(&d->entropy.noise, now_ms);
	d->entropy.refresh_ms = now_ms + ENTROPY_REFRESH_MS;
}

bool entropy_refreshed(struct device *d, uint32_t now_ms)
{
	struct entropy *e = &d->entropy;

	if (!noise_refreshed(&e->noise) && !ticks_reached(now_ms, e->refresh_ms))
		return false;
	rng_stir(&d->crypto.rng, &e->noise);
	return true;
}

/* ---- Time ---- */

/* Told once, until it passes again. */
static void tell_failures(struct device *d)
{
	for (unsigned i = 0; i < NOISE_SOURCES && d->event_count < DEVICE_EVENTS / 2; i++) {
		enum noise_state state = d->entropy.noise.sources[i].state;
		unsigned bit = 1u << i;

		if (state == NOISE_PASSING)
			d->entropy.told &= (uint8_t)~bit;
		if ((state != NOISE_RESTING && state != NOISE_DEAD) || (d->entropy.told & bit) != 0)
			continue;
		d->entropy.told |= (uint8_t)bit;
		device_tell(d, &(struct device_event){
			.type = DEVICE_EV_NOISE, .err = ERR_RNG_NOISE, .noise = (enum noise_source)i });
	}
}

void entropy_step(struct device *d, uint32_t now_ms)
{
	struct entropy *e = &d->entropy;

	noise_step(&e->noise, now_ms);
	tell_failures(d);
	if (e->dump.left > 0 && ticks_reached(now_ms, e->dump.until_ms))
		e->dump.left = e->dump.len = 0;
}

bool entropy_deadline(const struct device *d, uint32_t now_ms, uint32_t *at_ms)
{
	const struct entropy *e = &d->entropy;
	bool have = noise_deadline(&e->noise, now_ms, at_ms);

	if (e->dump.left > 0 && e->dump.len == 0)
		ticks_earliest(&have, at_ms, now_ms + NOISE_POLL_MS);
	return have;
}

/* ---- For the console ---- */

const struct noise *entropy_noise(const struct device *d)
{
	return &d->entropy.noise;
}

struct entropy_seed entropy_seed(struct device *d)
{
	struct entropy_seed facts = { .stored = device_has_seed(d) };

	facts.self_made = d->seed.origin == SEED_SELF_MADE;
	facts.count = d->seed.count;
	return facts;
}

enum err entropy_dump(struct device *d, enum noise_source source, uint32_t n, uint32_t now_ms)
{
	struct entropy *e = &d->entropy;

	if (e->noise.sources[source].state == NOISE_ABSENT)
		return ERR_NOT_FOUND;
	if (n > ENTROPY_DUMP_MAX)
		return ERR_ARG;
	e->dump.source = source;
	e->dump.left = n;
	e->dump.len = 0;
	e->dump.until_ms = now_ms + NOISE_SILENT_MS;
	return ERR_OK;
}

size_t entropy_dump_take(struct device *d, uint8_t buf[ENTROPY_DUMP_SIZE])
{
	struct entropy *e = &d->entropy;
	size_t n = e->dump.len;

	memcpy(buf, e->dump.buf, n);
	e->dump.left -= (uint32_t)n;
	e->dump.len = 0;
	return n;
}

uint32_t entropy_dump_left(const struct device *d)
{
	return d->entropy.dump.left;
}
