/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"
#include "talk.h"

#include "base/ticks.h"

#include <string.h>

enum { ASK = 64, EDGE = 4, MARK = 0xa5, GATHER_MS = 5000 };

struct tally {
	uint32_t samples, run, longest, call_ms;
	uint32_t seen[256];      /* how often each value came */
	uint8_t  last;
	bool     beyond;         /* the port wrote or claimed more than it was asked for */
};

static struct tally tally;

static void count(struct tally *t, uint8_t sample)
{
	t->run = t->samples > 0 && sample == t->last ? t->run + 1 : 1;
	t->longest = t->run > t->longest ? t->run : t->longest;
	t->last = sample;
	t->seen[sample]++;
	t->samples++;
}

static size_t ask(struct tally *t, enum port_noise source, size_t most)
{
	uint8_t buf[ASK + EDGE];
	uint32_t start = port_now_ms(), took;
	size_t n;

	memset(buf, MARK, sizeof buf);
	n = port_noise(source, buf, most);
	took = port_now_ms() - start;
	t->call_ms = took > t->call_ms ? took : t->call_ms;
	for (size_t i = most; i < most + EDGE; i++)
		t->beyond |= buf[i] != MARK;
	t->beyond |= n > most;
	for (size_t i = 0; i < n && i < most; i++)
		count(t, buf[i]);
	return n;
}

void noise_gather(const uint32_t arg[PROBE_ARGS])
{
	enum port_noise source = (enum port_noise)arg[0];
	uint32_t start = port_now_ms(), distinct = 0, most = 0;

	memset(&tally, 0, sizeof tally);
	talk_u32("has", port_has_noise(source));
	while (tally.samples < arg[1] && !ticks_reached(port_now_ms(), start + GATHER_MS) && !tally.beyond) {
		uint32_t left = arg[1] - tally.samples;

		port_alive();
		if (ask(&tally, source, left < ASK ? left : ASK) > 0)
			continue;
		if (!port_has_noise(source))
			break;
		port_idle(port_now_ms() + 10);
	}
	for (size_t i = 0; i < 256; i++) {
		distinct += tally.seen[i] > 0;
		most = tally.seen[i] > most ? tally.seen[i] : most;
	}
	talk_u32("samples", tally.samples);
	talk_u32("distinct", distinct);
	talk_u32("longest", tally.longest);
	talk_u32("most", most);
	talk_u32("call-ms", tally.call_ms);
	talk_u32("beyond", tally.beyond);
	talk_u32("ms", port_now_ms() - start);
}

void noise_memory(const uint32_t arg[PROBE_ARGS])
{
	uint8_t buf[ASK + EDGE];
	size_t size = arg[0] < ASK ? arg[0] : ASK, n;
	bool beyond;

	memset(buf, MARK, sizeof buf);
	n = port_memory_noise(buf, size);
	beyond = n > size;
	for (size_t i = size; i < size + EDGE; i++)
		beyond |= buf[i] != MARK;
	talk_u32("len", (uint32_t)n);
	talk_u32("beyond", beyond);
}
