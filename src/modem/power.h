/* SPDX-License-Identifier: Apache-2.0 */
/*
 * power.h - the modem's switch: PWRKEY, RESET and STATUS, as far as they are wired.
 *
 * PWRKEY is a toggle: the pulse that switches a modem on switches a running one
 * off.  So a key is pressed only for a modem that was spoken to and is mute, and
 * what STATUS says is looked at before and after.  No bytes pass here: the driver
 * tells what it hears, the board what STATUS says, and both lines are read.
 *
 *           power_begin()     distance kept     pulse over
 *   REST -----------------> GAP -----------> PRESS ----------> WAIT
 *    ^  \                    ^                                  ^ |
 *    |   +-- AT+QPOWD did it: no key is needed -----------------+ |
 *    |                       +--- it went off, or did nothing ----+
 *    +---- it answers; or it is off, as wanted; or four presses --+
 *
 * Of a mute modem nobody knows whether it is off or hangs, unless STATUS is wired:
 * the first pulse switches it on, or off and the second one on.  RESET comes when
 * two pulses did nothing.
 */
#ifndef TERN_MODEM_POWER_H
#define TERN_MODEM_POWER_H

#include <stdbool.h>
#include <stdint.h>

/* What can be pressed. */
struct power_wires {
	bool pwrkey, reset;
};

/* What STATUS says; UNKNOWN: not wired. */
enum power_status { POWER_UNKNOWN, POWER_OFF, POWER_ON };

/* How the lines are to be: true = the key is pressed, the modem is held in reset. */
struct power_lines {
	bool pwrkey, reset;
};

enum power_goal {
	POWER_TO_ON,       /* a mute modem is to answer */
	POWER_TO_OFF,
	POWER_TO_CYCLE     /* off, then on */
};

enum power_state { POWER_REST, POWER_GAP, POWER_PRESS, POWER_WAIT };

struct power {
	struct power_wires wires;
	enum power_state  state;
	enum power_goal   goal;
	enum power_status status;     /* as told last, if it can be believed */
	enum power_status before;     /* when the key was pressed */
	struct power_lines lines;     /* as they are now */
	bool     liar;                /* STATUS contradicted the modem: it counts no more */
	bool     down;                /* POWERED DOWN was heard */
	bool     resets;              /* the line being pressed is RESET */
	bool     has_reset;           /* it was pressed for this goal */
	uint8_t  presses;             /* for this goal */
	uint16_t reset_ms;            /* length of its pulse */
	uint32_t at_ms;               /* GAP, PRESS, WAIT: until then at the latest */
	uint32_t look_ms;             /* WAIT: look at STATUS again */
	uint32_t free_ms;             /* no press before */
};

/* RESET_MS is the length of the model's reset pulse. */
void power_init(struct power *p, struct power_wires wires, uint16_t reset_ms, uint32_t now_ms);

/* What STATUS says: whenever convenient, at least when power_deadline() is reached.
 * One that says "off" of a modem that answers, or "on" of one that said POWERED
 * DOWN, is not believed any more. */
void power_tell(struct power *p, enum power_status status);

/* True when a mute modem can be helped. */
bool power_can(const struct power *p);

/* Go for GOAL.  TOLD: the modem has accepted AT+QPOWD.  Nothing happens, and
 * false, where no line is wired that would help or the goal is reached. */
bool power_begin(struct power *p, enum power_goal goal, bool told, uint32_t now_ms);

/* The modem answers, or said RDY: a key that is pressed is let go at once, too
 * early to count. */
void power_alive(struct power *p, uint32_t now_ms);

/* Let go of the lines, whatever was begun. */
void power_rest(struct power *p, uint32_t now_ms);

/* The modem said POWERED DOWN. */
void power_down(struct power *p);

enum power_event {
	POWER_NOTHING,
	POWER_PRESSED,     /* a pulse is over that may have switched it on: listen */
	POWER_OVER         /* the goal is reached, or given up */
};
enum power_event power_step(struct power *p, uint32_t now_ms);
bool power_deadline(const struct power *p, uint32_t *at_ms);

struct power_lines power_lines(const struct power *p);

#endif
