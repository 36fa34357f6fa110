/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demo.h - what the demo does with a device: telemetry at an interval, a
 * configuration, two commands, and a line on the console for each step.
 *
 * telemetry      {"seq":1,"uptime_s":12,"temperature_c":23.4,"signal_dbm":-71}
 *                what is not known is null
 * configuration  see demo_config.h; checked whole, then stored, then reported
 * state          {"LedOn":true,"TelemetryInterval":5,"version":"0.1.0",
 *                "restart":"watchdog"}, with "error" when the last configuration
 *                or command was refused, else with "fault" when one ended the run
 *                before this
 * commands       blink, reboot; see demo_config.h
 *
 * A reboot acts once.  One with an id is remembered in flash before it acts and
 * never acts again.  One without an id cannot be told from its own redelivery:
 * after the first, such a command is refused within DEMO_FRESH_MS of a login,
 * when redelivered ones arrive.
 */
#ifndef TERN_APP_DEMO_H
#define TERN_APP_DEMO_H

#include "base/bytes.h"
#include "demo_config.h"

#include <stdbool.h>
#include <stdint.h>

struct console;
struct device;
struct device_event;

enum {
	DEMO_FRESH_MS       = 10000,
	DEMO_ACK_MS         = 1500,   /* for the acknowledgement of the reboot command to leave */
	DEMO_STOP_MS        = 1500,   /* for the session to end in order */
	DEMO_BLINK_MS       = 250,    /* on, and as long off */
	DEMO_FAULT_SIZE     = 96,
	DEMO_TELEMETRY_SIZE = 128,
	DEMO_STATE_SIZE     = 224
};

enum demo_reboot { DEMO_RUNNING, DEMO_REBOOT_ASKED, DEMO_STOPPING };

struct demo {
	struct device  *device;
	struct console *console;
	const char     *version;
	bool     has_temperature;
	int      temperature;        /* tenths of a degree Celsius */
	bool     led_on;             /* as configured */
	uint32_t blinks_left;        /* half periods: on and off */
	uint32_t blink_ms;           /* end of the current one */
	uint64_t uptime_ms;
	uint32_t step_ms;            /* when uptime_ms was right */
	uint32_t published_ms;       /* the last telemetry, or the start */
	uint32_t online_ms;          /* when the session began */
	uint32_t seq;
	bool     failed;             /* a connection or a try; a login ends it, and 'stop' */
	bool     full;               /* the outbox was full, and said so */
	uint32_t unsaid;             /* lines that found no room on the console */
	enum demo_reboot reboot;
	uint32_t reboot_ms;          /* the next step of it */
	const char *restart;         /* why this run began; NULL: not told */
	char     fault[DEMO_FAULT_SIZE];   /* what ended the run before; "" if no fault did */
	char     why[DEMO_WHY_SIZE]; /* the last configuration or command was refused; "" if not */
};

/* Begin; reads the LED from the settings.  All three stay borrowed. */
void demo_init(struct demo *d, struct device *device, struct console *console, const char *version, uint32_t now_ms);

/* Why the board started (a static string), and the last words of the run before it, if any. */
void demo_started(struct demo *d, const char *restart, const char *fault);

/* A temperature was measured, tenths of a degree Celsius. */
void demo_temperature(struct demo *d, int tenths);

/* The button was pressed: telemetry at once. */
void demo_button(struct demo *d, uint32_t now_ms);

/* Handle an event of the device. */
void demo_event(struct demo *d, const struct device_event *ev, uint32_t now_ms);

/* Publish when it is time, blink, go on with a reboot. */
void demo_step(struct demo *d, uint32_t now_ms);
bool demo_deadline(const struct demo *d, uint32_t *at_ms);

bool demo_led(const struct demo *d);
bool demo_reboot_due(const struct demo *d, uint32_t now_ms);

/* The texts, for demo_step() and the tests. */
void demo_telemetry(const struct demo *d, int signal_dbm, struct text *json);
void demo_state(const struct demo *d, struct text *json);

#endif
