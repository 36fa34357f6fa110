/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud.h"

#include "app.h"
#include "main.h"
#include "noise.h"
#include "store.h"
#include "uart_ring.h"

#include <stddef.h>
#include <tern.h>

enum { CHUNK = 128, SLEEP_MAX_MS = 1000 };

extern UART_HandleTypeDef huart2;      /* the modem's; CubeMX makes it */

static struct tern tern;
static _Alignas(8) uint8_t arena[TERN_ARENA_SIZE * sizeof(void *) / 4];
static uint8_t outbox[1024];
static uint32_t unique_id[3];

static struct uart_ring modem;
static uint8_t chunk[CHUNK];           /* read from the modem, not yet taken by Tern */
static size_t chunk_at, chunk_len;

void cloud_init(void)
{
	struct tern_config cfg = {
		.flash = &store, .arena = arena, .arena_size = sizeof arena, .outbox = outbox,
		.outbox_size = sizeof outbox, .unique_id = unique_id, .unique_id_len = sizeof unique_id,
		.noise = noise_sources,
	};
	const char *missing = NULL;
	int err;

	unique_id[0] = HAL_GetUIDw0();
	unique_id[1] = HAL_GetUIDw1();
	unique_id[2] = HAL_GetUIDw2();
	uart_ring_start(&modem, &huart2);
	err = tern_init(&tern, &cfg, HAL_GetTick());
	app_init(&tern, HAL_GetTick());
	if (err != TERN_OK)
		app_start_failed(err, NULL);
	err = tern_start(&tern, &missing, HAL_GetTick());
	if (err != TERN_OK)
		app_start_failed(err, missing);
}

/* Each true when something moved. */
static bool modem_in(uint32_t now_ms)
{
	size_t n;

	if (chunk_at == chunk_len) {
		chunk_at = 0;
		chunk_len = uart_ring_read(&modem, chunk, sizeof chunk);
	}
	n = chunk_at < chunk_len ? tern_modem_feed(&tern, chunk + chunk_at, chunk_len - chunk_at, now_ms) : 0;
	chunk_at += n;
	return n > 0;
}

static bool modem_out(void)
{
	size_t len;
	const void *data = tern_modem_tx_peek(&tern, &len);
	size_t n = data != NULL ? uart_ring_write(&modem, data, len) : 0;

	if (n > 0)
		tern_modem_tx_done(&tern, n);
	return n > 0;
}

static bool events(uint32_t now_ms)
{
	struct tern_event ev;
	bool any = false;

	for (; tern_next(&tern, &ev); any = true)
		app_event(&ev, now_ms);
	return any;
}

bool cloud_pass(void)
{
	uint32_t now_ms = HAL_GetTick();
	bool moved = modem_in(now_ms);

	moved |= noise_give(&tern, now_ms);
	tern_step(&tern, now_ms);
	moved |= events(now_ms);
	moved |= app_step(now_ms);
	moved |= modem_out();
	return moved;
}

static uint32_t earlier(uint32_t sleep_ms, uint32_t at_ms, uint32_t now_ms)
{
	int32_t left = (int32_t)(at_ms - now_ms);

	if (left <= 0)
		return 0;
	return (uint32_t)left < sleep_ms ? (uint32_t)left : sleep_ms;
}

uint32_t cloud_sleep_ms(void)
{
	uint32_t now_ms = HAL_GetTick(), sleep_ms = SLEEP_MAX_MS, at_ms;

	if (tern_deadline(&tern, now_ms, &at_ms))
		sleep_ms = earlier(sleep_ms, at_ms, now_ms);
	if (app_deadline(&at_ms))
		sleep_ms = earlier(sleep_ms, at_ms, now_ms);
	return sleep_ms;
}
