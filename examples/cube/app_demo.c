/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app_demo.c - the demo: Tern's console on USART3, telemetry at the set interval, a
 * line for what happens, and commands from the cloud: led (on, off), reboot.
 */
#include "app.h"
#include "main.h"
#include "uart_ring.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INTERVAL_S = 60, LINE = 200 };

extern UART_HandleTypeDef huart3;      /* the console's; CubeMX makes it */

static struct tern *tern;
static struct tern_console console;
static struct uart_ring line;
static uint8_t typed[32];              /* read from the line, not yet taken by the console */
static size_t typed_at, typed_len;
static uint32_t publish_ms;

static void say(const char *a, const char *b)
{
	char text[LINE];

	snprintf(text, sizeof text, "%s%s", a, b);
	(void)tern_console_print(&console, text);      /* with no room for it a line is left out */
}

void app_init(struct tern *t, uint32_t now_ms)
{
	tern = t;
	publish_ms = now_ms;
	uart_ring_start(&line, &huart3);
	tern_console_init(&console, t, "cube-demo", now_ms);
}

void app_start_failed(int err, const char *missing)
{
	say(missing != NULL ? missing : "not started", ": ");
	say("error: ", tern_err_text(err));
}

/* ---- telemetry ---- */

static uint32_t interval_ms(void)
{
	char text[12];
	unsigned long s = tern_get(tern, "interval", text, sizeof text) == TERN_OK ? strtoul(text, NULL, 10) : 0;

	return (uint32_t)(s > 0 ? s : INTERVAL_S) * 1000;
}

static void publish(uint32_t now_ms)
{
	struct tern_status status;
	char json[80], text[LINE];
	uint32_t seq;
	int n, err;

	tern_get_status(tern, &status, now_ms);
	n = snprintf(json, sizeof json, "{\"uptime_s\":%lu,\"signal_dbm\":%d}", (unsigned long)(now_ms / 1000),
		     status.signal_dbm);
	err = tern_publish(tern, NULL, json, (size_t)n, &seq);
	if (err == TERN_OK)
		snprintf(text, sizeof text, "telemetry %lu %s", (unsigned long)seq, json);
	else
		snprintf(text, sizeof text, "error: telemetry not queued: %s", tern_err_text(err));
	say(text, "");
}

/* ---- what happens ---- */

static bool is(const struct tern_event *ev, const char *name, const char *payload)
{
	return ev->subfolder_len == strlen(name) && memcmp(ev->subfolder, name, ev->subfolder_len) == 0 &&
	       (payload == NULL || (ev->len == strlen(payload) && memcmp(ev->data, payload, ev->len) == 0));
}

static void on_command(const struct tern_event *ev)
{
	if (is(ev, "led", "on"))
		HAL_GPIO_WritePin(LD2_GPIO_Port, LD2_Pin, GPIO_PIN_SET);
	else if (is(ev, "led", "off"))
		HAL_GPIO_WritePin(LD2_GPIO_Port, LD2_Pin, GPIO_PIN_RESET);
	else if (is(ev, "reboot", NULL))
		NVIC_SystemReset();
	else
		say("command refused; known: led with on or off, reboot", "");
}

static void on_acked(uint32_t seq)
{
	char text[32];

	snprintf(text, sizeof text, "acknowledged %lu", (unsigned long)seq);
	say(text, "");
}

void app_event(const struct tern_event *ev, uint32_t now_ms)
{
	if (ev->type == TERN_EVENT_STATE) {
		say("device: ", ev->state);
		if (strcmp(ev->state, "online") == 0)
			publish_ms = now_ms;           /* at once, then at the interval */
	}
	if (ev->type == TERN_EVENT_LOST && ev->err != TERN_OK)
		say("error: ", tern_err_text(ev->err));
	else if (ev->type == TERN_EVENT_ACKED)
		on_acked(ev->seq);
	else if (ev->type == TERN_EVENT_COMMAND)
		on_command(ev);
	else if (ev->type == TERN_EVENT_CONFIG)
		tern_config_done(tern, now_ms);
}

/* ---- the loop ---- */

static bool line_in(uint32_t now_ms)
{
	size_t n;

	if (typed_at == typed_len) {
		typed_at = 0;
		typed_len = uart_ring_read(&line, typed, sizeof typed);
	}
	n = typed_at < typed_len ? tern_console_feed(&console, typed + typed_at, typed_len - typed_at, now_ms) : 0;
	memset(typed + typed_at, 0, n);                /* it may have been a key */
	typed_at += n;
	return n > 0;
}

static bool line_out(void)
{
	size_t len;
	const void *data = tern_console_tx_peek(&console, &len);
	size_t n = data != NULL ? uart_ring_write(&line, data, len) : 0;

	if (n > 0)
		tern_console_tx_done(&console, n);
	return n > 0;
}

static bool is_started(uint32_t now_ms)
{
	struct tern_status status;

	tern_get_status(tern, &status, now_ms);
	return strcmp(status.state, "stopped") != 0;
}

bool app_step(uint32_t now_ms)
{
	bool moved = line_in(now_ms);

	tern_console_step(&console, now_ms);
	if ((int32_t)(now_ms - publish_ms) >= 0) {
		publish_ms = now_ms + interval_ms();
		if (is_started(now_ms))
			publish(now_ms);
	}
	moved |= line_out();
	if (tern_console_reboot_asked(&console))
		NVIC_SystemReset();
	return moved;
}

bool app_deadline(uint32_t *at_ms)
{
	uint32_t console_ms;

	*at_ms = publish_ms;
	if (tern_console_deadline(&console, &console_ms) && (int32_t)(console_ms - *at_ms) < 0)
		*at_ms = console_ms;
	return true;
}
