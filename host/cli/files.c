/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/files.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

static bool fail(char why[FILES_WHY], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, FILES_WHY, format, args);
	va_end(args);
	return false;
}

static bool read_all(FILE *f, const char *name, size_t max, struct buffer *out, char why[FILES_WHY])
{
	size_t from = out->len, n;

	do {
		n = fread(buffer_room(out, PIECE), 1, PIECE, f);
		out->len += n;
		out->data[out->len] = '\0';
	} while (n > 0 && out->len - from <= max);
	if (ferror(f))
		return fail(why, "%.200s: %s", name, strerror(errno));
	return out->len - from <= max || fail(why, "%.200s: longer than the %zu bytes that it may have", name, max);
}

bool files_read(const char *file, size_t max, struct buffer *out, char why[FILES_WHY])
{
	bool standard = strcmp(file, "-") == 0;
	FILE *f = standard ? stdin : fopen(file, "re");
	bool ok;

	if (f == NULL)
		return fail(why, "%.200s: %s", file, strerror(errno));
	ok = read_all(f, standard ? "standard input" : file, max, out, why);
	if (!standard)
		fclose(f);
	return ok;
}

bool files_replace(const char *file, const char *text, char why[FILES_WHY])
{
	struct buffer other = { 0 };
	FILE *f;
	bool ok;

	buffer_format(&other, "%s.new", file);
	f = fopen(other.data, "we");
	ok = f != NULL && fputs(text, f) >= 0 && fflush(f) == 0 && fsync(fileno(f)) == 0;
	if (f != NULL && fclose(f) != 0)
		ok = false;
	ok = ok && rename(other.data, file) == 0;
	if (!ok)
		fail(why, "%.200s: %s", file, strerror(errno));
	buffer_free(&other);
	return ok;
}
