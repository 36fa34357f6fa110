/* SPDX-License-Identifier: Apache-2.0 */
#include "demo.h"

#include "base/packed.h"
#include "base/ticks.h"
#include "console/console.h"
#include "device/values.h"
#include "device/clock.h"
#include "device/device.h"
#include "modem/cellular.h"
#include "store/settings.h"

#include <stdarg.h>
#include <string.h>

enum { SHOWN = 40 };

_Static_assert((int)DEMO_INTERVAL_MAX_S == (int)VALUES_INTERVAL_MAX_S, "cloud and console set the same interval");

/* What is remembered of a reboot command without an id. */
static const char no_id[] = "?";

/* ---- lines -------------------------------------------------------------- */

static void say(struct demo *d, const char *format, ...)
{
	va_list args;

	if (d->unsaid > 0 && console_print(d->console, T("(%u lines not shown)"), d->unsaid))
		d->unsaid = 0;
	va_start(args, format);
	if (d->unsaid > 0 || !console_print_list(d->console, format, args))
		d->unsaid++;
	va_end(args);
}

/* ---- the texts ---------------------------------------------------------- */

static uint32_t interval_s(const struct demo *d)
{
	uint32_t seconds;

	if (settings_get_u32(device_settings(d->device), SETTINGS_INTERVAL, &seconds) != ERR_OK || seconds == 0 ||
	    seconds > DEMO_INTERVAL_MAX_S)
		return VALUES_INTERVAL_S;
	return seconds;
}

static void add_tenths(struct text *t, int tenths)
{
	unsigned size = tenths < 0 ? 0u - (unsigned)tenths : (unsigned)tenths;

	text_add(t, tenths < 0 ? "-" : "");
	text_add_u32(t, size / 10);
	text_add_char(t, '.');
	text_add_u32(t, size % 10);
}

void demo_telemetry(const struct demo *d, int signal_dbm, struct text *json)
{
	text_add(json, "{\"seq\":");
	text_add_u32(json, d->seq);
	text_add(json, ",\"uptime_s\":");
	text_add_i64(json, (int64_t)(d->uptime_ms / 1000));
	text_add(json, ",\"temperature_c\":");
	if (d->has_temperature)
		add_tenths(json, d->temperature);
	else
		text_add(json, "null");
	text_add(json, ",\"signal_dbm\":");
	if (signal_dbm < 0)
		text_add_i64(json, signal_dbm);
	else
		text_add(json, "null");
	text_add_char(json, '}');
}

void demo_state(const struct demo *d, struct text *json)
{
	text_add(json, "{\"LedOn\":");
	text_add(json, d->led_on ? "true" : "false");
	text_add(json, ",\"TelemetryInterval\":");
	text_add_u32(json, interval_s(d));
	text_add(json, ",\"version\":\"");
	text_add(json, d->version);
	if (d->restart != NULL) {
		text_add(json, "\",\"restart\":\"");
		text_say(json, d->restart);
	}
	if (d->why[0] != '\0' || d->fault[0] != '\0') {
		text_add(json, d->why[0] != '\0' ? "\",\"error\":\"" : "\",\"fault\":\"");
		text_add(json, d->why[0] != '\0' ? d->why : d->fault);
	}
	text_add(json, "\"}");
}

static void report(struct demo *d, uint32_t now_ms)
{
	char buf[DEMO_STATE_SIZE];
	struct text json;
	enum err err;

	text_init(&json, buf, sizeof buf);
	demo_state(d, &json);
	err = device_report_state(d->device, text_bytes(&json), now_ms);
	if (err != ERR_OK && err != ERR_STATE)       /* stopped: reported at the next login */
		say(d, T("error: state not reported: %s"), err_text(err));
}

/* ---- telemetry ---------------------------------------------------------- */

static int signal_dbm(const struct demo *d, uint32_t now_ms)
{
	struct device_status status;

	device_status(d->device, &status, now_ms);
	return status.cellular->rssi_dbm == CELLULAR_UNKNOWN ? 0 : status.cellular->rssi_dbm;
}

static bool is_started(const struct demo *d, uint32_t now_ms)
{
	struct device_status status;

	device_status(d->device, &status, now_ms);
	return status.state != DEVICE_STOPPED;
}

static void publish(struct demo *d, uint32_t now_ms)
{
	char buf[DEMO_TELEMETRY_SIZE];
	struct text json;
	uint32_t seq;
	enum err err;

	d->seq++;
	text_init(&json, buf, sizeof buf);
	demo_telemetry(d, signal_dbm(d, now_ms), &json);
	err = device_publish(d->device, NULL, text_bytes(&json), &seq);
	if (err != ERR_OK) {
		if (!d->full)
			say(d, T("error: telemetry not queued: %s"), err_text(err));
		d->full = true;
		return;
	}
	d->full = false;
	say(d, T("telemetry %u %r"), seq, buf);
}

/* ---- connection --------------------------------------------------------- */

/* On the way back from a failure only its end is news: the console says the
 * diagnosis, once a cause, and with it when the next try is. */
static void on_state(struct demo *d, enum device_state state, uint32_t now_ms)
{
	struct device_status status;

	device_status(d->device, &status, now_ms);
	d->failed &= state != DEVICE_ONLINE && state != DEVICE_STOPPED;
	if (!d->failed)
		say(d, state == DEVICE_WAIT ? T("device: %s, next try in %u s") : T("device: %s"),
		    device_state_name(state), (status.retry_ms + 999) / 1000);
	if (state != DEVICE_ONLINE)
		return;
	d->online_ms = now_ms;
	report(d, now_ms);
}

static void on_lost(struct demo *d, const struct device_event *ev)
{
	if (ev->err == ERR_IOTCORE_RENEW)    /* planned: of this the diagnosis says nothing */
		say(d, T("note: %s"), err_text(ev->err));
	d->failed |= ev->err != ERR_OK;
}

static void on_time(struct demo *d, uint32_t now_ms)
{
	char text[CLOCK_TEXT_SIZE];
	struct device_status status;

	device_status(d->device, &status, now_ms);
	clock_text(status.unix_s, text);
	say(d, T("clock: %s"), text);
}

/* ---- configuration ------------------------------------------------------ */

static enum err apply(struct demo *d, const struct demo_config *cfg)
{
	struct settings *s = device_settings(d->device);
	enum err err = ERR_OK;

	if (cfg->has_interval)
		err = settings_set_u32(s, SETTINGS_INTERVAL, cfg->interval_s);
	if (err == ERR_OK && cfg->has_led)
		err = settings_set_u32(s, SETTINGS_LED, cfg->led);
	if (err == ERR_OK && cfg->has_led)
		d->led_on = cfg->led;
	return err;
}

static void on_config(struct demo *d, struct bytes json, uint32_t now_ms)
{
	struct demo_config cfg;
	struct text why;
	enum err err;

	d->why[0] = '\0';
	if (demo_config_parse(json, &cfg, d->why)) {
		err = apply(d, &cfg);
		text_init(&why, d->why, sizeof d->why);
		text_say(&why, err == ERR_OK ? "" : err_text(err));
	}
	if (d->why[0] != '\0')
		say(d, T("config refused: %r"), d->why);
	else if (json.len > 0)
		say(d, T("config applied"));
	report(d, now_ms);
	device_config_done(d->device, now_ms);
}

static void on_refused(struct demo *d, const struct device_event *ev, uint32_t now_ms)
{
	struct text why;

	text_init(&why, d->why, sizeof d->why);
	text_say(&why, err_text(ev->err));
	text_add(&why, " (");
	text_add_u32(&why, (uint32_t)ev->size);
	text_say(&why, T(" bytes)"));
	say(d, T("error: %r"), d->why);
	report(d, now_ms);
}

/* ---- commands ----------------------------------------------------------- */

static bool refuse(struct demo *d, const char *why)
{
	struct text t;

	text_init(&t, d->why, sizeof d->why);
	text_say(&t, why);
	return false;
}

static bool blink(struct demo *d, const struct demo_command *cmd, uint32_t now_ms)
{
	d->blinks_left = 2 * (cmd->count > 0 ? cmd->count : 1);
	d->blink_ms = now_ms + DEMO_BLINK_MS;
	return true;
}

/* Did this very command act already? */
static bool acted_before(struct demo *d, struct bytes id, uint32_t now_ms)
{
	char last[DEMO_ID_MAX + 1];
	size_t len;

	if (settings_get_text(device_settings(d->device), SETTINGS_COMMAND_ID, last, sizeof last, &len) != ERR_OK)
		return false;
	if (!bytes_equal(id, (struct bytes){ (const uint8_t *)last, len }))
		return false;
	return !bytes_equal_text(id, no_id) || !ticks_reached(now_ms, d->online_ms + DEMO_FRESH_MS);
}

/* Remembered first: a cut of the power then loses the reboot, which a cut is,
 * and never repeats it. */
static bool reboot(struct demo *d, const struct demo_command *cmd, uint32_t now_ms)
{
	struct bytes id = cmd->id.len > 0 ? cmd->id : bytes_of(no_id);

	if (d->reboot != DEMO_RUNNING)
		return true;
	if (acted_before(d, id, now_ms))
		return refuse(d, cmd->id.len > 0 ? T("this reboot has acted already") :
			      T("reboot without id just after the login: may be an old one; send it with an id"));
	if (settings_set(device_settings(d->device), SETTINGS_COMMAND_ID, id.data, id.len) != ERR_OK)
		return refuse(d, T("reboot not remembered in flash, so not done"));
	d->reboot = DEMO_REBOOT_ASKED;
	d->reboot_ms = now_ms + DEMO_ACK_MS;
	return true;
}

/* What somebody sent, fit for a line. */
static void printable(struct bytes b, char name[SHOWN + 4])
{
	struct text t;

	text_init(&t, name, SHOWN + 4);
	for (size_t i = 0; i < b.len && i < SHOWN; i++)
		text_add_char(&t, b.data[i] >= ' ' && b.data[i] <= '~' ? (char)b.data[i] : '?');
	text_add(&t, b.len > SHOWN ? "..." : "");
}

static void on_command(struct demo *d, const struct device_event *ev, uint32_t now_ms)
{
	char name[SHOWN + 4];
	struct demo_command cmd;
	bool done = demo_command_parse(ev->subfolder, ev->data, &cmd, d->why);

	if (done && bytes_equal_text(cmd.name, "blink"))
		done = blink(d, &cmd, now_ms);
	else if (done && bytes_equal_text(cmd.name, "reboot"))
		done = reboot(d, &cmd, now_ms);
	else if (done)
		done = refuse(d, T("unknown command; known: blink, reboot"));
	if (done)
		d->why[0] = '\0';
	printable(cmd.name, name);
	say(d, done ? T("command %s") : T("command %s refused: %r"), name, d->why);
	if (!done)
		report(d, now_ms);
}

/* ---- the interface ------------------------------------------------------ */

void demo_init(struct demo *d, struct device *device, struct console *console, const char *version, uint32_t now_ms)
{
	uint32_t led;

	*d = (struct demo){ .device = device, .console = console, .version = version,
			    .step_ms = now_ms, .published_ms = now_ms };
	d->led_on = settings_get_u32(device_settings(device), SETTINGS_LED, &led) == ERR_OK && led != 0;
}

void demo_started(struct demo *d, const char *restart, const char *fault)
{
	struct text t;

	d->restart = restart;
	text_init(&t, d->fault, sizeof d->fault);
	text_add(&t, fault);
}

void demo_temperature(struct demo *d, int tenths)
{
	d->has_temperature = true;
	d->temperature = tenths;
}

void demo_event(struct demo *d, const struct device_event *ev, uint32_t now_ms)
{
	switch (ev->type) {
	case DEVICE_EV_STATE:
		on_state(d, ev->state, now_ms);
		break;
	case DEVICE_EV_LOST:
		on_lost(d, ev);
		break;
	case DEVICE_EV_CONFIG:
		on_config(d, ev->data, now_ms);
		break;
	case DEVICE_EV_REFUSED:
		on_refused(d, ev, now_ms);
		break;
	case DEVICE_EV_COMMAND:
		on_command(d, ev, now_ms);
		break;
	case DEVICE_EV_ACKED:
		say(d, T("acknowledged %u"), ev->seq);
		break;
	case DEVICE_EV_STATE_ACKED:
		say(d, T("state acknowledged"));
		break;
	case DEVICE_EV_TIME:
		on_time(d, now_ms);
		break;
	case DEVICE_EV_NOISE:
		say(d, T("warning: %s: %s"), noise_rules[ev->noise].name, err_text(ev->err));
		break;
	case DEVICE_EV_DIAGNOSIS:    /* the console's: console_event() */
		break;
	case DEVICE_EV_MODEM_OFF:
		say(d, ev->err == ERR_OK ? "the modem is off" : "error: the modem may still be on");
		break;
	}
}

static uint32_t publish_at(const struct demo *d)
{
	return d->published_ms + interval_s(d) * 1000;
}

void demo_button(struct demo *d, uint32_t now_ms)
{
	d->published_ms = now_ms - interval_s(d) * 1000;
}

static void step_blink(struct demo *d, uint32_t now_ms)
{
	if (d->blinks_left == 0 || !ticks_reached(now_ms, d->blink_ms))
		return;
	d->blinks_left--;
	d->blink_ms += DEMO_BLINK_MS;
}

static void step_reboot(struct demo *d, uint32_t now_ms)
{
	if (d->reboot != DEMO_REBOOT_ASKED || !ticks_reached(now_ms, d->reboot_ms))
		return;
	say(d, T("restarting"));
	device_stop(d->device, now_ms);
	d->reboot = DEMO_STOPPING;
	d->reboot_ms = now_ms + DEMO_STOP_MS;
}

void demo_step(struct demo *d, uint32_t now_ms)
{
	d->uptime_ms += now_ms - d->step_ms;
	d->step_ms = now_ms;
	step_blink(d, now_ms);
	step_reboot(d, now_ms);
	if (d->reboot != DEMO_RUNNING || !ticks_reached(now_ms, publish_at(d)))
		return;
	d->published_ms = now_ms;
	if (is_started(d, now_ms))
		publish(d, now_ms);
}

bool demo_deadline(const struct demo *d, uint32_t *at_ms)
{
	bool have = false;

	if (d->reboot == DEMO_RUNNING)
		ticks_earliest(&have, at_ms, publish_at(d));
	else
		ticks_earliest(&have, at_ms, d->reboot_ms);
	if (d->blinks_left > 0)
		ticks_earliest(&have, at_ms, d->blink_ms);
	return have;
}

bool demo_led(const struct demo *d)
{
	return d->blinks_left > 0 ? d->blinks_left % 2 == 0 : d->led_on;
}

bool demo_reboot_due(const struct demo *d, uint32_t now_ms)
{
	return d->reboot == DEMO_STOPPING && ticks_reached(now_ms, d->reboot_ms);
}
