/* SPDX-License-Identifier: Apache-2.0 */
#include "console/complete.h"

#include "console/commands.h"
#include "console/words.h"
#include "device/values.h"

/* The part of LINE behind its last blank: the word that is begun. */
static struct bytes last_word(struct bytes line)
{
	size_t n = line.len;

	while (n > 0 && line.data[n - 1] != ' ')
		n--;
	return (struct bytes){ line.data + n, line.len - n };
}

static struct bytes name_in(const char *usage)
{
	struct bytes words = bytes_of(usage);

	return words_next(&words);
}

static const char *usage_of(struct bytes word)
{
	const char *usage;

	for (unsigned i = 0; (usage = commands_usage(i)) != NULL; i++)
		if (words_same(word, name_in(usage)))
			return usage;
	return NULL;
}

static bool a_command(unsigned index, struct bytes *word)
{
	const char *usage = commands_usage(index);

	if (usage != NULL)
		*word = name_in(usage);
	return usage != NULL;
}

static bool a_setting(unsigned index, struct bytes *word)
{
	enum settings_key key;

	if (!values_at(index, &key))
		return false;
	*word = bytes_of(settings_info(key)->name);
	return true;
}

static bool ends_word(char c)
{
	return c == ' ' || c == '|' || c == ']' || c == '\0';
}

/* Word number INDEX of those that stand behind '[' or '|' in USAGE. */
static bool an_alternative(const char *usage, unsigned index, struct bytes *word)
{
	for (const char *at = usage; *at != '\0'; at++) {
		size_t n = 0;

		if ((*at != '[' && *at != '|') || (at[1] >= 'A' && at[1] <= 'Z') || index-- > 0)
			continue;
		while (!ends_word(at[1 + n]))
			n++;
		*word = (struct bytes){ (const uint8_t *)at + 1, n };
		return true;
	}
	return false;
}

bool complete_candidate(struct bytes line, unsigned index, struct bytes *word)
{
	struct bytes before = { line.data, line.len - last_word(line).len };
	struct bytes first = words_next(&before);
	const char *usage;

	if (first.len == 0)
		return a_command(index, word);
	usage = before.len == 0 ? usage_of(first) : NULL;
	if (usage == NULL)
		return false;
	if (words_are(first, "help"))
		return a_command(index, word);
	if (words_are(first, "set") || words_are(first, "get") || words_are(first, "unset"))
		return a_setting(index, word);
	return an_alternative(usage, index, word);
}

/* What A and B have in common at their beginning. */
static size_t common(struct bytes a, struct bytes b)
{
	size_t n = 0;

	while (n < a.len && n < b.len && a.data[n] == b.data[n])
		n++;
	return n;
}

/* A whole name is not asked whether it goes on: "apn", although there is "apn-user". */
struct complete complete(struct bytes line)
{
	struct bytes begun = last_word(line), word, all = { NULL, 0 };
	unsigned count = 0;

	for (unsigned i = 0; complete_candidate(line, i, &word); i++) {
		if (!words_begin(begun, word))
			continue;
		if (begun.len == word.len)
			return (struct complete){ .whole = true };
		all = count++ == 0 ? word : (struct bytes){ all.data, common(all, word) };
	}
	if (count == 0)
		return (struct complete){ .whole = false };
	return (struct complete){
		.more = { all.data + begun.len, all.len - begun.len },
		.whole = count == 1, .several = count > 1 && all.len == begun.len,
	};
}
