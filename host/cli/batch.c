/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/batch.h"

#include "cli/csv.h"
#include "cli/enroll.h"
#include "cli/provision.h"
#include "device/values.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LIST_MAX = 16 << 20, PATH_SIZE = 4096, LOOK_AGAIN_MS = 1000, WATCH_TIMEOUT_MS = 3000 };

/* One done board of the log. */
struct done {
	char *device, *board;
};

/* The settings of one board, by enum settings_key. */
struct row {
	const char *value[SETTINGS_LIMIT];
};

struct batch {
	struct options *options;
	struct client  *bridge;
	char           *list;                      /* the text of the CSV file; its fields lie in it */
	struct row     *row;
	size_t          rows, size;
	const char     *column[CSV_FIELDS];
	size_t          columns;
	struct done    *done;
	size_t          done_count;
	FILE           *log;
	size_t          ok, failed, passed;
};

static bool complain(const char *path, unsigned line, const char *why)
{
	if (line > 0)
		fprintf(stderr, "tern provision: %s, line %u: %s\n", path, line, why);
	else
		fprintf(stderr, "tern provision: %s: %s\n", path, why);
	return false;
}

/* The text of a file, with room for one byte behind it. */
static char *load(const char *path, size_t *len)
{
	FILE *f = fopen(path, "re");
	char *text = f != NULL ? malloc(LIST_MAX + 1) : NULL;

	*len = text != NULL ? fread(text, 1, LIST_MAX, f) : 0;
	if (text == NULL || ferror(f) || *len == LIST_MAX) {
		complain(path, 0, text != NULL && *len == LIST_MAX ? "is longer than 16 MB" : strerror(errno));
		free(text);
		text = NULL;
	}
	if (f != NULL)
		fclose(f);
	return text;
}

/* ---- the list ----------------------------------------------------------- */

static bool read_header(struct batch *b, struct csv *csv)
{
	const char *path = b->options->csv;
	enum settings_key key;
	char why[PLAN_WHY];
	bool device = false;

	switch (csv_next(csv)) {
	case CSV_END:
		return complain(path, 0, "is empty");
	case CSV_WRONG:
		return complain(path, csv->line, csv->wrong);
	case CSV_ROW:
		break;
	}
	for (b->columns = 0; b->columns < csv->fields; b->columns++) {
		const char *name = csv->field[b->columns];

		if (!values_find(bytes_of(name), &key)) {
			snprintf(why, sizeof why,
				 "the column '%.40s' is no setting; there must be 'device', and may be any "
				 "other that 'get' on the console lists",
				 name);
			return complain(path, csv->line, why);
		}
		device |= key == SETTINGS_DEVICE;
		b->column[b->columns] = name;
	}
	return device || complain(path, csv->line, "there is no column 'device'");
}

static bool is_twice(const struct batch *b, const char *device)
{
	for (size_t i = 0; i < b->rows; i++)
		if (strcmp(b->row[i].value[SETTINGS_DEVICE], device) == 0)
			return true;
	return false;
}

static struct row *new_row(struct batch *b)
{
	size_t size = b->size > 0 ? 2 * b->size : 64;
	struct row *more;

	if (b->rows == b->size) {
		more = realloc(b->row, size * sizeof *more);
		if (more == NULL)
			return NULL;
		b->row = more;
		b->size = size;
	}
	return &b->row[b->rows];
}

static bool read_row(struct batch *b, struct csv *csv)
{
	const char *path = b->options->csv, *device;
	struct row *row = new_row(b);
	struct plan p = { 0 };
	enum settings_key key;
	char why[PLAN_WHY];

	if (row == NULL)
		return complain(path, 0, strerror(ENOMEM));
	if (csv->fields != b->columns)
		return complain(path, csv->line, "it has not as many fields as the first line");
	for (size_t i = 0; i < csv->fields; i++)
		if (csv->field[i][0] != '\0' && !plan_set(&p, b->column[i], csv->field[i], why))
			return complain(path, csv->line, why);
	device = p.value[SETTINGS_DEVICE];
	if (device == NULL)
		return complain(path, csv->line, "there is no device id");
	if (is_twice(b, device))
		return complain(path, csv->line, "this device id stands above already");
	*row = (struct row){ 0 };
	for (unsigned i = 0; values_at(i, &key); i++)
		row->value[key] = p.value[key] != NULL ? p.value[key] : b->options->plan.value[key];
	b->rows++;
	return true;
}

static bool read_list(struct batch *b)
{
	enum csv_result r;
	struct csv csv;
	size_t len;

	b->list = load(b->options->csv, &len);
	if (b->list == NULL)
		return false;
	csv_init(&csv, b->list, len);
	if (!read_header(b, &csv))
		return false;
	while ((r = csv_next(&csv)) == CSV_ROW)
		if (!read_row(b, &csv))
			return false;
	if (r == CSV_WRONG)
		return complain(b->options->csv, csv.line, csv.wrong);
	return b->rows > 0 || complain(b->options->csv, 0, "holds no board");
}

/* ---- the log ------------------------------------------------------------ */

enum { UNIQUE_ID, DEVICE, FINGERPRINT, PUBLIC_KEY_FILE, RESULT, TIME, LOG_FIELDS };
static const char *const log_header[LOG_FIELDS] = {
	"unique_id", "device", "fingerprint", "public_key_file", "result", "time",
};

static bool remember(struct batch *b, const char *device, const char *board)
{
	struct done *more = realloc(b->done, (b->done_count + 1) * sizeof *more);

	if (more == NULL)
		return false;
	b->done = more;
	more[b->done_count] = (struct done){ strdup(device), strdup(board) };
	b->done_count++;
	return more[b->done_count - 1].device != NULL && more[b->done_count - 1].board != NULL;
}

static bool is_header(const struct csv *csv)
{
	for (size_t i = 0; i < LOG_FIELDS; i++)
		if (csv->fields != LOG_FIELDS || strcmp(csv->field[i], log_header[i]) != 0)
			return false;
	return true;
}

static bool read_log(struct batch *b, char *text, size_t len)
{
	const char *path = b->options->log;
	enum csv_result r;
	struct csv csv;

	csv_init(&csv, text, len);
	r = csv_next(&csv);
	if (r == CSV_END)
		return true;
	if (r == CSV_WRONG || !is_header(&csv))
		return complain(path, 0, "is no log of this program: give the name of a new file");
	while ((r = csv_next(&csv)) == CSV_ROW)
		if (csv.fields == LOG_FIELDS && strcmp(csv.field[RESULT], "ok") == 0 &&
		    !remember(b, csv.field[DEVICE], csv.field[UNIQUE_ID]))
			return complain(path, 0, strerror(ENOMEM));
	return r == CSV_END || complain(path, csv.line, csv.wrong);
}

static void write_row(struct batch *b, const char *const field[LOG_FIELDS])
{
	for (size_t i = 0; i < LOG_FIELDS; i++)
		csv_write(b->log, field[i], i + 1 < LOG_FIELDS ? ',' : '\n');
}

/* A row that a cut of the power left without its end is ended. */
static bool open_log(struct batch *b)
{
	const char *path = b->options->log;
	char *text;
	size_t len;
	bool ok;

	b->log = fopen(path, "ae");
	if (b->log == NULL)
		return complain(path, 0, strerror(errno));
	if (flock(fileno(b->log), LOCK_EX | LOCK_NB) != 0)
		return complain(path, 0, "another run writes to it");
	text = load(path, &len);
	if (text == NULL)
		return false;
	if (len == 0)
		write_row(b, log_header);
	else if (text[len - 1] != '\n')
		fputc('\n', b->log);
	ok = read_log(b, text, len);
	free(text);
	return ok;
}

static void write_log(struct batch *b, const struct board *board, const char *device, const char *file)
{
	char when[24];
	time_t now = time(NULL);
	struct tm tm;
	const char *const field[LOG_FIELDS] = {
		board->id, device, board->fingerprint, file, board->outcome == BOARD_DONE ? "ok" : board->why, when,
	};

	strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	write_row(b, field);
	if (fflush(b->log) != 0 || fsync(fileno(b->log)) != 0)
		complain(b->options->log, 0, strerror(errno));
}

static const struct done *find_done(const struct batch *b, const char *device, const char *board)
{
	for (size_t i = 0; i < b->done_count; i++)
		if ((device != NULL && strcmp(b->done[i].device, device) == 0) ||
		    (board != NULL && board[0] != '\0' && strcmp(b->done[i].board, board) == 0))
			return &b->done[i];
	return NULL;
}

/* ---- the boards --------------------------------------------------------- */

enum turn { TURN_GO, TURN_SKIP, TURN_END };

/* Wait for Enter; the end of the input, or a signal, ends the run. */
static enum turn wait_enter(const char *device, bool first)
{
	char c = '\0', last = '\0';
	struct line in = { .fd = STDIN_FILENO, .name = "input" };
	size_t n;

	if (first)
		return TURN_GO;
	fprintf(stderr, "next: %s. Connect its board, then Enter (s: skip it, q: end) ", device);
	while (line_read(&in, (uint8_t *)&c, 1, &n, INT64_MAX) == LINE_OK && c != '\n')
		last = c;
	if (c != '\n' || last == 'q')
		return TURN_END;
	return last == 's' ? TURN_SKIP : TURN_GO;
}

/* A board that is not there yet, or that is done, is waited for. */
static bool is_awaited(const struct batch *b, const struct board *board)
{
	return b->options->watch && (board->outcome == BOARD_NO_LINE ||
				     (board->outcome == BOARD_DONE && find_done(b, NULL, board->id) != NULL));
}

static void find_board(struct batch *b, struct board *board, struct board_options *o, struct plan *p)
{
	const char *device = p->value[SETTINGS_DEVICE];
	bool told = false;

	o->quiet = b->options->watch;
	if (o->quiet && o->timeout_ms > WATCH_TIMEOUT_MS)
		o->timeout_ms = WATCH_TIMEOUT_MS;
	while (board_find(board, o, p), is_awaited(b, board)) {
		board_close(board);
		if (!told)
			fprintf(stderr, "waiting at %s for the board of %s\n", o->line, device);
		told = true;
		if (line_pause(LOOK_AGAIN_MS) == LINE_INTERRUPTED) {
			board->outcome = BOARD_INTERRUPTED;
			snprintf(board->why, sizeof board->why, "interrupted");
			return;
		}
	}
	o->quiet = false;
}

/* In FILE, if that was asked for.  A board of which nobody has the public half is
 * not done: it would be passed over by the next run. */
static bool keep_public(struct batch *b, struct board *board, const char *device, char file[PATH_SIZE])
{
	if (b->options->public_path == NULL)
		return true;
	snprintf(file, PATH_SIZE, "%s/%s.pem", b->options->public_path, device);
	if (provision_save_public(board, file))
		return true;
	board->outcome = BOARD_REFUSED;
	snprintf(board->why, sizeof board->why, "%.300s: %s; the board has everything, and is not started", file,
		 strerror(errno));
	file[0] = '\0';
	return false;
}

static void run_board(struct batch *b, struct board *board, struct plan *p)
{
	struct board_options o = b->options->board;
	const char *device = p->value[SETTINGS_DEVICE];
	const struct done *done;
	char file[PATH_SIZE] = "";

	find_board(b, board, &o, p);
	done = find_done(b, NULL, board->id);
	if (board->outcome == BOARD_DONE && done != NULL) {
		board->outcome = BOARD_UNFIT;
		snprintf(board->why, sizeof board->why, "this board (%s) is '%.80s' already: was it not exchanged?",
			 board->id, done->device);
	}
	if (board->outcome == BOARD_DONE && board_provision(board) == BOARD_DONE &&
	    keep_public(b, board, device, file)) {
		provision_print(board, false);
		if (!b->options->enroll || enroll_board(b->bridge, board))
			board_start(board);
	}
	board_close(board);
	write_log(b, board, device, file);
	if (board->outcome == BOARD_DONE && !remember(b, device, board->id))
		complain(b->options->log, 0, strerror(ENOMEM));
}

/* One row of the list.  False: the run ends. */
static bool run_row(struct batch *b, const struct row *row, bool *first)
{
	static struct board board;
	static struct plan p;
	const char *device = row->value[SETTINGS_DEVICE];
	enum turn turn;

	if (find_done(b, device, NULL) != NULL) {
		b->passed++;
		return true;
	}
	turn = b->options->watch ? TURN_GO : wait_enter(device, *first);
	*first = false;
	if (turn != TURN_GO)
		return turn != TURN_END;
	fprintf(stderr, "%s (%zu of %zu)\n", device, (size_t)(row - b->row) + 1, b->rows);
	p = b->options->plan;
	memcpy(p.value, row->value, sizeof p.value);
	run_board(b, &board, &p);
	b->ok += board.outcome == BOARD_DONE;
	b->failed += board.outcome != BOARD_DONE;
	if (board.outcome != BOARD_DONE)
		provision_complain(&board, device);
	return board.outcome != BOARD_INTERRUPTED;
}

static int run_rows(struct batch *b)
{
	bool first = true, going = true;
	size_t left;

	for (size_t i = 0; i < b->rows && going; i++)
		going = run_row(b, &b->row[i], &first);
	left = b->rows - b->passed - b->ok;
	fprintf(stderr, "%zu boards: %zu done, %zu done before, %zu failed, %zu left; the log is %s\n", b->rows, b->ok,
		b->passed, b->failed, left - b->failed, b->options->log);
	return left == 0 ? PROVISION_OK : PROVISION_SOME;
}

static bool is_folder(const char *path)
{
	struct stat st;

	if (path == NULL || (stat(path, &st) == 0 && S_ISDIR(st.st_mode) && access(path, W_OK) == 0))
		return true;
	return complain(path, 0, "--public is a folder with --csv, into which this user may write");
}

int batch_run(struct options *o, struct client *bridge)
{
	struct batch b = { .options = o, .bridge = bridge };
	int status = PROVISION_UNFIT;

	if (is_folder(o->public_path) && read_list(&b) && open_log(&b))
		status = run_rows(&b);
	if (b.log != NULL)
		fclose(b.log);
	for (size_t i = 0; i < b.done_count; i++) {
		free(b.done[i].device);
		free(b.done[i].board);
	}
	free(b.done);
	free(b.row);
	free(b.list);
	return status;
}
