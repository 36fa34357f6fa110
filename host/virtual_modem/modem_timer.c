/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual_modem/modem_state.h"

static void unmute(struct modem *m)
{
	m->mute = false;
}

static void unmute_at(struct modem *m)
{
	m->mute_at = false;
}

static void right_baud(struct modem *m)
{
	m->wrong_baud = false;
	m->baud_limit = 0;
}

static void status_back(struct modem *m)
{
	m->status_stuck = MODEM_STATUS_FREE;
}

static void stat_back(struct modem *m)
{
	modem_radio_set_stat(m, m->stat_back);
}

static void sim_back(struct modem *m)
{
	modem_radio_set_sim(m, m->sim_back);
}

/* Those without a function only wake the pump. */
static void wake(struct modem *m)
{
	(void)m;
}

static void uart_out(struct modem *m)
{
	m->held = false;
}

static void (*const calls[TIMER_OPEN])(struct modem *m) = {
	[TIMER_KEY]           = modem_pins_key,
	[TIMER_STATUS]        = modem_pins_rise,
	[TIMER_STATUS_BACK]   = status_back,
	[TIMER_BOOT]          = modem_power_ready,
	[TIMER_APP_RDY]       = modem_power_app_ready,
	[TIMER_DOWN_NOTICE]   = modem_power_notice,
	[TIMER_DOWN]          = modem_power_down,
	[TIMER_SCRIPT]        = modem_radio_script,
	[TIMER_SCAN]          = modem_radio_scan,
	[TIMER_SCAN_END]      = modem_radio_update,
	[TIMER_REGISTER_BACK] = stat_back,
	[TIMER_SIM_BACK]      = sim_back,
	[TIMER_JOB]           = modem_line_job,
	[TIMER_PROMPT]        = modem_transfer_prompt,
	[TIMER_PAYLOAD]       = modem_transfer_timeout,
	[TIMER_URC]           = wake,
	[TIMER_MUTE]          = unmute,
	[TIMER_MUTE_AT]       = unmute_at,
	[TIMER_BAUD]          = right_baud,
	[TIMER_UART_IN]       = wake,
	[TIMER_UART_OUT]      = uart_out,
	[TIMER_PING]          = modem_lookup_ping,
};

void modem_timer_set(struct modem *m, unsigned timer, uint32_t delay_ms)
{
	m->alarm[timer] = (struct alarm){ true, m->now_ms + delay_ms };
}

void modem_timer_stop(struct modem *m, unsigned timer)
{
	m->alarm[timer].set = false;
}

/* Of several at the same time the one with the lowest number. */
bool modem_timer_earliest(const struct modem *m, unsigned *timer, uint32_t *at_ms)
{
	bool have = false;

	for (unsigned i = 0; i < TIMER_COUNT; i++) {
		const struct alarm *a = &m->alarm[i];

		if (!a->set || (have && ticks_reached(a->at_ms, *at_ms)))
			continue;
		*at_ms = a->at_ms;
		*timer = i;
		have = true;
	}
	return have;
}

void modem_timer_run(struct modem *m, unsigned timer)
{
	m->alarm[timer].set = false;
	if (timer >= TIMER_FAULT)
		modem_fault_time(m, timer - TIMER_FAULT);
	else if (timer >= TIMER_OPEN)
		modem_socket_open_due(m, (int)(timer - TIMER_OPEN));
	else
		calls[timer](m);
}
