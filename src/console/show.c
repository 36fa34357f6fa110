/* SPDX-License-Identifier: Apache-2.0 */
#include "console/show.h"

#include "console/console.h"
#include "console/credentials.h"
#include "device/values.h"
#include "crypto/tls.h"
#include "device/clock.h"
#include "device/device.h"
#include "device/secrets.h"
#include "modem/cellular.h"
#include "modem/quectel.h"

enum { NAME_WIDTH = 14 };   /* columns */

static void name(struct console *c, const char *text)
{
	out_padded(&c->out, text, NAME_WIDTH);
}

/* ---- settings ----------------------------------------------------------- */

static void say_number(struct console *c, enum settings_key key)
{
	bool interval = key == SETTINGS_INTERVAL;
	uint32_t value = interval ? VALUES_INTERVAL_S : key == SETTINGS_BAUD ? AT_BAUD : PROFILE_PORT_DEFAULT;
	bool set = settings_get_u32(device_settings(c->device), key, &value) == ERR_OK;

	console_say(c, "%u%s%s", value, interval ? " s" : "", set ? "" : T(" (default)"));
}

static void say_text(struct console *c, enum settings_key key)
{
	char value[256];
	size_t len;
	enum err err = settings_get_text(device_settings(c->device), key, value, sizeof value, &len);

	if (err == ERR_OK)
		console_say(c, "%r", value);
	else
		console_say(c, "%s", err == ERR_NOT_FOUND ? "not set" : err_text(err));
}

void show_value(struct console *c, enum settings_key key)
{
	const struct settings_info *info = settings_info(key);

	if (info->secret)
		console_say(c, settings_size(device_settings(c->device), key) > 0 ? "set" : "not set");
	else if (info->kind == SETTINGS_U32)
		say_number(c, key);
	else
		say_text(c, key);
}

void show_setting(struct console *c, enum settings_key key)
{
	name(c, settings_info(key)->name);
	show_value(c, key);
}

bool show_settings(struct console *c, unsigned row)
{
	enum settings_key key;

	if (values_at(row, &key)) {
		show_setting(c, key);
		return true;
	}
	name(c, "key");
	credentials_show_key(c, false);
	name(c, "seed");
	credentials_show_seed(c);
	console_rows(c, show_roots);
	return true;
}

bool show_roots(struct console *c, unsigned row)
{
	if (row < SETTINGS_ROOTS) {
		(void)credentials_show_root(c, row, false);
		return true;
	}
	if (secrets_root_count(device_settings(c->device)) == 0)
		console_say(c, T("no root is stored; 'ca' adds one"));
	return false;
}

/* ---- status ------------------------------------------------------------- */

/* "3 d 4 h", "4 h 12 min", "12 min 5 s", "5 s" */
static void span(struct console *c, uint32_t seconds)
{
	static const struct { uint32_t s; const char *name; } units[] = {
		{ 86400, " d" }, { 3600, " h" }, { 60, " min" }, { 1, " s" },
	};
	unsigned i = 0;

	while (seconds < units[i].s && i < 3)
		i++;
	out_format(&c->out, "%u%s", seconds / units[i].s, units[i].name);
	if (i < 3)
		out_format(&c->out, " %u%s", seconds % units[i].s / units[i + 1].s, units[i + 1].name);
}

static void state_row(struct console *c, const struct device_status *s)
{
	out_text(&c->out, device_state_name(s->state));
	if (s->state == DEVICE_WAIT)
		out_format(&c->out, T(", next try in %u s"), (s->retry_ms + 999) / 1000);
	if (s->state == DEVICE_ONLINE) {
		out_text(&c->out, T(" for "));
		span(c, s->online_s);
	}
	console_say(c, T("; logins: %u, failures: %u"), s->connects, s->losses);
}

/* The verdict says more than the error. */
static void error_row(struct console *c, const struct device_status *s)
{
	char code[24];
	struct text t;

	if (s->err == ERR_OK) {
		console_say(c, T("none since the last success"));
		return;
	}
	out_format(&c->out, "%s: %s", err_name(s->err), err_text(s->err));
	if (s->verdict != VERDICT_NONE) {
		text_init(&t, code, sizeof code);
		diagnosis_code(&t, s->verdict);
		out_format(&c->out, T(" (%s: 'why')"), code);
	}
	out_end(&c->out);
}

static void resets_row(struct console *c, const struct device_status *s)
{
	char word[24];
	struct text t;

	text_init(&t, word, sizeof word);
	evidence_add_word(&t, EVIDENCE_RESETS, s->reset);
	out_format(&c->out, T("the last one %s, "), word);
	span(c, s->up_s);
	out_text(&c->out, T(" ago"));
	if (s->resets > 0)
		out_format(&c->out, T("; before a network was found: %u"), (uint32_t)s->resets);
	out_end(&c->out);
}

static void modem_row(struct console *c, const struct device_status *s)
{
	if (s->cellular->model[0] == '\0')
		out_text(&c->out, T("not heard yet"));
	else
		out_format(&c->out, "%r, %r", s->cellular->model, s->cellular->revision);
	if (s->modem->reboots > 0)
		out_format(&c->out, T("; restarted by itself: %u"), (uint32_t)s->modem->reboots);
	out_end(&c->out);
}

static void sim_row(struct console *c, const struct device_status *s)
{
	static const char *const names[] = {
		[CELLULAR_SIM_UNKNOWN] = T("not asked yet"), [CELLULAR_SIM_READY] = "ready",
		[CELLULAR_SIM_PIN] = T("asks for its PIN"), [CELLULAR_SIM_PUK] = T("locked, asks for its PUK"),
		[CELLULAR_SIM_MISSING] = T("missing"), [CELLULAR_SIM_BUSY] = "busy",
		[CELLULAR_SIM_FAILED] = T("failed"),
	};

	out_text(&c->out, names[s->cellular->sim]);
	if (s->cellular->iccid[0] != '\0')
		out_format(&c->out, T(", ICCID %r"), s->cellular->iccid);
	out_end(&c->out);
}

/* 3GPP TS 27.007, 7.3. */
static const char *access_name(uint8_t act)
{
	return act == 9 ? " (NB-IoT)" : act == 8 ? " (LTE-M)" : act == 7 ? " (LTE)" : act == 0 ? " (GSM)" : "";
}

void show_network(struct console *c, const struct cellular_status *cell)
{
	static const char *const names[] = {
		[CELLULAR_REG_UNKNOWN] = T("no answer yet"), [CELLULAR_REG_IDLE] = T("not registered, not searching"),
		[CELLULAR_REG_SEARCHING] = T("searching"), [CELLULAR_REG_DENIED] = T("registration denied"),
		[CELLULAR_REG_HOME] = T("registered at home"), [CELLULAR_REG_ROAMING] = T("registered, roaming"),
	};

	out_text(&c->out, names[cell->registration]);
	if (cell->registration == CELLULAR_REG_DENIED && cell->reject_cause != 0)
		out_format(&c->out, T(", cause %u"), (uint32_t)cell->reject_cause);
	if (cellular_registered(cell) && cell->operator_name[0] != '\0')
		out_format(&c->out, ": %r%s", cell->operator_name, access_name(cell->act));
	else if (cellular_registered(cell))
		out_text(&c->out, access_name(cell->act));
}

static void network_row(struct console *c, const struct device_status *s)
{
	show_network(c, s->cellular);
	out_end(&c->out);
}

/* A level as the modem reported it; levels of 0 and above are not levels. */
static bool level(struct console *c, bool more, const char *what, int16_t value, const char *unit)
{
	if (value == CELLULAR_UNKNOWN || value == 0)
		return more;
	out_text(&c->out, more ? ", " : "");
	out_text(&c->out, what);
	out_i64(&c->out, value);
	out_text(&c->out, unit);
	return true;
}

void show_signal(struct console *c, const struct cellular_status *cell)
{
	bool any = level(c, false, "", cell->rssi_dbm, " dBm");

	any = level(c, any, "RSRP ", cell->rsrp_dbm, " dBm");
	any = level(c, any, "RSRQ ", cell->rsrq_db, " dB");
	out_text(&c->out, any ? "" : T("not known"));
}

static void signal_row(struct console *c, const struct device_status *s)
{
	show_signal(c, s->cellular);
	out_end(&c->out);
}

static void ip_row(struct console *c, const struct device_status *s)
{
	console_say(c, "%r", s->cellular->ip[0] != '\0' ? s->cellular->ip : "none");
}

static void clock_row(struct console *c, const struct device_status *s)
{
	char text[CLOCK_TEXT_SIZE];

	if (s->clock_source == CLOCK_UNSET) {
		console_say(c, "not set");
		return;
	}
	clock_text(s->unix_s, text);
	out_format(&c->out, T("%s UTC, set "), text);
	span(c, s->clock_age_s);
	console_say(c, T(" ago by %s"), clock_source_name((enum clock_source)s->clock_source));
}

static void tls_row(struct console *c, const struct device_status *s)
{
	if (s->tls->version == 0)
		console_say(c, T("no session yet"));
	else
		console_say(c, "%s, %s%s", tls_version_name(s->tls->version), tls_suite_name(s->tls->suite),
			    s->resumed ? T(", resumed") : "");
}

static void day(struct console *c, int64_t unix_s)
{
	char text[CLOCK_TEXT_SIZE];

	clock_text(unix_s, text);
	out_bytes(&c->out, (struct bytes){ (const uint8_t *)text, sizeof "2026-11-22" - 1 });
}

/* Of the server's own certificate, or of the one that decided. */
static void chain_row(struct console *c, const struct device_status *s)
{
	const struct tls_facts *tls = s->tls;

	if (tls->subject[0] == '\0') {
		console_say(c, s->resumed ? T("not sent again: the session was resumed") : T("none seen yet"));
		return;
	}
	out_format(&c->out, T("%r, by %r, until "), tls->subject, tls->issuer);
	day(c, tls->not_after);
	if (s->clock_source != CLOCK_UNSET && tls->not_after >= s->unix_s)
		out_format(&c->out, T(" (%u days)"), (uint32_t)((tls->not_after - s->unix_s) / 86400));
	out_end(&c->out);
}

static void session_row(struct console *c, const struct device_status *s)
{
	if (s->state != DEVICE_ONLINE) {
		console_say(c, "none");
		return;
	}
	span(c, s->online_s);
	console_say(c, T(" old, a sign of life every %u s"), (uint32_t)s->keepalive_s);
}

static void token_row(struct console *c, const struct device_status *s)
{
	char text[CLOCK_TEXT_SIZE];

	if (s->token_exp_s == 0) {
		console_say(c, "none");
		return;
	}
	clock_text(s->token_exp_s, text);
	console_say(c, T("valid until %s UTC"), text);
}

static void queue_row(struct console *c, const struct device_status *s)
{
	console_say(c, T("waiting: %u, acknowledged: %u, given up: %u"), s->queued, s->acked, s->dropped);
}

static void memory_row(struct console *c, const struct device_status *s)
{
	console_say(c, T("TLS arena %u of %u bytes, at most %u"), (uint32_t)s->arena_used, (uint32_t)s->arena_size,
		    (uint32_t)s->arena_peak);
}

static void data_row(struct console *c, const struct device_status *s)
{
	out_i64(&c->out, (int64_t)s->bytes_up);
	out_text(&c->out, T(" bytes up, "));
	out_i64(&c->out, (int64_t)s->bytes_down);
	console_say(c, T(" bytes down; today %u bytes"), s->day_bytes);
}

static const struct {
	const char *name;
	void      (*say)(struct console *c, const struct device_status *s);
} rows[] = {
	{ "state",      state_row },
	{ "last error", error_row },
	{ "modem",      modem_row },
	{ "SIM",        sim_row },
	{ "network",    network_row },
	{ "signal",     signal_row },
	{ "IP",         ip_row },
	{ "clock",      clock_row },
	{ "TLS",        tls_row },
	{ "chain",      chain_row },
	{ "session",    session_row },
	{ "token",      token_row },
	{ "queue",      queue_row },
	{ "memory",     memory_row },
	{ "data",       data_row },
	{ "resets",     resets_row },
};

bool show_status(struct console *c, unsigned row)
{
	struct device_status status;

	if (row >= sizeof rows / sizeof rows[0])
		return false;
	device_status(c->device, &status, c->now_ms);
	name(c, rows[row].name);
	rows[row].say(c, &status);
	return true;
}
