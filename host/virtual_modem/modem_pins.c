/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modem_pins.c - PWRKEY, RESET, DTR, W_DISABLE and STATUS, and the speed of the host's end.
 *
 * PWRKEY held for 500 ms switches a modem that is off on.  One that is on or
 * booting goes off when the key is let go after 650 ms or more.  The press that
 * switched it on does nothing more, however long it lasts.  What is too short
 * does nothing, and a note says so.
 */
#include "virtual_modem/modem_state.h"

enum { KEY_ON_MS = 500, KEY_OFF_MS = 650 };

static const char *const names[MODEM_PINS] = {
	[MODEM_PIN_PWRKEY] = "PWRKEY", [MODEM_PIN_RESET] = "RESET", [MODEM_PIN_DTR] = "DTR",
	[MODEM_PIN_W_DISABLE] = "W_DISABLE",
};

static bool is_off(const struct modem *m)
{
	return m->power == MODEM_OFF || m->power == MODEM_ASLEEP;
}

static bool is_ignored(struct modem *m)
{
	return modem_fault_hit(m, MODEM_DO_LOST, MODEM_AT_KEY, MODEM_ANY) != NULL;
}

/* TIMER_KEY: PWRKEY is held for KEY_ON_MS now. */
void modem_pins_key(struct modem *m)
{
	if (!m->pin[MODEM_PIN_PWRKEY] || !is_off(m))
		return;
	m->key_used = true;
	if (!is_ignored(m))
		modem_power_boot(m, m->config.boot_ms);
}

static void release_key(struct modem *m, uint32_t held_ms)
{
	uint32_t least_ms = is_off(m) ? KEY_ON_MS : KEY_OFF_MS;

	modem_timer_stop(m, TIMER_KEY);
	if (m->key_used)
		return;
	if (held_ms < least_ms)
		modem_note(m, "power", "PWRKEY for %u ms is too short", (unsigned)held_ms);
	else if (m->power == MODEM_GOING_DOWN)
		modem_note(m, "power", "PWRKEY while going down is ignored");
	else if (!is_ignored(m))
		modem_power_off(m);
}

static void release_reset(struct modem *m, uint32_t held_ms)
{
	if (held_ms < m->quirk[QUIRK_RESET_MS])
		modem_note(m, "power", "RESET for %u ms is too short", (unsigned)held_ms);
	else if (!is_off(m) && !is_ignored(m))
		modem_power_boot(m, m->config.boot_ms);
}

static void change(struct modem *m, enum modem_pin pin, bool on)
{
	uint32_t held_ms = m->now_ms - m->pin_ms[pin];

	m->pin[pin] = on;
	m->pin_ms[pin] = m->now_ms;
	modem_note(m, "pins", "%s %s", names[pin], on ? "on" : "off");
	if (pin == MODEM_PIN_PWRKEY && on) {
		m->key_used = false;
		modem_timer_set(m, TIMER_KEY, KEY_ON_MS);
	} else if (pin == MODEM_PIN_PWRKEY) {
		release_key(m, held_ms);
	} else if (pin == MODEM_PIN_RESET && !on) {
		release_reset(m, held_ms);
	} else if (pin == MODEM_PIN_W_DISABLE) {
		modem_radio_allow(m);
	}
}

void modem_pin(struct modem *m, enum modem_pin pin, bool on, uint32_t now_ms)
{
	modem_step(m, now_ms);
	if (m->pin[pin] != on)
		change(m, pin, on);
	modem_pump(m);
}

bool modem_pin_is(const struct modem *m, enum modem_pin pin)
{
	return m->pin[pin];
}

bool modem_status(const struct modem *m)
{
	if (m->status_stuck != MODEM_STATUS_FREE)
		return m->status_stuck == MODEM_STATUS_STUCK_ON;
	return m->power == MODEM_ON || m->power == MODEM_GOING_DOWN || (m->power == MODEM_BOOTING && m->risen);
}

/* TIMER_STATUS */
void modem_pins_rise(struct modem *m)
{
	m->risen = true;
}

void modem_pins_tell(struct modem *m)
{
	bool status = modem_status(m);

	if (status != m->status_told)
		modem_note(m, "status", "%s", status ? "on" : "off");
	m->status_told = status;
}

void modem_set_host_baud(struct modem *m, uint32_t baud, uint32_t now_ms)
{
	modem_step(m, now_ms);
	m->host_baud = baud;
}

bool modem_pins_garble(const struct modem *m)
{
	bool other = m->host_baud != 0 && m->set[SET_IPR] != 0 && m->host_baud != m->baud;

	return m->wrong_baud || other || (m->baud_limit != 0 && m->baud > m->baud_limit);
}
