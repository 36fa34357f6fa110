/* SPDX-License-Identifier: Apache-2.0 */
#include "console/check.h"

#include "console/console.h"
#include "device/device.h"
#include "device/preflight.h"

enum { WEIGHT_WIDTH = 9, NAME_WIDTH = 14, TEXT_AT = WEIGHT_WIDTH + NAME_WIDTH };   /* columns */

static void board_row(struct console *c)
{
	struct bytes id = device_unique_id(c->device);
	char hex[2 * 32 + 1];
	struct text t;

	text_init(&t, hex, sizeof hex);
	for (size_t i = 0; i < id.len; i++)
		text_add_hex(&t, id.data[i], 2);
	console_say(c, T("board %s"), hex);
	c->found.errors = c->found.warnings = 0;
}

/* "error:   project       The project id 'My First Project' is not ..." */
static void found_row(struct console *c, const struct preflight *p, const char *sentence)
{
	char word[WEIGHT_WIDTH + 1];
	struct text t;

	text_init(&t, word, sizeof word);
	text_add(&t, p->good ? "ok" : finding_weight_name(p->weight));
	text_add_char(&t, ':');
	out_padded(&c->out, word, WEIGHT_WIDTH);
	out_padded(&c->out, p->what, NAME_WIDTH);
	out_wrapped(&c->out, sentence[0] != '\0' ? sentence : p->code, TEXT_AT);
	if (!p->good && p->weight == WEIGHT_ERROR)
		c->found.errors++;
	if (!p->good && p->weight == WEIGHT_WARNING)
		c->found.warnings++;
}

static void count(struct console *c, unsigned n, const char *what)
{
	out_format(&c->out, "%u %s%s", (uint32_t)n, what, n == 1 ? "" : "s");
}

static void verdict_row(struct console *c)
{
	if (c->found.errors > 0)
		count(c, c->found.errors, "error");
	if (c->found.errors > 0 && c->found.warnings > 0)
		out_text(&c->out, ", ");
	if (c->found.warnings > 0)
		count(c, c->found.warnings, "warning");
	if (c->found.errors + c->found.warnings > 0)
		out_text(&c->out, ": ");
	console_say(c, c->found.errors > 0 ? T("not ready to connect") : T("ready to connect"));
}

bool check_row(struct console *c, unsigned row)
{
	char sentence[PREFLIGHT_TEXT];
	struct preflight p;
	struct text t;

	if (row == 0) {
		board_row(c);
		return true;
	}
	text_init(&t, sentence, sizeof sentence);
	if (!preflight_check(c->device, row - 1, &p, &t, c->now_ms)) {
		verdict_row(c);
		return false;
	}
	if (p.what != NULL)
		found_row(c, &p, sentence);
	return true;
}
