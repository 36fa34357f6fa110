/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dialogue.h - a command to a device's console and the answer to it.
 *
 * The device may be booting, in the middle of a line, or telling what it does
 * while it answers.  So a command counts as understood only when its echo was
 * heard whole, and the answer is what stands between that and the next prompt.
 * A command whose echo does not come is repeated: every one that is used here
 * may be.
 */
#ifndef TERN_CLI_DIALOGUE_H
#define TERN_CLI_DIALOGUE_H

#include "cli/hearing.h"
#include "cli/line.h"

enum { DIALOGUE_ANSWER_MAX = 16384, DIALOGUE_ANSWER_MS = 15000, DIALOGUE_SECRETS = 64 };

enum talk {
	TALK_OK,
	TALK_SILENT,         /* no answer */
	TALK_STRANGER,       /* something answers that is no console of Tern */
	TALK_LOST,           /* the line is gone */
	TALK_INTERRUPTED     /* by a signal */
};

struct dialogue {
	struct line   *line;
	struct hearing hearing;
	bool           verbose;       /* the conversation goes to standard error */
	uint8_t        in[512];
	size_t         in_off, in_len;
	unsigned       tries;         /* makes each remark of dialogue_reach() another */
	bool           answering;     /* lines belong to ANSWER */
	size_t         answer_len;
	char           answer[DIALOGUE_ANSWER_MAX];   /* lines, each terminated; what was broken is whole again */
	char           last[128];     /* of the lines heard, for what is said when nothing is understood */
	struct bytes   secrets[DIALOGUE_SECRETS];     /* never shown, should they be heard; borrowed */
	size_t         secret_count;
};

void dialogue_init(struct dialogue *d, struct line *line, bool verbose);

/* TEXT, which stays borrowed, is not to be shown. */
void dialogue_hide(struct dialogue *d, struct bytes text);

/* LINE with asterisks in the place of secrets, cut to fit. */
void dialogue_mask(const struct dialogue *d, const char *line, char *out, size_t size);

/* Bring the device to its command prompt, within TIMEOUT_MS. */
enum talk dialogue_reach(struct dialogue *d, int64_t timeout_ms);

/* Type COMMAND; its answer is then in D.  The device echoes only its first SHOWN
 * bytes, blanks at their end aside. */
enum talk dialogue_ask(struct dialogue *d, const char *command, size_t shown);

/* Type TEXT, of which the device echoes nothing that matters, behind COMMAND,
 * which asks for it.  The answer has a line that begins with EXPECTED, or with
 * "error: ". */
enum talk dialogue_paste(struct dialogue *d, const char *command, const char *text, const char *expected);

/* Wait for a line of the device's own that is not part of an answer.  *LINE is
 * borrowed until the next call.  SILENT at END_MS. */
enum talk dialogue_listen(struct dialogue *d, int64_t end_ms, const char **line);

/* The lines of the last answer: NULL, or the one behind BEFORE (NULL: the first). */
const char *dialogue_line(const struct dialogue *d, const char *before);

/* The first line of the answer that begins with PREFIX; that is an error. */
const char *dialogue_find(const struct dialogue *d, const char *prefix);
const char *dialogue_error(const struct dialogue *d);

#endif
