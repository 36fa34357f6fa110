/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern.h"
#include "probe.h"
#include "talk.h"

#include "base/crc.h"
#include "base/packed.h"
#include "store/flash.h"
#include "store/layout.h"

enum { BUFFER = LAYOUT_PAGE_SIZE + 16, EDGE = 4, MARK = 0x5a };

static uint8_t buffer[BUFFER];

static uint32_t stores_end(void)
{
	return LAYOUT_LOG_PAGE * port_flash()->page_size;
}

static void tell(enum err e)
{
	char buf[32];
	struct text t;

	text_init(&t, buf, sizeof buf);
	text_say(&t, err_name(e));
	talk_text("err", buf);
}

void pages_shape(const uint32_t arg[PROBE_ARGS])
{
	const struct flash *f = port_flash();

	(void)arg;
	talk_u32("page-size", f->page_size);
	talk_u32("page-count", f->page_count);
	talk_u32("pages-needed", LAYOUT_PAGES_MIN);
	talk_u32("page-size-needed", LAYOUT_PAGE_SIZE);
	talk_u32("stores-end", stores_end());
}

void pages_erase(const uint32_t arg[PROBE_ARGS])
{
	uint32_t start = port_now_ms();

	if (arg[0] < stores_end()) {
		talk_text("err", "OF_THE_STORES");
		return;
	}
	tell(flash_erase(port_flash(), arg[0]));
	talk_u32("ms", port_now_ms() - start);
}

void pages_program(const uint32_t arg[PROBE_ARGS])
{
	struct pattern p = pattern_of(arg[2]);
	size_t len = arg[1], offset = arg[3];

	if (arg[0] < stores_end()) {
		talk_text("err", "OF_THE_STORES");
		return;
	}
	if (offset > BUFFER || len > BUFFER - offset) {
		talk_text("err", "TOO_LONG");
		return;
	}
	pattern_fill(&p, buffer + offset, len);
	tell(flash_program(port_flash(), arg[0], buffer + offset, len));
}

/* Bytes beside what was asked for must stay. */
static bool edges_kept(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < EDGE; i++)
		if (data[len + i] != MARK)
			return false;
	return data == buffer || data[-1] == MARK;
}

void pages_read(const uint32_t arg[PROBE_ARGS])
{
	size_t len = arg[1], offset = arg[2];
	enum err e;

	/* Far too much is asked for on purpose, to be refused. */
	if (offset > BUFFER - EDGE || (len > BUFFER - EDGE - offset && len < 0x10000)) {
		talk_text("err", "TOO_LONG");
		return;
	}
	for (size_t i = 0; i < BUFFER; i++)
		buffer[i] = MARK;
	e = flash_read(port_flash(), arg[0], buffer + offset, len);
	tell(e);
	if (e == ERR_OK && len < BUFFER) {
		talk_u32("crc", crc32(0, buffer + offset, len));
		talk_u32("edges", edges_kept(buffer + offset, len));
	}
}
