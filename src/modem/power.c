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
	if (!p->liar)
		p->status = status;
}

static void disbelieve(struct power *p)
{
	p->liar = true;
	p->status = POWER_UNKNOWN;
}

/* RESET does nothing for a modem that is off. */
bool power_can(const struct power *p)
{
	return p->wires.pwrkey || (p->wires.reset && p->status != POWER_OFF);
}

static void enter(struct power *p, enum power_state state, uint32_t at_ms)
{
	p->state = state;
	p->at_ms = at_ms;
}

bool power_begin(struct power *p, enum power_goal goal, bool told, uint32_t now_ms)
{
	if (goal == POWER_TO_OFF ? p->status == POWER_OFF || !(told || p->wires.pwrkey) : !power_can(p))
		return false;
	p->goal = goal;
	p->presses = 0;
	p->down = p->resets = p->has_reset = false;
	p->before = POWER_ON;
	p->look_ms = now_ms;
	enter(p, told ? POWER_WAIT : POWER_GAP, told ? now_ms + DOWN_MS : p->free_ms);
	return true;
}

static void let_go(struct power *p, uint32_t now_ms)
{
	p->lines = (struct power_lines){ false, false };
	p->free_ms = now_ms + GAP_MS;
}

void power_alive(struct power *p, uint32_t now_ms)
{
	if (p->status == POWER_OFF)
		disbelieve(p);
	power_rest(p, now_ms);
}

void power_rest(struct power *p, uint32_t now_ms)
{
	if (p->state == POWER_PRESS)
		let_go(p, now_ms);
	p->state = POWER_REST;
}

void power_down(struct power *p)
{
	p->down = true;
}

/* ---- the states ---- */

static bool may_press(const struct power *p)
{
	unsigned most = p->wires.pwrkey ? PRESSES : 1;

	if (p->goal == POWER_TO_OFF)
		most = p->wires.pwrkey && p->status != POWER_OFF;
	return p->presses < most;
}

static bool reset_is_next(const struct power *p)
{
	return p->wires.reset && p->goal != POWER_TO_OFF &&
	       (!p->wires.pwrkey || (p->presses >= 2 && !p->has_reset));
}

static enum power_event press(struct power *p, uint32_t now_ms)
{
	if (!ticks_reached(now_ms, p->free_ms))   /* the distance to the last pulse */
		return POWER_NOTHING;
	p->state = POWER_REST;
	if (!may_press(p))
		return POWER_OVER;
	p->resets = reset_is_next(p);
	p->has_reset |= p->resets;
	p->lines = (struct power_lines){ .pwrkey = !p->resets, .reset = p->resets };
	p->presses++;
	p->before = p->status;
	p->down = false;
	enter(p, POWER_PRESS, now_ms + (p->resets ? p->reset_ms : KEY_MS));
	return POWER_NOTHING;
}

static enum power_event release(struct power *p, uint32_t now_ms)
{
	bool falls = !p->resets && (p->goal == POWER_TO_OFF || p->before == POWER_ON);

	if (!ticks_reached(now_ms, p->at_ms))
		return POWER_NOTHING;
	let_go(p, now_ms);
	p->look_ms = now_ms;
	enter(p, POWER_WAIT, now_ms + (falls ? DOWN_MS : BOOT_MS));
	return falls ? POWER_NOTHING : POWER_PRESSED;
}

/* STATUS follows POWERED DOWN after a moment; one that does not is stuck.  One
 * that was to come on has its time for that. */
static bool is_off(struct power *p, bool late, uint32_t now_ms)
{
	if (p->down && late && p->status == POWER_ON)
		disbelieve(p);
	if (p->resets || (p->before == POWER_OFF && p->at_ms - now_ms > BOOT_MS - RISE_MS))
		return false;
	return p->status == POWER_OFF || (p->down && p->status == POWER_UNKNOWN);
}

static enum power_event wait(struct power *p, uint32_t now_ms)
{
	bool late = ticks_reached(now_ms, p->at_ms), off = is_off(p, late, now_ms);

	p->look_ms = now_ms + LOOK_MS;
	if (!off && !late)
		return POWER_NOTHING;
	if (off)
		p->free_ms = now_ms + GAP_MS;
	enter(p, POWER_GAP, p->free_ms);
	if (p->goal != POWER_TO_OFF || (!off && p->status != POWER_UNKNOWN))
		return POWER_NOTHING;
	p->state = POWER_REST;
	return POWER_OVER;
}

enum power_event power_step(struct power *p, uint32_t now_ms)
{
	switch (p->state) {
	case POWER_GAP:   return press(p, now_ms);
	case POWER_PRESS: return release(p, now_ms);
	case POWER_WAIT:  return wait(p, now_ms);
	case POWER_REST:  break;
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
	return p->lines;
}
