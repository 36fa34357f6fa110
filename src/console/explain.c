/* SPDX-License-Identifier: Apache-2.0 */
#include "console/explain.h"

#include "console/console.h"
#include "console/show.h"
#include "device/device.h"

#include <string.h>

enum { ICCID_SHOWN = 4, HOST_MAX = 254 };   /* digits */

void explain_begin(struct console *c)
{
	c->explain = (struct explain){ .on = true, .begun_ms = c->now_ms };
}

void explain_end(struct console *c)
{
	c->explain.on = false;
}

/* ---- the steps ------------------------------------------------------------- */

static bool has_modem(const struct device_status *s)
{
	return s->cellular->revision[0] != '\0' || s->cellular->sim != CELLULAR_SIM_UNKNOWN;
}

static void say_modem(struct console *c, const struct device_status *s)
{
	out_format(&c->out, T("modem %r answers, firmware %r"), s->cellular->model, s->cellular->revision);
}

static bool has_sim(const struct device_status *s)
{
	return s->cellular->sim == CELLULAR_SIM_READY;
}

static void say_sim(struct console *c, const struct device_status *s)
{
	const char *iccid = s->cellular->iccid;
	size_t n = strlen(iccid);

	out_text(&c->out, T("SIM ready"));      /* its number may be asked for only later */
	if (n > ICCID_SHOWN)
		out_format(&c->out, T(", ICCID ...%r"), iccid + n - ICCID_SHOWN);
}

static bool has_network(const struct device_status *s)
{
	return cellular_registered(s->cellular);
}

static void say_network(struct console *c, const struct device_status *s)
{
	show_network(c, s->cellular);
	if (s->cellular->rssi_dbm == CELLULAR_UNKNOWN)
		return;
	out_text(&c->out, T("; signal "));
	show_signal(c, s->cellular);
}

static bool has_data(const struct device_status *s)
{
	return s->cellular->ip[0] != '\0' || s->state >= DEVICE_CLOCK;
}

static void say_data(struct console *c, const struct device_status *s)
{
	out_text(&c->out, T("data connection"));
	if (s->cellular->ip[0] != '\0')
		out_format(&c->out, ", IP %r", s->cellular->ip);
}

static bool has_clock(const struct device_status *s)
{
	return s->clock_source != CLOCK_UNSET && s->state >= DEVICE_CLOCK;
}

static void say_clock(struct console *c, const struct device_status *s)
{
	char text[CLOCK_TEXT_SIZE];

	clock_text(s->unix_s, text);
	out_format(&c->out, T("clock %s UTC, by %s"), text, clock_source_name((enum clock_source)s->clock_source));
}

static bool has_tcp(const struct device_status *s)
{
	return s->state >= DEVICE_HANDSHAKE;
}

static void say_tcp(struct console *c, const struct device_status *s)
{
	uint32_t port = PROFILE_PORT_DEFAULT;
	char host[HOST_MAX];

	(void)s;
	if (settings_get_text(device_settings(c->device), SETTINGS_HOST, host, sizeof host, NULL) != ERR_OK)
		host[0] = '\0';
	(void)!settings_get_u32(device_settings(c->device), SETTINGS_PORT, &port);
	out_format(&c->out, T("TCP connection to %r, port %u"), host, port);
}

static bool has_tls(const struct device_status *s)
{
	return s->state >= DEVICE_LOGIN;
}

static void say_tls(struct console *c, const struct device_status *s)
{
	const struct tls_facts *tls = s->tls;

	out_format(&c->out, "%s, %s", tls_version_name(tls->version), tls_suite_name(tls->suite));
	if (s->resumed)
		out_text(&c->out, T(", session resumed"));
	else
		out_format(&c->out, T("; certificate for %r, by %r"), tls->names[0] != '\0' ? tls->names : tls->subject,
			   tls->issuer);
}

static bool is_online(const struct device_status *s)
{
	return s->state == DEVICE_ONLINE;
}

static void say_online(struct console *c, const struct device_status *s)
{
	(void)s;
	out_text(&c->out, T("login accepted: online"));
	explain_end(c);
}

static const struct {
	bool (*reached)(const struct device_status *s);
	void (*say)(struct console *c, const struct device_status *s);
} steps[] = {
	{ has_modem, say_modem }, { has_sim, say_sim }, { has_network, say_network }, { has_data, say_data },
	{ has_clock, say_clock }, { has_tcp, say_tcp }, { has_tls, say_tls },         { is_online, say_online },
};

/* ---- telling ----------------------------------------------------------------- */

/* "   5.3 s  " */
static void say_time(struct console *c)
{
	uint32_t tenths = (c->now_ms - c->explain.begun_ms) / 100;

	for (uint32_t most = 1000; most > 1 && tenths < most * 10; most /= 10)
		out_text(&c->out, " ");
	out_format(&c->out, "%u.%u s  ", tenths / 10, tenths % 10);
}

void explain_step(struct console *c)
{
	struct device_status status;
	bool again;

	while (c->explain.on && c->rows == NULL && out_room(&c->out) >= CONSOLE_ROOM) {
		device_status(c->device, &status, c->now_ms);
		if (status.state == DEVICE_STOPPED)
			explain_end(c);
		if (!c->explain.on || status.state == DEVICE_WAIT || !steps[c->explain.step].reached(&status))
			return;
		again = console_above(c);
		say_time(c);
		steps[c->explain.step++].say(c, &status);
		out_end(&c->out);
		console_below(c, again);
	}
}
