/* SPDX-License-Identifier: Apache-2.0 */
#include "console/entropy.h"

#include "console/console.h"
#include "device/device.h"

enum { NAME_WIDTH = 14 };   /* columns */

static void name(struct console *c, const char *text)
{
	out_padded(&c->out, text, NAME_WIDTH);
}

/* ---- the table ---------------------------------------------------------- */

static void source_row(struct console *c, enum noise_source source)
{
	static const char *const states[] = {
		[NOISE_ABSENT] = T("absent"), [NOISE_TESTING] = T("testing"), [NOISE_PASSING] = T("passing"),
		[NOISE_RESTING] = T("failed, rests"), [NOISE_DEAD] = T("failed, off until a restart"),
	};
	const struct noise *n = entropy_noise(c->device);
	const struct noise_health *h = &n->sources[source];
	uint32_t used = h->good > NOISE_STARTUP ? (uint32_t)h->good - NOISE_STARTUP : 0;

	name(c, noise_rules[source].name);
	out_text(&c->out, states[h->state]);
	if (h->state != NOISE_ABSENT)
		out_format(&c->out, T("; samples: %u, failures: %u, bits assessed: %u, credited: %u"), h->samples,
			   h->failures, used * noise_rules[source].tenths / 10, (uint32_t)noise_credit(n, source));
	out_end(&c->out);
}

static void seed_row(struct console *c)
{
	struct entropy_seed seed = entropy_seed(c->device);

	name(c, "seed");
	console_say(c, T("%s; seeds stored so far: %u"),
		    !seed.stored ? "none" : seed.self_made ? T("made here from noise") : T("provisioned"), seed.count);
}

static void generator_row(struct console *c)
{
	struct device_status status;

	device_status(c->device, &status, c->now_ms);
	name(c, T("generator"));
	console_say(c, status.seeded ? "ready" : T("locked until it is needed"));
}

bool entropy_row(struct console *c, unsigned row)
{
	if (row < NOISE_SOURCES) {
		source_row(c, (enum noise_source)row);
		return true;
	}
	seed_row(c);
	generator_row(c);
	return false;
}

/* ---- raw samples -------------------------------------------------------- */

static bool sample_row(struct console *c, unsigned row)
{
	uint8_t samples[ENTROPY_DUMP_SIZE];
	char hex[2 * ENTROPY_DUMP_SIZE + 1];
	size_t n = entropy_dump_take(c->device, samples);
	bool more = entropy_dump_left(c->device) > 0;
	struct text t;

	(void)row;
	if (n == 0 && more) {
		console_rows_later(c);
		return true;
	}
	text_init(&t, hex, sizeof hex);
	for (size_t i = 0; i < n; i++)
		text_add_hex(&t, samples[i], 2);
	console_say(c, "%s", n > 0 ? hex : T("error: no more samples come"));
	if (n > 0 && !more)
		console_say(c, "end");
	return more;
}

static void say_no_source(struct console *c, struct bytes source)
{
	const struct noise *n = entropy_noise(c->device);

	out_format(&c->out, T("error: no noise source %q here; there are:"), &source);
	for (unsigned i = 0; i < NOISE_SOURCES; i++)
		if (n->sources[i].state != NOISE_ABSENT)
			out_format(&c->out, " %s", noise_rules[i].name);
	out_end(&c->out);
}

void entropy_show_samples(struct console *c, struct bytes source, struct bytes n)
{
	unsigned i = 0;
	uint32_t count;

	while (i < NOISE_SOURCES && !bytes_equal_text(source, noise_rules[i].name))
		i++;
	if (!bytes_to_u32(n, ENTROPY_DUMP_MAX, &count) || count == 0)
		console_say(c, T("error: number of samples %q is not 1 to %u"), &n, (uint32_t)ENTROPY_DUMP_MAX);
	else if (i == NOISE_SOURCES || entropy_dump(c->device, (enum noise_source)i, count, c->now_ms) != ERR_OK)
		say_no_source(c, source);
	else
		console_rows(c, sample_row);
}
