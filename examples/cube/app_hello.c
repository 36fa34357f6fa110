/* SPDX-License-Identifier: Apache-2.0 */
/* app_hello.c - says hello every ten seconds; the LED goes on with the first acknowledgement. */
#include "app.h"
#include "bench.h"
#include "main.h"

#include <stddef.h>

enum { EVERY_MS = 10000 };

static struct tern *tern;
static uint32_t publish_ms;

/* For the debugger: what is wrong, and with which value. */
int app_error;
const char *app_error_text, *app_error_value;

static void note(int err, const char *value)
{
	app_error = err;
	app_error_text = tern_err_text(err);
	app_error_value = value;
}

/* The first error counts: what was refused is missing afterwards. */
void app_start_failed(int err, const char *missing)
{
	if (app_error == TERN_OK)
		note(err, missing);
}

void app_init(struct tern *t, uint32_t now_ms)
{
	const char *what = NULL;
	int err = bench_provision(t, &what);

	tern = t;
	publish_ms = now_ms;
	if (err != TERN_OK)
		note(err, what);
}

void app_event(const struct tern_event *ev, uint32_t now_ms)
{
	if (ev->type == TERN_EVENT_ACKED)
		HAL_GPIO_WritePin(LD2_GPIO_Port, LD2_Pin, GPIO_PIN_SET);
	else if (ev->type == TERN_EVENT_LOST)
		note(ev->err, NULL);
	else if (ev->type == TERN_EVENT_CONFIG)
		tern_config_done(tern, now_ms);
}

/* A full outbox is no error here: the next hello says the same. */
bool app_step(uint32_t now_ms)
{
	uint32_t seq;

	if ((int32_t)(now_ms - publish_ms) < 0)
		return false;
	publish_ms = now_ms + EVERY_MS;
	return tern_publish(tern, NULL, "hello", 5, &seq) == TERN_OK;
}

bool app_deadline(uint32_t *at_ms)
{
	*at_ms = publish_ms;
	return true;
}
