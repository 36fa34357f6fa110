/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clash.c - a program with functions of its own under names that Tern and
 * mbedTLS use inside.  It links beside libtern.a only if the library shows
 * nothing but tern_*; and Tern must still work with its own.
 */
#include <stdio.h>
#include <string.h>
#include <tern.h>

static int mine;

int mqtt_publish(void);
int mqtt_init(void);
int device_init(void);
int device_step(void);
int tls_init(void);
int arena_alloc(void);
int settings_get(void);
int bytes_of(void);
int err_text(void);
int at_init(void);
int mbedtls_ssl_init(void);
int mbedtls_sha256(void);
int mbedtls_mpi_init(void);

int mqtt_publish(void) { return ++mine; }
int mqtt_init(void) { return ++mine; }
int device_init(void) { return ++mine; }
int device_step(void) { return ++mine; }
int tls_init(void) { return ++mine; }
int arena_alloc(void) { return ++mine; }
int settings_get(void) { return ++mine; }
int bytes_of(void) { return ++mine; }
int err_text(void) { return ++mine; }
int at_init(void) { return ++mine; }
int mbedtls_ssl_init(void) { return ++mine; }
int mbedtls_sha256(void) { return ++mine; }
int mbedtls_mpi_init(void) { return ++mine; }

enum { PAGE = 2048 };

static uint8_t pages[TERN_FLASH_PAGES * PAGE];
static _Alignas(max_align_t) uint8_t arena[2 * TERN_ARENA_SIZE];
static uint8_t outbox[1024];
static struct tern tern;

static int flash_read(void *ctx, uint32_t addr, void *buf, size_t len)
{
	(void)ctx;
	memcpy(buf, pages + addr, len);
	return 0;
}

static int flash_erase(void *ctx, uint32_t addr)
{
	(void)ctx;
	memset(pages + addr, 0xff, PAGE);
	return 0;
}

static int flash_program(void *ctx, uint32_t addr, const void *data, size_t len)
{
	(void)ctx;
	memcpy(pages + addr, data, len);
	return 0;
}

static int failed;

static void expect(int is_true, const char *what)
{
	if (!is_true) {
		printf("not so: %s\n", what);
		failed = 1;
	}
}

int main(void)
{
	static const struct tern_flash flash = { NULL, PAGE, TERN_FLASH_PAGES, flash_read, flash_erase, flash_program };
	const struct tern_config cfg = { &flash, arena, sizeof arena, outbox, sizeof outbox, "clash", 5, 0 };
	const char *missing = NULL;
	char value[64] = "";

	memset(pages, 0xff, sizeof pages);
	expect(tern_init(&tern, &cfg, 0) == TERN_OK, "init on erased flash");
	expect(tern_start(&tern, &missing, 0) != TERN_OK && missing != NULL, "a start without settings names one");
	expect(tern_set(&tern, "host", "mqtt.tern.example") == TERN_OK, "a host is taken");
	expect(tern_set(&tern, "host", "not a host") != TERN_OK, "a bad host is refused");
	expect(tern_get(&tern, "host", value, sizeof value) == TERN_OK, "it can be read back");
	expect(strcmp(value, "mqtt.tern.example") == 0, "and is what was set");
	expect(tern_set_key(&tern, "no PEM", 6) != TERN_OK, "what is no key is refused");
	expect(tern_get(&tern, "key", value, sizeof value) != TERN_OK, "a key is never read back");
	expect(mine == 0, "none of the program's own functions was called by Tern");
	expect(mqtt_publish() + device_init() == 3, "the program's own functions are its own");
	return failed;
}
