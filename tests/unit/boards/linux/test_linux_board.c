/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "linux/flash_file.h"
#include "linux/hurry.h"
#include "linux/modem_line.h"
#include "linux/options.h"
#include "linux/ram_file.h"
#include "linux/terminal.h"
#include "store/layout.h"
#include "store/settings.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/tern-linux-board-XXXXXX";
static char why[512];

/* The path of NAME in a folder of this run. */
static const char *in_folder(const char *name)
{
	static char path[2][128];
	static unsigned turn;

	turn ^= 1;
	snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
	return path[turn];
}

static void write_file(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
}

/* --- options -------------------------------------------------------------- */

static void options_are_read_or_refused_by_name(void **state)
{
	static const struct row {
		const char *name;
		const char *args[6];
		enum options_result want;
		const char *says;            /* what the complaint must name */
	} rows[] = {
		{ "the two that are needed", { "--modem", "m", "--flash", "f" }, OPTIONS_RUN, NULL },
		{ "equals sign", { "--modem=m", "--flash=f" }, OPTIONS_RUN, NULL },
		{ "all flags", { "--modem=m", "--flash=f", "--no-led", "--exit-when-done", "--flow-control" }, OPTIONS_RUN, NULL },
		{ "nothing", { NULL }, OPTIONS_WRONG, "--modem is missing" },
		{ "no flash", { "--modem", "m" }, OPTIONS_WRONG, "--flash is missing" },
		{ "unknown", { "--modme", "m" }, OPTIONS_WRONG, "'--modme'" },
		{ "unknown with a value", { "--baud=9600" }, OPTIONS_WRONG, "'--baud=9600'" },
		{ "not an option", { "modem" }, OPTIONS_WRONG, "'modem'" },
		{ "prefix of an option", { "--mod", "m" }, OPTIONS_WRONG, "'--mod'" },
		{ "empty argument", { "" }, OPTIONS_WRONG, "''" },
		{ "value left out at the end", { "--modem" }, OPTIONS_WRONG, "'--modem' needs a value" },
		{ "empty value", { "--modem=" }, OPTIONS_WRONG, "'--modem=' needs a value" },
		{ "flag with a value", { "--no-led=1" }, OPTIONS_WRONG, "'--no-led=1' takes no value" },
		{ "given twice", { "--flash=a", "--flash=b" }, OPTIONS_WRONG, "'--flash=b' is given twice" },
		{ "a hurry", { "--modem=m", "--flash=f", "--hurry=60", "--hurry-file=h" }, OPTIONS_RUN, NULL },
		{ "a hurry of nothing", { "--modem=m", "--flash=f", "--hurry", "0", "--hurry-file=h" }, OPTIONS_WRONG, "--hurry '0'" },
		{ "too much hurry", { "--modem=m", "--flash=f", "--hurry=1001", "--hurry-file=h" }, OPTIONS_WRONG, "1 to 1000" },
		{ "a hurry in words", { "--modem=m", "--flash=f", "--hurry=fast", "--hurry-file=h" }, OPTIONS_WRONG, "'fast'" },
		{ "a hurry alone", { "--modem=m", "--flash=f", "--hurry=5" }, OPTIONS_WRONG, "--hurry-file" },
		{ "a reset", { "--modem=m", "--flash=f", "--reset=brown-out" }, OPTIONS_RUN, NULL },
		{ "a reset of another name", { "--modem=m", "--flash=f", "--reset=brown" }, OPTIONS_WRONG,
		  "--reset 'brown' is none of power-on, pin" },
		{ "help goes before what is missing", { "--help" }, OPTIONS_HELP, NULL },
		{ "version", { "--version", "--nonsense" }, OPTIONS_VERSION, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *argv[8] = { (char *)"tern-device" };
		struct options o;
		int argc = 1;

		for (; argc < 7 && rows[i].args[argc - 1] != NULL; argc++)
			argv[argc] = (char *)(uintptr_t)rows[i].args[argc - 1];
		why[0] = '\0';
		if (options_parse(&o, argc, argv, why, sizeof why) != rows[i].want)
			fail_msg("%s: %s", rows[i].name, why);
		if (rows[i].says != NULL && strstr(why, rows[i].says) == NULL)
			fail_msg("%s: '%s' does not say %s", rows[i].name, why, rows[i].says);
		if (rows[i].want == OPTIONS_RUN) {
			assert_string_equal(o.modem, "m");
			assert_string_equal(o.flash, "f");
			assert_int_equal(o.no_led, rows[i].args[2] != NULL && rows[i].args[2][2] == 'n');
		}
	}
}

/* --- hurry ---------------------------------------------------------------- */

static void time_is_skipped_only_where_nobody_is_late(void **state)
{
	struct hurry *h = hurry_open(in_folder("hurry"), why, sizeof why);
	struct hurry *modem = hurry_open(in_folder("hurry"), why, sizeof why);
	uint64_t long_ago = hurry_real_us() - 1000 * (HURRY_NET_MS + 1);

	(void)state;
	assert_non_null(h);
	assert_non_null(modem);
	modem->busy_us = UINT64_MAX;
	modem->net_us = long_ago;
	assert_int_equal(hurry_may(h, 5000000), 5000000);
	h->sent += 4;
	assert_int_equal(hurry_may(h, 5000000), 0);      /* the modem has not taken what was sent */
	modem->taken += 4;
	assert_int_equal(hurry_may(h, 5000000), 5000000);
	modem->net_us = hurry_real_us();
	assert_int_equal(hurry_may(h, 5000000), 0);      /* a server may be answering */
	modem->net_us = long_ago;
	modem->busy_us = hurry_us(h) + 3000000;
	assert_in_range(hurry_may(h, 5000000), 2000000, 3000000);
	modem->busy_us = hurry_us(h);
	assert_int_equal(hurry_may(h, 5000000), 0);      /* the modem is to act now */
	h->skipped_us = 7000000;
	assert_in_range(hurry_us(modem) - hurry_real_us(), 6900000, 7000000);
	assert_null(hurry_open("/no/such/folder/hurry", why, sizeof why));
	assert_non_null(strstr(why, "/no/such/folder/hurry"));
}

/* --- flash file ----------------------------------------------------------- */

static void flash_file_keeps_the_rules_of_nor_flash(void **state)
{
	static const uint8_t eight[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, ff[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };
	struct flash_file f;
	uint8_t b[16];

	(void)state;
	assert_true(flash_file_open(&f, in_folder("rules"), why, sizeof why));
	assert_int_equal(f.flash.page_size, LAYOUT_PAGE_SIZE);
	assert_int_equal(flash_read(&f.flash, 64 * 2048 - 8, b, 8), ERR_OK);
	assert_memory_equal(b, ff, 8);
	assert_int_equal(flash_program(&f.flash, 2048, eight, 8), ERR_OK);
	assert_int_equal(flash_program(&f.flash, 2048, eight, 8), ERR_FLASH_PROGRAM);
	assert_int_equal(flash_program(&f.flash, 2052, eight, 8), ERR_FLASH_RANGE);
	assert_int_equal(flash_program(&f.flash, 2056, eight, 4), ERR_FLASH_RANGE);
	assert_int_equal(flash_program(&f.flash, 64 * 2048, eight, 8), ERR_FLASH_RANGE);
	assert_int_equal(flash_read(&f.flash, 64 * 2048 - 4, b, 8), ERR_FLASH_RANGE);
	assert_int_equal(flash_erase(&f.flash, 2056), ERR_FLASH_RANGE);
	assert_int_equal(flash_erase(&f.flash, 64 * 2048), ERR_FLASH_RANGE);
	assert_int_equal(flash_read(&f.flash, 2045, b, 8), ERR_OK);
	assert_memory_equal(b, ((const uint8_t[]){ 255, 255, 255, 1, 2, 3, 4, 5 }), 8);
	assert_int_equal(flash_erase(&f.flash, 2048), ERR_OK);
	assert_int_equal(flash_program(&f.flash, 2048, eight, 8), ERR_OK);
	flash_file_close(&f);
}

static void flash_file_is_one_process_own_and_keeps_its_bytes(void **state)
{
	struct flash_file f, second;
	struct settings s;
	uint8_t id[FLASH_FILE_ID];
	char host[32];

	(void)state;
	assert_true(flash_file_open(&f, in_folder("kept"), why, sizeof why));
	memcpy(id, f.unique_id, sizeof id);
	assert_false(flash_file_open(&second, in_folder("kept"), why, sizeof why));
	assert_non_null(strstr(why, "/kept': is in use by another process"));
	assert_int_equal(settings_init(&s, &f.flash, LAYOUT_SETTINGS_PAGE, LAYOUT_SETTINGS_PAGES), ERR_OK);
	assert_int_equal(settings_set(&s, SETTINGS_HOST, "iot.example.org", 15), ERR_OK);
	flash_file_close(&f);

	assert_true(flash_file_open(&f, in_folder("kept"), why, sizeof why));
	assert_memory_equal(id, f.unique_id, sizeof id);
	assert_int_equal(settings_init(&s, &f.flash, LAYOUT_SETTINGS_PAGE, LAYOUT_SETTINGS_PAGES), ERR_OK);
	assert_int_equal(settings_get_text(&s, SETTINGS_HOST, host, sizeof host, NULL), ERR_OK);
	assert_string_equal(host, "iot.example.org");
	assert_true(flash_file_open(&second, in_folder("other"), why, sizeof why));
	assert_memory_not_equal(id, second.unique_id, sizeof id);
	flash_file_close(&f);
	flash_file_close(&second);
}

static void flash_file_of_another_kind_is_left_alone(void **state)
{
	static uint8_t ff[3000];
	struct flash_file f;
	char text[16];
	FILE *file;

	(void)state;
	write_file(in_folder("letter"), "Dear Sir,\n", 10);
	assert_false(flash_file_open(&f, in_folder("letter"), why, sizeof why));
	assert_non_null(strstr(why, "/letter': is not a flash file"));
	file = fopen(in_folder("letter"), "r");
	assert_non_null(fgets(text, sizeof text, file));
	fclose(file);
	assert_string_equal(text, "Dear Sir,\n");
	assert_false(flash_file_open(&f, folder, why, sizeof why));
	assert_non_null(strstr(why, folder));
	assert_false(flash_file_open(&f, in_folder("no/such/folder"), why, sizeof why));
	assert_non_null(strstr(why, "No such file"));

	/* its making was interrupted, or a script made it with mktemp */
	memset(ff, 0xff, sizeof ff);
	write_file(in_folder("begun"), ff, sizeof ff);
	assert_true(flash_file_open(&f, in_folder("begun"), why, sizeof why));
	flash_file_close(&f);
	write_file(in_folder("empty"), "", 0);
	assert_true(flash_file_open(&f, in_folder("empty"), why, sizeof why));
	flash_file_close(&f);
}

/* --- RAM that a reset leaves alone ---------------------------------------- */

static const uint8_t board[RAM_FILE_ID] = "one board";

static void ram_file_tells_how_the_run_before_ended(void **state)
{
	static const struct row { const char *name; void (*end)(struct ram_file *); enum evidence_reset want; } rows[] = {
		{ "ended in an orderly way", ram_file_end, EVIDENCE_RESET_POWER_ON },
		{ "restarted itself", ram_file_restart, EVIDENCE_RESET_SOFTWARE },
		{ "gone without a word", NULL, EVIDENCE_RESET_UNKNOWN },
	};
	struct ram_file f;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		(void)unlink(in_folder("how.ram"));
		ram_file_open(&f, in_folder("how"), board);
		assert_int_equal(f.cause, EVIDENCE_RESET_POWER_ON);
		memset(ram_file_bytes(&f, RAM_FILE_BYTES), 0x5a, RAM_FILE_BYTES);
		if (rows[i].end != NULL)
			rows[i].end(&f);
		ram_file_close(&f);
		ram_file_open(&f, in_folder("how"), board);
		if (f.cause != rows[i].want)
			fail_msg("%s: %d", rows[i].name, f.cause);
		assert_int_equal(*(uint8_t *)ram_file_bytes(&f, 1), 0x5a);
		ram_file_close(&f);
	}
}

static void ram_file_keeps_what_a_killed_process_wrote(void **state)
{
	struct ram_file f;
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		ram_file_open(&f, in_folder("how"), board);
		strcpy(ram_file_bytes(&f, 16), "still here");
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	ram_file_open(&f, in_folder("how"), board);
	assert_int_equal(f.cause, EVIDENCE_RESET_UNKNOWN);
	assert_string_equal(ram_file_bytes(&f, 16), "still here");
	assert_null(ram_file_bytes(&f, RAM_FILE_BYTES + 1));
	ram_file_close(&f);
}

static void ram_file_of_another_board_or_machine_is_of_no_use(void **state)
{
	static const uint8_t other[RAM_FILE_ID] = "the other";
	struct ram_file f;
	uint8_t boot;
	int fd;

	(void)state;
	ram_file_open(&f, in_folder("how"), board);
	ram_file_close(&f);
	ram_file_open(&f, in_folder("how"), other);
	assert_int_equal(f.cause, EVIDENCE_RESET_POWER_ON);
	ram_file_close(&f);
	fd = open(in_folder("how.ram"), O_RDWR);    /* as another start of the system would have left it */
	assert_int_equal(pread(fd, &boot, 1, 24), 1);
	boot ^= 1;
	assert_int_equal(pwrite(fd, &boot, 1, 24), 1);
	close(fd);
	ram_file_open(&f, in_folder("how"), other);
	assert_int_equal(f.cause, EVIDENCE_RESET_POWER_ON);
	ram_file_close(&f);
}

static void where_no_ram_file_can_be_had_there_is_none(void **state)
{
	struct ram_file f;
	struct stat st;

	(void)state;
	write_file(in_folder("letter.ram"), "Dear Sir,\n", 10);
	ram_file_open(&f, in_folder("letter"), board);
	assert_null(ram_file_bytes(&f, 1));
	assert_int_equal(f.cause, EVIDENCE_RESET_POWER_ON);
	ram_file_restart(&f);
	ram_file_end(&f);
	assert_int_equal(stat(in_folder("letter.ram"), &st), 0);
	assert_int_equal(st.st_size, 10);
	assert_int_equal(symlink(in_folder("letter.ram"), in_folder("how2.ram")), 0);
	ram_file_open(&f, in_folder("how2"), board);
	assert_null(ram_file_bytes(&f, 1));
	ram_file_open(&f, in_folder("no/such/folder"), board);
	assert_null(ram_file_bytes(&f, 1));
}

/* --- line to the modem ---------------------------------------------------- */

static void wrong_modems_are_refused_by_name(void **state)
{
	static const struct row { const char *spec, *says; } rows[] = {
		{ "/no/such/tty", "modem '/no/such/tty': No such file" },
		{ "/dev/null", "modem '/dev/null': is neither a serial line nor a socket" },
		{ "/tmp", "modem '/tmp': is neither" },
		{ "tcp:", "modem 'tcp:': is not of the form tcp:HOST:PORT" },
		{ "tcp:localhost", "is not of the form" },
		{ "tcp:127.0.0.1:", "is not of the form" },
		{ "tcp::99", "is not of the form" },
		{ "tcp:127.0.0.1:1", "modem 'tcp:127.0.0.1:1': Connection refused" },
		{ "tcp:[::1]:1", "modem 'tcp:[::1]:1': " },
		{ "tcp:127.0.0.1:65537", "modem 'tcp:127.0.0.1:65537': has a port that is not a number from 1 to 65535" },
		{ "tcp:127.0.0.1:0", "has a port that is not" },
		{ "tcp:127.0.0.1:99x", "modem 'tcp:127.0.0.1:99x': " },
	};
	struct modem_line m;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		why[0] = '\0';
		if (modem_line_open(&m, rows[i].spec, false, why, sizeof why) || strstr(why, rows[i].says) == NULL)
			fail_msg("'%s': '%s' does not say %s", rows[i].spec, why, rows[i].says);
		assert_int_equal(m.fd, -1);
	}
}

static int listen_at(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	unlink(path);
	strncpy(addr.sun_path, path, sizeof addr.sun_path - 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof addr), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void a_modem_that_goes_away_is_tried_again_at_growing_intervals(void **state)
{
	const char *path = in_folder("modem");
	int server = listen_at(path), peer;
	struct modem_line m;
	uint32_t at = 0, last = 0, now = 1000;
	uint8_t b[8];

	(void)state;
	assert_true(modem_line_open(&m, path, false, why, sizeof why));
	peer = accept(server, NULL, NULL);
	assert_int_equal(modem_line_write(&m, (const uint8_t *)"AT\r", 3, now), 3);
	assert_int_equal(read(peer, b, sizeof b), 3);
	assert_int_equal(write(peer, "OK", 2), 2);
	assert_int_equal(modem_line_read(&m, b, sizeof b, now), 2);
	assert_int_equal(modem_line_read(&m, b, sizeof b, now), 0);
	assert_false(modem_line_deadline(&m, &at));

	close(peer);
	close(server);
	unlink(path);
	assert_int_equal(modem_line_read(&m, b, sizeof b, now), 0);
	for (unsigned i = 0; i < 10; i++) {
		assert_true(modem_line_deadline(&m, &at));
		assert_true(at - now >= last || at - now == 5000);
		assert_true(at - now >= 100 && at - now <= 5000);
		last = at - now;
		assert_int_equal(modem_line_write(&m, b, 5, now), 5);   /* swallowed, as a UART would */
		now = at;
		modem_line_step(&m, now);
	}
	assert_int_equal(last, 5000);
	assert_int_equal(m.lost, 50);

	server = listen_at(path);
	assert_true(modem_line_deadline(&m, &at));
	modem_line_step(&m, at);
	assert_int_equal(m.state, MODEM_LINE_UP);
	peer = accept(server, NULL, NULL);
	assert_int_equal(modem_line_write(&m, (const uint8_t *)"AT\r", 3, at), 3);
	assert_int_equal(read(peer, b, sizeof b), 3);
	close(peer);
	close(server);
	close(m.fd);
}

static void a_pty_carries_every_byte_as_it_is(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	struct modem_line m;
	uint8_t out[256], in[256];
	size_t got = 0;

	(void)state;
	assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	assert_true(modem_line_open(&m, ptsname(master), true, why, sizeof why));
	for (unsigned i = 0; i < sizeof out; i++)
		out[i] = (uint8_t)i;
	assert_int_equal(modem_line_write(&m, out, sizeof out, 0), sizeof out);
	while (got < sizeof in)
		got += (size_t)read(master, in + got, sizeof in - got);
	assert_memory_equal(in, out, sizeof in);
	assert_int_equal(write(master, out, sizeof out), sizeof out);
	for (got = 0; got < sizeof in;) {
		struct pollfd p = { .fd = m.fd, .events = modem_line_poll_events(&m) };

		assert_int_equal(poll(&p, 1, 2000), 1);
		got += modem_line_read(&m, in + got, sizeof in - got, 0);
	}
	assert_memory_equal(in, out, sizeof in);
	close(master);
	assert_int_equal(modem_line_read(&m, in, sizeof in, 0), 0);
	assert_int_equal(m.state, MODEM_LINE_DOWN);
}

static void a_modem_that_does_not_read_makes_the_writer_wait(void **state)
{
	const char *path = in_folder("deaf");
	int server = listen_at(path), peer;
	static uint8_t b[4096];
	struct modem_line m;
	size_t sent = 0, n;

	(void)state;
	assert_true(modem_line_open(&m, path, false, why, sizeof why));
	peer = accept(server, NULL, NULL);
	while ((n = modem_line_write(&m, b, sizeof b, 0)) > 0)
		sent += n;
	assert_int_equal(modem_line_poll_events(&m), POLLIN | POLLOUT);
	assert_int_equal(m.state, MODEM_LINE_UP);
	while (sent > 0)
		sent -= (size_t)read(peer, b, sizeof b);
	assert_int_equal(modem_line_write(&m, b, 1, 0), 1);
	assert_int_equal(modem_line_poll_events(&m), POLLIN);
	close(peer);
	close(server);
	close(m.fd);
}

/* --- console -------------------------------------------------------------- */

static void a_script_is_given_line_for_line_and_its_end_is_told(void **state)
{
	struct terminal t;
	uint8_t b[16];

	(void)state;
	write_file(in_folder("script"), "set host a\n\nstart", 17);
	assert_true(terminal_open(&t, in_folder("script"), 0, true, why, sizeof why));
	assert_int_equal(terminal_read(&t, b, 4), 4);
	assert_int_equal(terminal_read(&t, b, sizeof b), 7);
	assert_memory_equal(b, "host a\n", 7);
	assert_int_equal(terminal_read(&t, b, sizeof b), 1);
	assert_int_equal(terminal_read(&t, b, sizeof b), 6);
	assert_memory_equal(b, "start\n", 6);
	assert_false(terminal_has_input(&t));
	terminal_idle(&t);
	assert_false(t.done);              /* the console has not asked for more yet */
	assert_int_equal(terminal_read(&t, b, sizeof b), 0);
	assert_false(t.done);              /* nor said all it has to say */
	terminal_idle(&t);
	assert_true(t.done);
	for (size_t i = 0; i < t.script_len; i++)
		assert_int_equal(t.script[i], 0);
	free(t.script);

	assert_true(terminal_open(&t, in_folder("script"), 12, true, why, sizeof why));
	assert_int_equal(terminal_read(&t, b, sizeof b), 6);
	free(t.script);
	assert_false(terminal_open(&t, in_folder("missing"), 0, true, why, sizeof why));
	assert_non_null(strstr(why, "/missing': No such file"));
	assert_false(terminal_open(&t, folder, 0, true, why, sizeof why));
	assert_non_null(strstr(why, folder));
	free(t.script);
}

static void the_end_of_input_ends_the_program_only_when_asked(void **state)
{
	int saved = dup(STDIN_FILENO), ends[2];
	struct terminal t;
	uint8_t b[16];

	(void)state;
	for (unsigned asked = 0; asked < 2; asked++) {
		assert_int_equal(pipe(ends), 0);
		dup2(ends[0], STDIN_FILENO);
		assert_true(terminal_open(&t, NULL, 0, asked != 0, why, sizeof why));
		assert_int_equal(terminal_read(&t, b, sizeof b), 0);
		assert_true(terminal_waits_for_input(&t));
		assert_int_equal(write(ends[1], "a\nhelp", 6), 6);
		close(ends[1]);
		assert_int_equal(terminal_read(&t, b, sizeof b), 6);
		assert_int_equal(terminal_read(&t, b, sizeof b), 1);   /* the line's end, which was left out */
		assert_int_equal(b[0], '\n');
		terminal_idle(&t);
		assert_false(t.done);
		assert_int_equal(terminal_read(&t, b, sizeof b), 0);
		terminal_idle(&t);
		assert_int_equal(t.done, asked);
		assert_false(terminal_waits_for_input(&t));
		close(ends[0]);
	}
	dup2(saved, STDIN_FILENO);
	close(saved);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
	static const char *const names[] = {
		"rules", "kept", "other", "letter", "begun", "empty", "modem", "deaf", "script",
		"how.ram", "how2.ram", "letter.ram",
	};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		(void)unlink(in_folder(names[i]));
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_read_or_refused_by_name),
		cmocka_unit_test(time_is_skipped_only_where_nobody_is_late),
		cmocka_unit_test(flash_file_keeps_the_rules_of_nor_flash),
		cmocka_unit_test(flash_file_is_one_process_own_and_keeps_its_bytes),
		cmocka_unit_test(flash_file_of_another_kind_is_left_alone),
		cmocka_unit_test(ram_file_tells_how_the_run_before_ended),
		cmocka_unit_test(ram_file_keeps_what_a_killed_process_wrote),
		cmocka_unit_test(ram_file_of_another_board_or_machine_is_of_no_use),
		cmocka_unit_test(where_no_ram_file_can_be_had_there_is_none),
		cmocka_unit_test(wrong_modems_are_refused_by_name),
		cmocka_unit_test(a_modem_that_goes_away_is_tried_again_at_growing_intervals),
		cmocka_unit_test(a_pty_carries_every_byte_as_it_is),
		cmocka_unit_test(a_modem_that_does_not_read_makes_the_writer_wait),
		cmocka_unit_test(a_script_is_given_line_for_line_and_its_end_is_told),
		cmocka_unit_test(the_end_of_input_ends_the_program_only_when_asked),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
