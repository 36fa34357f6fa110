/* SPDX-License-Identifier: Apache-2.0 */
#include "console/guide.h"

#include "console/check.h"
#include "console/commands.h"
#include "console/console.h"
#include "console/credentials.h"
#include "console/show.h"
#include "console/words.h"
#include "crypto/noise.h"
#include "device/device.h"
#include "device/secrets.h"

enum { STEPS = 8, OPEN = 0x80 };   /* c->guide: the question from 1, and OPEN when it was asked */

/* The questions, in order.  MODE says who takes the answer. */
static const struct step {
	const char       *prompt;      /* ends with "> "; not packed */
	enum console_mode mode;
	uint8_t           key;         /* enum settings_key; 0: several, or none */
	const char       *question;
} steps[STEPS] = {
	{ "host> ",       CONSOLE_GUIDE, SETTINGS_HOST,
	  T("The server: its name, such as iot.example.com, or its IPv4 address.") },
	{ "port> ",       CONSOLE_GUIDE, SETTINGS_PORT,
	  T("The server's port: 8883, or 443 where a network lets nothing else through.") },
	{ "connection> ", CONSOLE_GUIDE, SETTINGS_PROJECT,
	  T("Who the device is, the connection string:\r\n"
	    "project-id=...;registry-id=...;device-id=...;cloud-region=...") },
	{ "ca> ",         CONSOLE_CA,    0,
	  T("The server's root certificates: paste PEM, up to four; Enter alone goes on.") },
	{ "seed> ",       CONSOLE_SEED,  0,
	  T("The random seed: 64 hexadecimal digits, as 'openssl rand -hex 32' prints them.\r\n"
	    "They are not echoed.") },
	{ "key> ",        CONSOLE_KEY,   SETTINGS_KEY,
	  T("The device key: paste the private key, PEM, which is not echoed; or type 'new',\r\n"
	    "and the device makes one.") },
	{ "apn> ",        CONSOLE_GUIDE, SETTINGS_APN,
	  T("The mobile network's access point (APN), as the SIM's provider names it.") },
	{ "pin> ",        CONSOLE_GUIDE, SETTINGS_PIN,
	  T("The SIM's PIN, 4 to 8 digits, if it asks for one. It is not echoed.") },
};

static const struct step *step_of(const struct console *c)
{
	return &steps[(c->guide & (OPEN - 1)) - 1];
}

bool guide_is_new(struct console *c)
{
	struct settings *s = device_settings(c->device);

	return settings_size(s, SETTINGS_HOST) == 0 && settings_size(s, SETTINGS_PROJECT) == 0 &&
	       settings_size(s, SETTINGS_KEY) == 0 && secrets_root_count(s) == 0;
}

const char *guide_prompt(const struct console *c)
{
	return step_of(c)->prompt;
}

bool guide_hides(const struct console *c)
{
	return step_of(c)->key == SETTINGS_PIN;
}

/* A board with noise of its own makes its seed itself. */
static bool is_needed(struct console *c, const struct step *s)
{
	return s->mode != CONSOLE_SEED ||
	       (!device_has_seed(c->device) && noise_hope(entropy_noise(c->device)) < RNG_LIVE_BITS);
}

/* ---- what is there already ---------------------------------------------- */

static void say_now(struct console *c, const struct step *s)
{
	unsigned roots = secrets_root_count(device_settings(c->device));

	out_text(&c->out, T("Now: "));
	if (s->mode == CONSOLE_CA)
		console_say(c, roots > 0 ? T("%u stored") : T("none"), (uint32_t)roots);
	else if (s->mode == CONSOLE_SEED)
		credentials_show_seed(c);
	else if (s->mode == CONSOLE_KEY)
		credentials_show_key(c, false);
	else
		show_value(c, (enum settings_key)s->key);
}

static void ask(struct console *c)
{
	const struct step *s = step_of(c);

	if ((c->guide & OPEN) == 0) {
		out_end(&c->out);
		console_say(c, "%s", s->question);
		say_now(c, s);
	}
	c->guide |= OPEN;
	c->mode = s->mode;
	c->stored = false;
	c->noted = false;
	if (s->mode != CONSOLE_CA)
		c->pem_count = 0;
}

/* ---- from one to the next ----------------------------------------------- */

static bool end_row(struct console *c, unsigned row)
{
	if (row == 0)
		out_end(&c->out);
	if (check_row(c, row))
		return true;
	console_say(c, T("'start' connects, and so does every power-on; 'setup' asks once more."));
	return false;
}

static void end(struct console *c)
{
	c->guide = 0;
	c->mode = CONSOLE_COMMAND;
	console_rows(c, end_row);
}

static void go_to_next(struct console *c)
{
	unsigned n = c->guide & (OPEN - 1);

	c->mode = CONSOLE_COMMAND;
	do
		n++;
	while (n <= STEPS && !is_needed(c, &steps[n - 1]));
	c->guide = (uint8_t)n;
	c->pem_count = 0;
	if (n > STEPS)
		end(c);
}

void guide_begin(struct console *c)
{
	console_say(c, T("What a connection needs, in at most 8 questions. Enter alone leaves a thing as"));
	console_say(c, T("it is. Ctrl-C leaves the questions; what was accepted until then stays."));
	c->guide = 1;
}

/* A key or a seed that was stored answers its question. */
void guide_next(struct console *c)
{
	if (c->stored && step_of(c)->mode != CONSOLE_GUIDE)
		go_to_next(c);
	if (c->guide != 0)
		ask(c);
}

void guide_leave(struct console *c)
{
	c->guide = 0;
	console_say(c, T("setup left; what was accepted is stored"));
}

/* ---- answers ------------------------------------------------------------ */

static bool is_connection_step(const struct step *s)
{
	return s->key == SETTINGS_PROJECT;
}

/* A setting; what is wrong with it is said, and the question stays. */
static void answer(struct console *c, const struct step *s, struct bytes value)
{
	bool good = is_connection_step(s) ? commands_set_connection(c, value) :
		    commands_set(c, (enum settings_key)s->key, value);

	c->mode = CONSOLE_COMMAND;
	if (good)
		go_to_next(c);
}

/* In a paste, or at its end, an empty line is part of it. */
static void empty_line(struct console *c)
{
	if (step_of(c)->mode == CONSOLE_GUIDE || c->apart || !c->hold)
		go_to_next(c);
}

static bool makes_key(struct bytes line)
{
	return words_are(line, "new") || words_are(line, "key new");
}

bool guide_line(struct console *c, struct bytes line)
{
	const struct step *s = step_of(c);
	struct bytes value = words_unquote(words_trim(line));

	if (c->mode == CONSOLE_SKIP)
		return false;
	if (value.len == 0) {
		empty_line(c);
	} else if (words_are(value, "help") || words_are(value, "?")) {
		c->guide &= OPEN - 1;     /* the question, once more */
		c->mode = CONSOLE_COMMAND;
	} else if (s->mode == CONSOLE_GUIDE) {
		answer(c, s, value);
	} else if (s->mode == CONSOLE_KEY && makes_key(value)) {
		c->mode = CONSOLE_COMMAND;
		(void)credentials_make_key(c, false);
	} else {
		if (s->mode != CONSOLE_SEED && commands_known(value))
			c->guide = 0;     /* a command ends the questions */
		return false;
	}
	return true;
}
