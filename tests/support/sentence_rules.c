/* SPDX-License-Identifier: Apache-2.0 */
#include "support/sentence_rules.h"

#include <stdbool.h>
#include <string.h>

enum { LONGEST = 400, SHORTEST = 20, SHORTEST_ACT = 12 };

const char *sentence_act(const char *sentence)
{
	const char *dash = strstr(sentence, " - "), *next;

	while (dash != NULL && (next = strstr(dash + 3, " - ")) != NULL)
		dash = next;
	return dash != NULL ? dash + 3 : NULL;
}

/* Without " [CODE ...]". */
static size_t length_of(const char *sentence)
{
	const char *bracket = strrchr(sentence, '[');
	size_t len = strlen(sentence);

	if (bracket != NULL && bracket > sentence && bracket[-1] == ' ' && len > 0 && sentence[len - 1] == ']')
		return (size_t)(bracket - sentence) - 1;
	return len;
}

static bool is_printable(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

/* Of a private key in PEM or base64, a token's beginning, a PIN in its command. */
static bool holds_secret(const char *s)
{
	static const char *const signs[] = { "eyJ", "MHcC", "MIGH", "MIIE", "-----BEGIN", "CPIN=" };

	for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
		if (strstr(s, signs[i]) != NULL)
			return true;
	return false;
}

const char *sentence_flaw(const char *sentence)
{
	const char *act = sentence_act(sentence);
	size_t len = length_of(sentence);

	if (len > LONGEST)
		return "longer than 400 characters";
	if (len < SHORTEST)
		return "too short to stand alone";
	if (!is_printable(sentence))
		return "not printable";
	if (holds_secret(sentence))
		return "a secret stands in it";
	if (act == NULL || len < (size_t)(act - sentence) + SHORTEST_ACT)
		return "it does not say what to do";
	if (memchr(act, '?', len - (size_t)(act - sentence)) != NULL)
		return "a question, and no instruction";
	if (strstr(sentence, "  ") != NULL || strstr(sentence, "''") != NULL || strstr(sentence, " ,") != NULL ||
	    strstr(sentence, "(null)") != NULL)
		return "a place is not filled";
	return NULL;
}
