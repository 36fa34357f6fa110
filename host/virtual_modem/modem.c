/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual_modem/modem_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool configure(struct modem *m, const struct modem_config *cfg, struct text *why)
{
	m->profile = modem_profile_find(cfg->profile != NULL ? cfg->profile : "bg96");
	if (m->profile == NULL) {
		text_add(why, "no such profile: ");
		text_add(why, cfg->profile);
		return false;
	}
	memcpy(m->quirk, m->profile->quirk, sizeof m->quirk);
	m->config = *cfg;
	m->config.profile = m->config.apn = m->config.sim_pin = m->config.script = NULL;   /* not kept */
	if (cfg->boot_ms == 0)
		m->config.boot_ms = 6000;   /* CFUN=1,1 to RDY on a BG96MAR02A07M1G */
	modem_set_apn(m, cfg->apn, "", "");
	modem_set_identity(m, m->profile->maker, m->profile->model, m->profile->revision);
	snprintf(m->card.pin, sizeof m->card.pin, "%s", cfg->sim_pin != NULL ? cfg->sim_pin : "");
	return modem_radio_load(m, cfg->script != NULL ? cfg->script : "0:searching,300:home", why);
}

struct modem *modem_new(const struct modem_config *cfg, uint32_t now_ms, struct text *why)
{
	struct modem *m = calloc(1, sizeof *m);

	if (m == NULL) {
		text_add(why, "no memory for a modem");
		return NULL;
	}
	m->now_ms = m->clock_ms = m->on_ms = now_ms;
	m->random = cfg->seed;
	m->baud = cfg->baud != 0 ? cfg->baud : 115200;
	modem_ring_init(&m->in, m->in_data, sizeof m->in_data);
	modem_ring_init(&m->out, m->out_data, sizeof m->out_data);
	if (!configure(m, cfg, why)) {
		free(m);
		return NULL;
	}
	modem_nv_factory(m);
	modem_card_init(m);
	modem_radio_init(m);
	modem_socket_init(m);
	modem_context_reset(m);
	m->pin[MODEM_PIN_DTR] = true;
	if (cfg->on) {
		m->power = MODEM_ON;
		modem_nv_load(m);
		modem_radio_start(m);
	}
	return m;
}

void modem_free(struct modem *m)
{
	free(m);
}

void modem_set_now(struct modem *m, uint32_t now_ms)
{
	if (ticks_reached(now_ms, m->now_ms))
		m->now_ms = now_ms;
	if (m->now_ms - m->clock_ms > 86400000u) {   /* before the counter wraps */
		m->unix_ms += m->now_ms - m->clock_ms;
		m->clock_ms = m->now_ms;
	}
}

/* Everything that can happen without time passing.  Handlers and faults may
 * change anything; the outermost call sees to what follows. */
void modem_pump(struct modem *m)
{
	if (m->pumping)
		return;
	m->pumping = true;
	do {
		modem_socket_tell_closed(m);
		modem_urc_flush(m);
		modem_uart_release(m);
	} while (modem_line_run(m));
	modem_pins_tell(m);
	m->pumping = false;
}

void modem_feed(struct modem *m, const uint8_t *data, size_t len, uint32_t now_ms)
{
	modem_step(m, now_ms);
	modem_uart_receive(m, data, len);
	modem_pump(m);
}

/* Each timer runs at the time for which it was set, so that the result does not
 * depend on how often this is called. */
void modem_step(struct modem *m, uint32_t now_ms)
{
	unsigned timer;
	uint32_t at_ms;

	while (modem_timer_earliest(m, &timer, &at_ms) && ticks_reached(now_ms, at_ms)) {
		modem_set_now(m, at_ms);
		modem_timer_run(m, timer);
		modem_pump(m);
	}
	modem_set_now(m, now_ms);
	modem_pump(m);
}

bool modem_deadline(const struct modem *m, uint32_t *at_ms)
{
	unsigned timer;

	return modem_timer_earliest(m, &timer, at_ms);
}

bool modem_next(struct modem *m, struct modem_event *ev)
{
	*ev = (struct modem_event){ .id = -1 };
	return modem_note_next(m, ev) || modem_socket_next(m, ev) || modem_lookup_next(m, ev);
}

void modem_set_clock(struct modem *m, int64_t unix_ms, uint32_t now_ms)
{
	modem_set_now(m, now_ms);
	m->unix_ms = unix_ms;
	m->clock_ms = m->now_ms;
}

enum modem_power modem_power_state(const struct modem *m)
{
	return m->power;
}

struct modem_network modem_network(const struct modem *m)
{
	return m->net;
}

void modem_inject(struct modem *m, const uint8_t *data, size_t len, uint32_t now_ms)
{
	modem_step(m, now_ms);
	modem_out(m, data, len);
	modem_pump(m);
}

void modem_inject_urc(struct modem *m, const char *line, uint32_t now_ms)
{
	modem_step(m, now_ms);
	modem_urc(m, "%s", line);
	modem_pump(m);
}

bool modem_set_latency(struct modem *m, const char *command, uint32_t min_ms, uint32_t max_ms)
{
	size_t i = 0;

	if (min_ms > max_ms || strlen(command) >= sizeof m->latency[0].command ||
	    (*command != '\0' && modem_command_find(bytes_of(command)) == NULL))
		return false;
	while (i < m->latency_count && strcmp(m->latency[i].command, command) != 0)
		i++;
	if (i == LATENCIES)
		return false;
	if (i == m->latency_count)
		m->latency_count++;
	snprintf(m->latency[i].command, sizeof m->latency[i].command, "%s", command);
	m->latency[i].min_ms = min_ms;
	m->latency[i].max_ms = max_ms;
	return true;
}

const struct modem_counters *modem_counters(const struct modem *m)
{
	return &m->counters;
}

void modem_reset_counters(struct modem *m)
{
	m->counters = (struct modem_counters){ 0 };
	for (int id = 0; id < MODEM_SOCKETS; id++)
		m->socket[id].has_traffic = false;
}
