/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flash that holds anything: a good image with bytes changed, three bytes of
 * input a change (address, value).  Whatever kv_init() makes of it, a value
 * that is stored afterwards is there, now and after a restart.
 */
#include "store/kv.h"
#include "support/flash_model.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 256, PAGES = 8, SIZE = PAGE * PAGES };

static struct flash_model good, model;
static struct kv kv;

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void make_good_image(void)
{
	flash_model_init(&good, PAGE, PAGES, 1);
	must(kv_init(&kv, &good.flash, 0, PAGES) == ERR_OK);
	for (unsigned i = 0; i < 9; i++)
		must(kv_set(&kv, 1 + i % 4, "abcdefghijklmnopqrstuvwxyz", 5 + 2 * i, KV_APPEND) == ERR_OK);
	must(kv_set(&kv, 2, "moved", 5, KV_LEAVE_NO_COPY) == ERR_OK);
	must(kv_set(&kv, 3, "appended", 8, KV_APPEND) == ERR_OK);
}

static void change(const uint8_t *data, size_t size)
{
	flash_model_copy(&model, &good);
	for (; size >= 3; data += 3, size -= 3) {
		uint32_t at = ((uint32_t)data[0] << 8 | data[1]) % SIZE;

		model.mem[at] = data[2];
		model.state[at / FLASH_GRANULE] = 1;   /* written */
	}
}

static void check(const char *want, size_t want_len)
{
	uint8_t buf[KV_VALUE_MAX];
	size_t len;

	for (unsigned key = 0; key <= KV_LIMIT; key++)
		if (kv_get(&kv, key, buf, sizeof buf, &len) == ERR_OK)
			must(kv_read(&kv, key, len / 2, buf, len - len / 2) == ERR_OK);
	must(kv_get(&kv, 5, buf, sizeof buf, &len) == ERR_OK && len == want_len && memcmp(buf, want, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool made;
	enum err e;

	if (!made)
		make_good_image();
	made = true;
	change(data, size);
	e = kv_init(&kv, &model.flash, 0, PAGES);
	must(e == ERR_OK || e == ERR_STORE_CORRUPT);
	must(kv_set(&kv, 5, "a new value", 11, KV_APPEND) == ERR_OK);
	check("a new value", 11);
	must(kv_init(&kv, &model.flash, 0, PAGES) == ERR_OK);
	check("a new value", 11);
	must(kv_set(&kv, 5, "another", 7, KV_LEAVE_NO_COPY) == ERR_OK);
	check("another", 7);
	must(model.violations == 0);
	return 0;
}
