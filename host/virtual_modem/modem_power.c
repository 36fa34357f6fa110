/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modem_power.c - on, off, restart, asleep.
 *
 *   OFF ---- key ----> BOOTING --- RDY ---> ON --- CFUN=1,1, QPOWD, key ---> GOING_DOWN
 *    ^                    ^                 |  \                               |     |
 *    |                    +---- reboot -----+   +-- PSM --> ASLEEP -- key --+  |     |
 *    |                    +--------------------------------------------------+ |     |
 *    |                    +----------------------------------------- restart --+     |
 *    +-------------------------------------------------------------------- off ------+
 */
#include "virtual_modem/modem_state.h"

#include <string.h>

/* What does not survive power-off. */
static void forget(struct modem *m)
{
	for (int id = 0; id < MODEM_SOCKETS; id++)
		modem_socket_free(m, id, true);
	modem_context_reset(m);
	modem_lookup_reset(m);
	modem_line_reset(m);
	modem_urc_clear(m);
	modem_radio_stop(m);
	m->last_error = 0;
	m->spoken = false;
	m->rtc_set = m->nitz_seen = false;
	m->refused = 0;
}

static bool any_active(const struct modem *m)
{
	for (uint32_t id = 1; id <= CONTEXTS; id++)
		if (m->context[id].state == CONTEXT_ACTIVE)
			return true;
	return false;
}

static void stop_timers(struct modem *m)
{
	modem_timer_stop(m, TIMER_BOOT);
	modem_timer_stop(m, TIMER_STATUS);
	modem_timer_stop(m, TIMER_APP_RDY);
	modem_timer_stop(m, TIMER_DOWN);
	modem_timer_stop(m, TIMER_DOWN_NOTICE);
}

void modem_power_boot(struct modem *m, uint32_t ms)
{
	modem_note(m, "power", "starts");
	stop_timers(m);
	modem_uart_clear(m);
	m->power = MODEM_BOOTING;
	m->risen = m->mute = m->mute_at = false;   /* what hung begins anew */
	forget(m);
	modem_timer_set(m, TIMER_STATUS, ms / 5 * 4);
	modem_timer_set(m, TIMER_BOOT, ms);
}

/* Faults: it hangs, or takes longer. */
static bool boot_is_over(struct modem *m)
{
	uint32_t ms = modem_fault_delay(m, MODEM_AT_BOOT, MODEM_ANY);

	if (modem_fault_hit(m, MODEM_DO_LOST, MODEM_AT_BOOT, MODEM_ANY) != NULL) {
		m->power = MODEM_BOOTING;
		m->risen = true;
		modem_note(m, "power", "hangs");
		return false;
	}
	if (ms > 0)
		modem_timer_set(m, TIMER_BOOT, ms);
	return ms == 0;
}

/* "RDY" needs no listener that has spoken: a modem says it into the void. */
void modem_power_ready(struct modem *m)
{
	const struct modem_fault *f;

	if (!boot_is_over(m))
		return;
	m->power = MODEM_ON;
	m->on_ms = m->now_ms;
	m->spoken = true;
	m->counters.boots++;
	modem_nv_load(m);
	if (m->set[SET_IPR] != 0)
		m->baud = m->set[SET_IPR];
	modem_out_text(m, "\r\nRDY\r\n");
	modem_note(m, "power", "RDY");
	modem_radio_start(m);
	if (m->quirk[QUIRK_APP_RDY] > 0)
		modem_timer_set(m, TIMER_APP_RDY, m->quirk[QUIRK_APP_RDY]);
	f = modem_fault_hit(m, MODEM_DO_REBOOT, MODEM_AT_BOOT, MODEM_ANY);
	if (f == NULL)
		return;
	modem_uart_release(m);
	modem_power_boot(m, f->ms != MODEM_ALWAYS ? f->ms : m->config.boot_ms);
}

void modem_power_app_ready(struct modem *m)
{
	modem_urc(m, "APP RDY");
}

static void go_down(struct modem *m, bool restarts)
{
	m->down_notice = any_active(m);
	m->down_restarts = restarts;
	m->power = MODEM_GOING_DOWN;
	stop_timers(m);
	forget(m);
	modem_note(m, "power", restarts ? "restarts" : "goes down");
}

/* CFUN=1,1 on a BG96MAR02A07M1G: "POWERED DOWN" at once, the context's end
 * after 3.0 s, RDY after 6. */
void modem_power_restart(struct modem *m)
{
	go_down(m, true);
	modem_out_text(m, "\r\nPOWERED DOWN\r\n");
	modem_timer_set(m, TIMER_DOWN_NOTICE, m->config.boot_ms / 2);
	modem_timer_set(m, TIMER_DOWN, m->config.boot_ms);
}

void modem_power_notice(struct modem *m)
{
	if (m->down_notice)
		modem_out_text(m, "\r\n+QIURC: \"pdpdeact\",1\r\n");
}

/* The end of going down. */
void modem_power_down(struct modem *m)
{
	if (m->down_restarts) {
		modem_power_ready(m);
		return;
	}
	modem_out_text(m, "\r\nPOWERED DOWN\r\n");
	m->power = MODEM_OFF;
	modem_note(m, "power", "off");
}

void modem_power_off(struct modem *m)
{
	enum { DETACH_MS = 1000 };

	go_down(m, false);
	modem_timer_set(m, TIMER_DOWN, DETACH_MS);
}

void modem_power_sleep(struct modem *m)
{
	if (m->power != MODEM_ON)
		return;
	modem_line_reset(m);
	modem_context_lose_all(m, true);
	modem_urc(m, "PSM POWER DOWN");
	modem_urc_flush(m);
	m->power = MODEM_ASLEEP;
	stop_timers(m);
	forget(m);
	modem_note(m, "power", "asleep (PSM)");
}

static void cut(struct modem *m)
{
	modem_uart_clear(m);
	m->power = MODEM_OFF;
	stop_timers(m);
	forget(m);
	modem_note(m, "power", "off");
}

static void press_key(struct modem *m)
{
	if (m->power == MODEM_OFF || m->power == MODEM_ASLEEP)
		modem_power_boot(m, m->config.boot_ms);
	else if (m->power == MODEM_ON)
		modem_power_off(m);
}

void modem_power(struct modem *m, enum modem_switch how, uint32_t now_ms)
{
	modem_step(m, now_ms);
	if (how == MODEM_SWITCH_KEY)
		press_key(m);
	else if (how == MODEM_SWITCH_OFF)
		cut(m);
	else if (how == MODEM_SWITCH_SLEEP)
		modem_power_sleep(m);
	else if (how == MODEM_SWITCH_RESET ? m->power != MODEM_OFF : m->power == MODEM_OFF)
		modem_power_boot(m, m->config.boot_ms);
	modem_pump(m);
}

/* ---- commands ---- */

/* 0: at once; 1 or nothing: orderly. */
HANDLER(qpowd)
{
	uint32_t mode = 1;

	if (c->form == FORM_SET && !modem_call_number(c, 0, 0, 1, &mode))
		return CME(CME_PARAMETER);
	m->job.after = modem_power_off;
	return DONE;
}

static bool is_bits(const char *s)
{
	return strlen(s) == 8 && strspn(s, "01") == 8;
}

/* +CPSMS: <mode>,,,"TAU","active time": kept.  The timers do not run: a script
 * or the control socket says when it sleeps. */
HANDLER(cpsms)
{
	uint32_t mode;
	char timer[4][12] = { "", "", "", "" };

	if (c->form == FORM_READ) {
		modem_info(m, "+CPSMS: %u,,,\"%s\",\"%s\"", (unsigned)m->set[SET_CPSMS], m->psm[2], m->psm[3]);
		return DONE;
	}
	if (!modem_call_number(c, 0, 0, 2, &mode))
		return CME(CME_PARAMETER);
	for (unsigned i = 0; i < 4; i++)
		if (i + 1 < c->argc && c->arg[i + 1].given &&
		    (!modem_call_text(c, i + 1, timer[i], sizeof timer[i]) || !is_bits(timer[i])))
			return CME(CME_PARAMETER);
	memcpy(m->psm, timer, sizeof timer);
	modem_nv_set(m, SET_CPSMS, mode);
	return DONE;
}

/* The granted values, where asked for. */
HANDLER(qpsms)
{
	if (c->form == FORM_READ)
		modem_info(m, "+QPSMS: %u,,,\"%s\",\"%s\"", (unsigned)m->set[SET_CPSMS], m->psm[2], m->psm[3]);
	return DONE;
}

HANDLER(qpsmcfg)
{
	if (c->form == FORM_READ)
		modem_info(m, "+QPSMCFG: 20,4");
	return DONE;
}

HANDLER(cedrxs)
{
	if (c->form == FORM_READ)
		modem_info(m, "+CEDRXS: 4,\"%s\"", "0000");
	return DONE;
}

/* eDRX is not used in this network. */
HANDLER(cedrxrdp)
{
	(void)c;
	modem_info(m, "+CEDRXRDP: 0");
	return DONE;
}
