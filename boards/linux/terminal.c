/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/terminal.h"

#include "base/bytes.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { SCRIPT_MAX = 1 << 20, CTRL_C = 0x03, WRITE_MAX = 512 };   /* <= PIPE_BUF: a ready pipe takes it whole */

/* The one terminal of the process: a signal's handler has to find it. */
static struct termios before, raw;
static volatile bool is_raw;

void terminal_restore(void)
{
	if (is_raw)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

void terminal_resume(void)
{
	if (is_raw)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

/* Output and the other signals stay the terminal's business; Ctrl-C, echo and lines do
 * not. */
static void make_raw(void)
{
	if (isatty(STDIN_FILENO) == 0 || tcgetattr(STDIN_FILENO, &before) != 0)
		return;
	raw = before;
	raw.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR);
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | IEXTEN);
	raw.c_cc[VINTR] = _POSIX_VDISABLE;
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	is_raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

static const char *load(struct terminal *t, FILE *f)
{
	t->script = malloc(SCRIPT_MAX + 1);
	if (t->script == NULL)
		return strerror(ENOMEM);
	t->script_len = fread(t->script, 1, SCRIPT_MAX, f);
	if (ferror(f))
		return strerror(errno);
	if (fgetc(f) != EOF)
		return "is longer than 1 MB";
	if (t->script_len > 0 && t->script[t->script_len - 1] != '\n')
		t->script[t->script_len++] = '\n';
	return NULL;
}

static bool open_script(struct terminal *t, const char *path, char *why, size_t why_size)
{
	FILE *f = fopen(path, "re");
	const char *wrong = f == NULL ? strerror(errno) : load(t, f);

	if (f != NULL)
		fclose(f);
	if (wrong != NULL)
		snprintf(why, why_size, "script '%s': %s", path, wrong);
	return wrong == NULL;
}

bool terminal_open(struct terminal *t, const char *path, size_t from, bool exit_when_done,
		   char *why, size_t why_size)
{
	*t = (struct terminal){ .exit_when_done = exit_when_done, .input_open = path == NULL || !exit_when_done };
	if (path != NULL && !open_script(t, path, why, why_size))
		return false;
	t->script_at = from < t->script_len ? from : t->script_len;
	make_raw();
	return true;
}

bool terminal_has_input(const struct terminal *t)
{
	return t->script_at < t->script_len;
}

bool terminal_is_file(const struct terminal *t)
{
	return terminal_has_input(t) || !is_raw;
}

bool terminal_waits_for_input(const struct terminal *t)
{
	return t->input_open && !terminal_has_input(t);
}

/* What was read is wiped: a script may hold a private key. */
static size_t read_script(struct terminal *t, uint8_t *buf, size_t size)
{
	char *line = t->script + t->script_at;
	size_t left = t->script_len - t->script_at;
	const char *end = memchr(line, '\n', left);
	size_t n = end != NULL ? (size_t)(end - line) + 1 : left;

	if (n > size)
		n = size;
	memcpy(buf, line, n);
	bytes_wipe(line, n);
	t->script_at += n;
	return n;
}

/* Ctrl-C gives up what the console is in the middle of; twice, it ends the program. */
static void look_for_end(struct terminal *t, const uint8_t *buf, size_t n)
{
	for (size_t i = 0; i < n && is_raw; i++) {
		if (buf[i] == CTRL_C && t->last == CTRL_C)
			(void)raise(SIGINT);
		t->last = buf[i];
	}
}

static size_t read_input(struct terminal *t, uint8_t *buf, size_t size)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	ssize_t n;

	if (poll(&p, 1, 0) <= 0)
		return 0;
	n = read(STDIN_FILENO, buf, size);
	if (n > 0) {
		look_for_end(t, buf, (size_t)n);
		t->in_line = buf[n - 1] != '\n' && buf[n - 1] != '\r';
		return (size_t)n;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		t->input_open = false;
	return 0;
}

/* The last line may lack its end. */
static size_t read_end(struct terminal *t, uint8_t *buf)
{
	t->ended = !t->in_line;
	if (t->ended)
		return 0;
	t->in_line = false;
	buf[0] = '\n';
	return 1;
}

size_t terminal_read(struct terminal *t, uint8_t *buf, size_t size)
{
	size_t n = 0;

	if (size == 0)
		return 0;
	if (terminal_has_input(t))
		return read_script(t, buf, size);
	if (t->input_open)
		n = read_input(t, buf, size);
	return n > 0 || t->input_open ? n : read_end(t, buf);
}

void terminal_idle(struct terminal *t)
{
	if (t->ended && !t->full)
		t->done = t->exit_when_done;
}

/* Scripts learn of a refused line by the program's status. */
static void look_for_errors(struct terminal *t, const uint8_t *data, size_t len)
{
	static const char word[] = "error: ";
	enum { WORD = sizeof word - 1, OTHER = WORD + 1 };

	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n')
			t->matched = 0;
		else if (t->matched < WORD)
			t->matched = data[i] == (uint8_t)word[t->matched] ? t->matched + 1 : OTHER;
		t->errors |= t->matched == WORD;
	}
}

size_t terminal_write(struct terminal *t, const uint8_t *data, size_t len)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };
	ssize_t n;

	t->full = poll(&p, 1, 0) <= 0;
	if (t->full || len == 0)
		return 0;
	n = write(STDOUT_FILENO, data, len < WRITE_MAX ? len : WRITE_MAX);
	look_for_errors(t, data, n > 0 ? (size_t)n : 0);
	if (n >= 0)
		return (size_t)n;
	return errno == EAGAIN || errno == EINTR ? 0 : len;   /* nobody reads any more: as good as said */
}
