/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/power.h"

#include "base/ticks.h"

#include <string.h>

/* Switching on asks for 500 to 1000 ms, off for 650 to 1500 ms: one length for
 * both, since it is not always known which of them a pulse will be. */
#define KEY_MS     750u
#define GAP_MS    2000u    /* between two pulses, and from off to on */
#define RISE_MS  10000u    /* from the pulse to STATUS: 5 s on a BG96 */
#define BOOT_MS  30000u    /* from the pulse to an answer */
#define DOWN_MS  65000u    /* from AT+QPOWD or the pulse to off */
#define LOOK_MS    100u    /* between two looks at STATUS */
#define PRESSES      4u    /* key, key, reset, key: then it is given up */

void power_init(struct power *p, struct power_wires wires, uint16_t reset_ms, uint32_t now_ms)
{
	memset(p, 0, sizeof *p);
	p->wires = wires;
	p->reset_ms = reset_ms;
	p->free_ms = now_ms;
}

void power_tell(struct power *p, enum power_status status)
{
	p->status = status;
}

enum power_status power_status(const struct power *p)
{
	return p->liar ? POWER_UNKNOWN : p->status;
}

/* RESET does nothing for a modem that is off. */
bool power_can(const struct power *p)
{
	return p->wires.pwrkey || (p->wires.reset && power_status(p) != POWER_OFF);
}

static void wait_for(struct power *p, uint32_t ms, uint32_t now_ms)
{
	p->state = POWER_WAIT;
	p->began_ms = p->look_ms = now_ms;
	p->at_ms = now_ms + ms;
}

/* A key is wanted; the distance to the last one is kept. */
static void approach(struct power *p, uint32_t now_ms)
{
	p->state = POWER_GAP;
	p->at_ms = ticks_reached(now_ms, p->free_ms) ? now_ms : p->free_ms;
}

bool power_begin(struct power *p, enum power_goal goal, bool told, uint32_t now_ms)
{
	bool off = power_status(p) == POWER_OFF;

	if (goal == POWER_TO_OFF ? off || !(told || p->wires.pwrkey) : !power_can(p))
		return false;
	p->goal = goal;
	p->presses = 0;
	p->down = p->has_reset = p->resets = false;
	p->before = POWER_ON;
	if (told)
		wait_for(p, DOWN_MS, now_ms);
	else
		approach(p, now_ms);
	return true;
}

void power_alive(struct power *p, uint32_t now_ms)
{
	if (p->status == POWER_OFF)
		p->liar = true;
	power_rest(p, now_ms);
}

void power_rest(struct power *p, uint32_t now_ms)
{
	if (p->state == POWER_PRESS)
		p->free_ms = now_ms + GAP_MS;
	p->state = POWER_REST;
}

void power_down(struct power *p)
{
	p->down = true;
}

/* ---- the states ---- */

static bool reset_is_next(const struct power *p)
{
	return p->wires.reset && (!p->wires.pwrkey || (p->presses >= 2 && !p->has_reset));
}

static bool may_press(const struct power *p)
{
	if (p->goal == POWER_TO_OFF)
		return p->wires.pwrkey && p->presses == 0 && power_status(p) != POWER_OFF;
	return p->presses < (p->wires.pwrkey ? PRESSES : 1u);
}

static enum power_event over(struct power *p)
{
	p->state = POWER_REST;
	return POWER_OVER;
}

static enum power_event press(struct power *p, uint32_t now_ms)
{
	if (!may_press(p))
		return over(p);
	p->resets = p->goal != POWER_TO_OFF && reset_is_next(p);
	p->has_reset = p->has_reset || p->resets;
	p->presses++;
	p->before = power_status(p);
	p->down = false;
	p->state = POWER_PRESS;
	p->at_ms = now_ms + (p->resets ? p->reset_ms : KEY_MS);
	return POWER_NOTHING;
}

static enum power_event release(struct power *p, uint32_t now_ms)
{
	bool falls = !p->resets && (p->goal == POWER_TO_OFF || p->before == POWER_ON);

	p->free_ms = now_ms + GAP_MS;
	wait_for(p, falls ? DOWN_MS : BOOT_MS, now_ms);
	return falls ? POWER_NOTHING : POWER_PRESSED;
}

/* STATUS follows POWERED DOWN after a moment; one that does not is stuck. */
static bool is_off(struct power *p, bool late)
{
	if (p->down && (late || p->status == POWER_UNKNOWN || p->liar)) {
		p->liar = p->liar || p->status == POWER_ON;
		return true;
	}
	return power_status(p) == POWER_OFF;
}

static enum power_event wait(struct power *p, uint32_t now_ms)
{
	bool late = ticks_reached(now_ms, p->at_ms);
	bool off = !p->resets && is_off(p, late);

	if (p->before == POWER_OFF)   /* it was to come on */
		off = off && now_ms - p->began_ms >= RISE_MS;
	p->look_ms = now_ms + LOOK_MS;
	if (!off && !late)
		return POWER_NOTHING;
	if (p->goal == POWER_TO_OFF && (off || power_status(p) == POWER_UNKNOWN))
		return over(p);
	if (off)
		p->free_ms = now_ms + GAP_MS;
	approach(p, now_ms);
	return POWER_NOTHING;
}

enum power_event power_step(struct power *p, uint32_t now_ms)
{
	bool due = ticks_reached(now_ms, p->at_ms);

	switch (p->state) {
	case POWER_REST:  return POWER_NOTHING;
	case POWER_GAP:   return due ? press(p, now_ms) : POWER_NOTHING;
	case POWER_PRESS: return due ? release(p, now_ms) : POWER_NOTHING;
	case POWER_WAIT:  return wait(p, now_ms);
	}
	return POWER_NOTHING;
}

bool power_deadline(const struct power *p, uint32_t *at_ms)
{
	*at_ms = p->state == POWER_WAIT && p->status != POWER_UNKNOWN ? p->look_ms : p->at_ms;
	return p->state != POWER_REST;
}

struct power_lines power_lines(const struct power *p)
{
	bool pressed = p->state == POWER_PRESS;

	return (struct power_lines){ .pwrkey = pressed && !p->resets, .reset = pressed && p->resets };
}
