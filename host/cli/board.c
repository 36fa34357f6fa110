/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/board.h"

#include "device/values.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COMMAND_MAX = 512, SEED_TEXT = 2 * RNG_SEED_LEN + 1, NAME_WIDTH = 14, PASTES = 3 };

/* ---- what is said ------------------------------------------------------- */

static bool fail(struct board *b, enum board_outcome outcome, const char *format, ...)
{
	char text[PLAN_WHY];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	dialogue_mask(&b->dialogue, text, b->why, sizeof b->why);
	b->outcome = outcome;
	return false;
}

static void step(const struct board *b, const char *name, const char *format, ...)
{
	bool colour = isatty(STDERR_FILENO) && getenv("NO_COLOR") == NULL;
	va_list args;

	if (b->options->quiet)
		return;
	fprintf(stderr, "%s%-10s%s ", colour ? "\033[1m" : "", name, colour ? "\033[0m" : "");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* Why nothing was understood. */
static void blame(struct board *b)
{
	const struct dialogue *d = &b->dialogue;

	if (d->hearing.odd * 4 > d->hearing.heard)
		fail(b, BOARD_NO_LINE,
		     "what comes from %s is no text: is it the console, and does it run at 115200 8N1?", b->line.name);
	else if (strstr(d->last, "# tern provision") == d->last)
		fail(b, BOARD_NO_LINE,
		     "%s sends back what was sent and says nothing else: are RX and TX connected to each "
		     "other, or is this a shell or a modem?",
		     b->line.name);
	else
		fail(b, BOARD_NO_LINE, "something answers at %s, but not the console of a Tern device; it said: '%s'",
		     b->line.name, d->last);
}

static bool talked(struct board *b, enum talk t)
{
	switch (t) {
	case TALK_OK:
		return true;
	case TALK_SILENT:
		return fail(b, BOARD_NO_LINE,
			    "no device answers at %s: is it powered, is this its console (115200 8N1), are RX "
			    "and TX crossed, and is no other program connected to it?",
			    b->line.name);
	case TALK_STRANGER:
		blame(b);
		return false;
	case TALK_LOST:
		return fail(b, BOARD_NO_LINE, "%s: unplugged, or switched off?", b->line.why);
	case TALK_INTERRUPTED:
		break;
	}
	return fail(b, BOARD_INTERRUPTED, "interrupted");
}

/* ---- commands ----------------------------------------------------------- */

/* Without the beginning that every error has. */
static const char *plain(const char *error)
{
	return error + strlen("error: ");
}

static bool ask(struct board *b, const char *command)
{
	return talked(b, dialogue_ask(&b->dialogue, command, strlen(command)));
}

/* A command that must not be refused. */
static bool must(struct board *b, const char *command)
{
	const char *error;

	if (!ask(b, command))
		return false;
	error = dialogue_error(&b->dialogue);
	return error == NULL || fail(b, BOARD_REFUSED, "the device refused '%s': %s", command, plain(error));
}

/* Everything that is pasted was found sound here.  So what the device refuses may
 * have been damaged on the way: it is pasted again. */
static bool paste(struct board *b, const char *what, const char *command, const char *text, const char *expected)
{
	const char *error = NULL;
	enum talk t = TALK_SILENT;

	b->written = true;
	for (unsigned i = 0; i < PASTES && (t == TALK_SILENT || error != NULL); i++) {
		if (i > 0)
			t = dialogue_reach(&b->dialogue, b->options->timeout_ms);
		if (i > 0 && t != TALK_OK)
			break;
		t = dialogue_paste(&b->dialogue, command, text, expected);
		error = t == TALK_OK ? dialogue_error(&b->dialogue) : NULL;
	}
	if (!talked(b, t))
		return false;
	return error == NULL || fail(b, BOARD_REFUSED, "the device refused %s: %s", what, plain(error));
}

/* ---- the look ----------------------------------------------------------- */

static bool find(struct board *b)
{
	if (!line_open(&b->line, b->options->line))
		return fail(b, BOARD_NO_LINE, "%s", b->line.why);
	return talked(b, dialogue_reach(&b->dialogue, b->options->timeout_ms));
}

static bool stop(struct board *b)
{
	if (!ask(b, "stop"))
		return false;
	b->was_running = dialogue_find(&b->dialogue, "stopped") != NULL;
	b->stopped = true;
	return true;
}

/* What the device cannot be without, and has not. */
static void take_missing(struct board *b, const struct hearing_found *row)
{
	enum settings_key key;
	size_t n = strlen(b->missing);

	if (!row->error || strncmp(row->text, "not set", 7) != 0)
		return;
	b->no_key |= bytes_equal_text(row->name, "key");
	if (values_find(row->name, &key))
		snprintf(b->missing + n, sizeof b->missing - n, "%s%s", n > 0 ? ", " : "", settings_info(key)->name);
}

static void take_line(struct board *b, const char *line)
{
	char digits[HEARING_FINGERPRINT + 1];
	struct hearing_found row;
	uint32_t n;

	if (hearing_is_board(line, b->id)) {
		if (strspn(b->id, "0") == strlen(b->id) || strspn(b->id, "f") == strlen(b->id))
			b->id[0] = '\0';      /* QEMU, or a chip whose id cannot be read */
		return;
	}
	if (hearing_is_found(line, &row))
		take_missing(b, &row);
	if (hearing_is_key(line, b->key))
		return;
	if (hearing_is_root(line, &n, digits) && n >= 1 && n <= SETTINGS_ROOTS)
		memcpy(b->root[n - 1], digits, sizeof digits);
}

/* What its own check says it has. */
static bool look(struct board *b)
{
	const char *error;

	b->key[0] = b->missing[0] = '\0';
	b->no_key = false;
	memset(b->root, 0, sizeof b->root);
	if (!ask(b, "check"))
		return false;
	error = dialogue_find(&b->dialogue, "error: no command");
	if (error != NULL)
		return fail(b, BOARD_UNFIT,
			    "the firmware of this board (%s) is older than this program: it has no 'check'",
			    b->version);
	for (const char *at = dialogue_line(&b->dialogue, NULL); at != NULL; at = dialogue_line(&b->dialogue, at))
		take_line(b, at);
	return true;
}

static bool read_version(struct board *b)
{
	const char *line;

	if (!ask(b, "version"))
		return false;
	line = dialogue_find(&b->dialogue, "Tern ");
	snprintf(b->version, sizeof b->version, "%.60s", line != NULL ? line : "of no version");
	return true;
}

/* What would be missing after the plan: "host, port". */
static bool is_complete(struct board *b)
{
	char left[128] = "", names[128];
	enum settings_key key;
	bool roots = b->plan->roots > 0;

	snprintf(names, sizeof names, "%s", b->missing);
	for (char *name = strtok(names, ", "); name != NULL; name = strtok(NULL, ", "))
		if (values_find(bytes_of(name), &key) && b->plan->value[key] == NULL)
			snprintf(left + strlen(left), sizeof left - strlen(left), "%s--%s", left[0] != '\0' ? ", " : "",
				 name);
	if (left[0] != '\0')
		return fail(b, BOARD_UNFIT, "the device has no such setting yet, and none is given: %s", left);
	for (unsigned i = 0; i < SETTINGS_ROOTS; i++)
		roots |= b->root[i][0] != '\0';
	return roots || fail(b, BOARD_UNFIT, "the device has no root certificate yet, and none is given: --root FILE");
}

/* A key that may be registered is not destroyed by accident; nor is one of which
 * nothing could be read, be it the line or the device that is at fault. */
static bool is_key_safe(struct board *b)
{
	char given[PLAN_SHORT + 1] = "";

	if (b->plan->has_key)
		plan_short(b->plan->key_info.fingerprint, given);
	if (b->no_key || b->plan->new_key)
		return true;
	if (b->key[0] == '\0')
		return fail(b, BOARD_UNFIT,
			    "the device has a key that its check does not name: try again; --new-key replaces it");
	if (strcmp(given, b->key) != 0 && (b->plan->has_key || b->options->save_key != NULL))
		return fail(b, BOARD_UNFIT,
			    "the device has another key already (sha256 %s...), which may be registered; "
			    "--new-key replaces it",
			    b->key);
	return true;
}

static void say_more(struct board *b, const char *text)
{
	size_t n = strlen(b->why);

	snprintf(b->why + n, sizeof b->why - n, "%s", text);
}

/* What the steps leave behind, in their order. */
static const char *const parts[] = { "seed", "key", "roots", "settings", "check", "public key" };

/* Which state the device was left in, after the first DONE steps, behind why. */
static void say_state(struct board *b, size_t done)
{
	size_t n = strlen(b->why);

	if (!b->written) {
		snprintf(b->why + n, sizeof b->why - n, "; nothing was changed%s",
			 b->was_running && b->outcome == BOARD_NO_LINE ? ", but it was stopped" : "");
		return;
	}
	n += (size_t)snprintf(b->why + n, sizeof b->why - n, "; it has");
	for (size_t i = 0; i < done && n < sizeof b->why; i++)
		n += (size_t)snprintf(b->why + n, sizeof b->why - n, "%s %s", i > 0 ? "," : "", parts[i]);
	if (n < sizeof b->why)
		snprintf(b->why + n, sizeof b->why - n, "%s, not started; the same command again goes on from there",
			 done == 0 ? " nothing new for sure" : "");
}

/* A device that was running is left so, when nothing was changed. */
static void put_back(struct board *b)
{
	if (b->stopped && b->was_running && !b->written && b->outcome != BOARD_NO_LINE)
		(void)dialogue_ask(&b->dialogue, "start", 5);
}

enum board_outcome board_find(struct board *b, const struct board_options *o, struct plan *p)
{
	*b = (struct board){ .options = o, .plan = p };
	dialogue_init(&b->dialogue, &b->line, o->verbose);
	if (find(b) && read_version(b) && stop(b) && look(b))
		step(b, "device", "%s%s%s", b->version, b->id[0] != '\0' ? ", board " : "", b->id);
	else if (b->version[0] != '\0')
		say_state(b, 0);
	return b->outcome;
}

/* ---- the steps ---------------------------------------------------------- */

static bool put_seed(struct board *b)
{
	uint8_t seed[RNG_SEED_LEN];
	char text[SEED_TEXT];
	bool ok;

	if (!plan_random(seed, sizeof seed))
		return fail(b, BOARD_UNFIT, "this computer gives no random bytes");
	for (size_t i = 0; i < sizeof seed; i++)
		snprintf(text + 2 * i, 3, "%02x", seed[i]);
	dialogue_hide(&b->dialogue, bytes_of(text));
	ok = paste(b, "the seed", "seed", text, "seed stored");
	b->dialogue.secret_count = 0;
	bytes_wipe(seed, sizeof seed);
	bytes_wipe(text, sizeof text);
	if (ok)
		step(b, "seed", "stored: 32 bytes from this computer's generator, kept nowhere else");
	return ok;
}

static bool make_on_device(struct board *b)
{
	if (!must(b, "key make"))
		return false;
	step(b, "key", "made on the device; its private half never leaves it");
	return true;
}

/* Each line of base64 is a secret. */
static void hide_pem(struct board *b, const char *pem)
{
	for (const char *line = pem, *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
		if (*line != '-')
			dialogue_hide(&b->dialogue, (struct bytes){ (const uint8_t *)line, (size_t)(end - line) });
}

static bool give_key(struct board *b)
{
	char pem[PLAN_PEM_MAX];
	bool ok;

	plan_key_pem(b->plan, pem);
	hide_pem(b, pem);
	ok = paste(b, "the key", "key", pem, "public half: ");
	b->dialogue.secret_count = 0;
	bytes_wipe(pem, sizeof pem);
	if (ok)
		step(b, "key", "stored");
	return ok;
}

static bool put_key(struct board *b)
{
	char given[PLAN_SHORT + 1] = "";

	if (b->plan->has_key)
		plan_short(b->plan->key_info.fingerprint, given);
	if (b->key[0] != '\0' && (!b->plan->new_key || strcmp(given, b->key) == 0)) {
		step(b, "key", "kept: the device has one%s", b->plan->has_key ? "" : "; --new-key replaces it");
		return true;
	}
	if (b->options->save_key != NULL && !b->plan->has_key &&
	    !plan_make_key(b->plan, b->options->save_key, b->why)) {
		b->outcome = BOARD_REFUSED;
		return false;
	}
	if (!b->plan->has_key && !b->no_key && !must(b, "unset key"))
		return false;
	return b->plan->has_key ? give_key(b) : make_on_device(b);
}

static bool is_wanted(const struct board *b, const char *root)
{
	char digits[PLAN_SHORT + 1];

	for (unsigned i = 0; i < b->plan->roots; i++) {
		plan_short(b->plan->root[i].info.fingerprint, digits);
		if (strcmp(digits, root) == 0)
			return true;
	}
	return false;
}

static bool has_root(const struct board *b, const struct plan_root *root)
{
	char digits[PLAN_SHORT + 1];

	plan_short(root->info.fingerprint, digits);
	for (unsigned i = 0; i < SETTINGS_ROOTS; i++)
		if (strcmp(digits, b->root[i]) == 0)
			return true;
	return false;
}

/* The device has the plan's roots afterwards, and no other. */
static bool put_roots(struct board *b)
{
	char command[32], pem[PLAN_PEM_MAX];

	for (unsigned i = 0; i < SETTINGS_ROOTS && b->plan->roots > 0; i++) {
		if (b->root[i][0] == '\0' || is_wanted(b, b->root[i]))
			continue;
		snprintf(command, sizeof command, "ca remove %u", i + 1);
		b->written = true;
		if (!must(b, command))
			return false;
		step(b, "root", "removed: %u, sha256 %s...", i + 1, b->root[i]);
	}
	for (unsigned i = 0; i < b->plan->roots; i++) {
		const struct plan_root *r = &b->plan->root[i];

		if (!has_root(b, r)) {
			plan_root_pem(r, pem);
			if (!paste(b, "a root", "ca", pem, "root "))
				return false;
		}
		step(b, "root", "%s: %s", has_root(b, r) ? "kept" : "stored", r->info.subject);
	}
	return true;
}

/* The line by which the device confirms: "host          iot.example.com". */
static bool is_confirmed(const struct board *b, const struct settings_info *info, const char *value)
{
	char want[COMMAND_MAX];

	snprintf(want, sizeof want, "%-*s%s", NAME_WIDTH, info->name, info->secret ? "set" : value);
	return dialogue_find(&b->dialogue, want) != NULL;
}

/* A value that begins or ends with a blank or a quote needs quotes around it. */
static bool needs_quotes(const char *value)
{
	size_t n = strlen(value);

	return n > 0 && (strchr(" \"", value[0]) != NULL || strchr(" \"", value[n - 1]) != NULL);
}

static bool put_value(struct board *b, enum settings_key key)
{
	const struct settings_info *info = settings_info(key);
	const char *value = b->plan->value[key], *quote = needs_quotes(value) ? "\"" : "", *error;
	char command[COMMAND_MAX];
	size_t shown;
	enum talk t;

	snprintf(command, sizeof command, "set %s %s%s%s", info->name, quote, value, quote);
	shown = info->secret ? strlen("set ") + strlen(info->name) : strlen(command);
	if (info->secret)
		dialogue_hide(&b->dialogue, bytes_of(value));
	b->written = true;
	t = dialogue_ask(&b->dialogue, command, shown);
	bytes_wipe(command, sizeof command);
	if (!talked(b, t))
		return false;
	error = dialogue_error(&b->dialogue);
	if (error != NULL)
		return fail(b, BOARD_REFUSED, "the device refused %s: %s", info->name, plain(error));
	if (!is_confirmed(b, info, value))
		return fail(b, BOARD_REFUSED, "the device did not confirm %s: does the line lose bytes?", info->name);
	step(b, info->name, "%s", info->secret ? "set" : value);
	return true;
}

static bool put_settings(struct board *b)
{
	enum settings_key key;

	for (unsigned i = 0; values_at(i, &key); i++)
		if (b->plan->value[key] != NULL && !put_value(b, key))
			return false;
	return true;
}

/* Its own check, and that what it has is what was sent: the line has no checksum. */
static bool verify(struct board *b)
{
	char given[PLAN_SHORT + 1];
	struct hearing_found row;

	if (!look(b))
		return false;
	for (const char *at = dialogue_line(&b->dialogue, NULL); at != NULL; at = dialogue_line(&b->dialogue, at))
		if (hearing_is_found(at, &row) && row.error)
			return fail(b, BOARD_REFUSED, "the device's check found: %.*s: %s", (int)row.name.len,
				    (const char *)row.name.data, row.text);
	for (unsigned i = 0; i < b->plan->roots; i++)
		if (!has_root(b, &b->plan->root[i]))
			return fail(b, BOARD_REFUSED,
				    "the device has not the root '%s' that it was sent: does the line lose bytes?",
				    b->plan->root[i].info.subject);
	if (b->plan->has_key) {
		plan_short(b->plan->key_info.fingerprint, given);
		if (strcmp(given, b->key) != 0)
			return fail(b, BOARD_REFUSED, "the device has another key than it was sent");
	}
	step(b, "check", "all is there, and sound");
	return true;
}

/* The lines of the answer from BEGIN to END. */
static void collect_pem(struct board *b)
{
	struct text t;
	bool inside = false;

	text_init(&t, b->public_pem, sizeof b->public_pem);
	for (const char *at = dialogue_line(&b->dialogue, NULL); at != NULL; at = dialogue_line(&b->dialogue, at)) {
		inside |= strcmp(at, "-----BEGIN PUBLIC KEY-----") == 0;
		if (inside) {
			text_add(&t, at);
			text_add_char(&t, '\n');
		}
		if (strcmp(at, "-----END PUBLIC KEY-----") == 0)
			inside = false;
	}
}

static bool read_setting(struct board *b, const char *name, char value[256])
{
	char command[COMMAND_MAX], begin[NAME_WIDTH + 1];
	const char *line;

	snprintf(command, sizeof command, "get %s", name);
	snprintf(begin, sizeof begin, "%-*s", NAME_WIDTH, name);
	if (!must(b, command))
		return false;
	line = dialogue_find(&b->dialogue, begin);
	snprintf(value, 256, "%.255s", line != NULL ? line + NAME_WIDTH : "-");
	return true;
}

static bool read_ids(struct board *b)
{
	return read_setting(b, "device", b->device) &&
	       (!b->options->tell_place ||
		(read_setting(b, "project", b->project) && read_setting(b, "region", b->region) &&
		 read_setting(b, "registry", b->registry)));
}

static bool read_public(struct board *b)
{
	if (!must(b, "key public"))
		return false;
	collect_pem(b);
	if (!plan_fingerprint(b->public_pem, b->fingerprint, &b->rsa) ||
	    strncmp(b->fingerprint, b->key, PLAN_SHORT) != 0)
		return fail(b, BOARD_REFUSED,
			    "the public half that the device told is not that of its key: does the line lose "
			    "bytes?");
	return read_ids(b);
}

static bool start(struct board *b)
{
	if (!b->options->start) {
		step(b, "start", "not asked for: the device starts at power-on, or by 'start' on its console");
		return true;
	}
	if (!must(b, "start"))
		return false;
	if (dialogue_find(&b->dialogue, "started already") != NULL &&       /* it has restarted meanwhile */
	    !(must(b, "stop") && must(b, "start")))
		return false;
	b->stopped = false;
	step(b, "start", "started");
	return true;
}

/* What has been heard while waiting. */
struct news {
	bool state;             /* its state was acknowledged, a message too */
	bool refused;           /* the login was */
	char trouble[448];      /* the last diagnosis; empty: none, or it is over */
};

/* What the commonest reason means here: the server does not know the key yet. */
static const char *advice(const struct news *news)
{
	return news->refused ? "; has the public key been registered? The device tries again by itself" :
	       "; the device goes on trying";
}

/* "diagnosis: SENTENCE [CODE facts]" is told as "SENTENCE [CODE]". */
static void take_trouble(struct board *b, struct news *news, const char *line)
{
	const char *sentence = line + strlen("diagnosis: "), *code;
	struct bytes name;

	if (!hearing_is_trouble(line, &name))
		return;
	code = name.len > 0 ? (const char *)name.data - 1 : sentence + strlen(sentence);
	news->refused = bytes_starts_with(name, "LOGIN-");
	snprintf(news->trouble, sizeof news->trouble, "%.*s%.*s%s", (int)(code - sentence), sentence,
		 (int)name.len + 1, code, name.len > 0 ? "]" : "");
	step(b, "waiting", "%s", news->trouble);
	if (bytes_equal_text(name, "OK"))
		news->trouble[0] = '\0';
}

static bool give_up(struct board *b, const struct news *news)
{
	long seconds = (long)(b->options->wait_ms / 1000);

	if (news->trouble[0] == '\0')
		return fail(b, BOARD_NOT_ACKED,
			    "started, but nothing was acknowledged within %ld s, and the device reports no "
			    "error: 'status' on its console shows how far it is",
			    seconds);
	return fail(b, BOARD_NOT_ACKED, "started, but nothing was acknowledged within %ld s; the device says: %s%s",
		    seconds, news->trouble, advice(news));
}

static bool wait_acked(struct board *b)
{
	int64_t end_ms = line_now_ms() + b->options->wait_ms;
	struct news news = { 0 };
	const char *line;
	uint32_t number;
	enum talk t;

	while ((t = dialogue_listen(&b->dialogue, end_ms, &line)) == TALK_OK) {
		if (hearing_is_acked(line, &number)) {
			step(b, "online", "message %u is acknowledged", (unsigned)number);
			return true;
		}
		news.state |= strcmp(line, "state acknowledged") == 0;
		take_trouble(b, &news, line);
		if (strncmp(line, "device: ", 8) == 0)
			step(b, "waiting", "%.80s", line + 8);
	}
	if (t != TALK_SILENT) {
		talked(b, t);
		say_more(b, "; it is provisioned and started");
		return false;
	}
	if (!news.state)
		return give_up(b, &news);
	step(b, "online", "the device's state is acknowledged; its first telemetry is still to come");
	return true;
}

static bool (*const steps[])(struct board *b) = {
	put_seed, put_key, put_roots, put_settings, verify, read_public,
};

enum { STEPS = sizeof steps / sizeof steps[0] };

_Static_assert(sizeof parts / sizeof parts[0] == STEPS, "each step leaves something");

enum board_outcome board_provision(struct board *b)
{
	size_t i = 0;

	if (!is_complete(b) || !is_key_safe(b)) {
		say_state(b, 0);
		return b->outcome;
	}
	while (i < STEPS && steps[i](b))
		i++;
	if (b->outcome != BOARD_DONE)
		say_state(b, i);
	return b->outcome;
}

enum board_outcome board_start(struct board *b)
{
	if (!start(b))
		say_more(b, "; it is provisioned, but perhaps not started");
	else if (b->options->start && b->options->wait_ms > 0)
		(void)wait_acked(b);
	return b->outcome;
}

void board_close(struct board *b)
{
	put_back(b);
	line_close(&b->line);
	bytes_wipe(&b->dialogue, sizeof b->dialogue);
}
