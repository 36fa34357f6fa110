/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A history whose values somebody else wrote: of the input a byte KEY, a byte
 * LENGTH and so many bytes, again and again.  Whatever they are, what is read
 * stays within its bounds, and a verdict that is added is the newest, now and after
 * a restart.
 */
#include "store/history.h"
#include "support/flash_model.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 2048, PAGES = 4, LINE = 900 };

static struct flash_model model;
static struct history h;

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void store(const uint8_t *data, size_t size)
{
	while (size > 2) {
		size_t n = data[1] < size - 2 ? data[1] : size - 2;

		(void)!kv_set(&h.kv, data[0], data + 2, n, KV_APPEND);
		data += 2 + n;
		size -= 2 + n;
	}
}

static void read_all(void)
{
	struct history_verdict v;
	struct history_good good;
	uint8_t line[LINE];
	uint32_t last = UINT32_MAX, per_day;
	unsigned n = 0;
	size_t len;

	history_good(&h, &good);
	must(memchr(good.issuer, '\0', sizeof good.issuer) != NULL && memchr(good.iccid, '\0', sizeof good.iccid) != NULL);
	for (; history_verdict(&h, n, &v, line, sizeof line, &len); n++) {
		must(len <= HISTORY_LINE_MAX && v.number < last && v.at_s >= 0);
		last = v.number;
	}
	must(n <= HISTORY_VERDICTS);
	for (n = 0; history_unsent(&h, &v, line, sizeof line, &len); n++) {
		must(n < HISTORY_VERDICTS);
		history_sent(&h, v.number);
	}
	(void)history_wear(&h, 77, 1800000000, &per_day);
}

static void newest_is(uint16_t code)
{
	struct history_verdict v;
	uint8_t line[LINE];
	size_t len;

	must(history_verdict(&h, 0, &v, line, sizeof line, &len) && v.code == code && v.at_s == 1800000000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t text[HISTORY_LINE_MAX] = "diagnosis: ";

	flash_model_init(&model, PAGE, PAGES, 1);
	must(history_init(&h, &model.flash, 0, PAGES) == ERR_OK);
	store(data, size);
	must(history_init(&h, &model.flash, 0, PAGES) == ERR_OK);
	read_all();
	for (uint16_t code = 60001; code < 60006; code++) {
		history_add(&h, code, 1800000000, (struct bytes){ text, sizeof text });
		newest_is(code);
	}
	must(history_init(&h, &model.flash, 0, PAGES) == ERR_OK);
	newest_is(60005);
	read_all();
	must(model.violations == 0);
	return 0;
}
