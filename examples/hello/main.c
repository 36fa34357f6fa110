/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hello - the smallest whole program with Tern, for Linux: connects through a
 * modem, says hello every ten seconds, prints what happens.
 *
 *	hello MODEM HOST PORT CONNECTION-STRING ROOT.pem KEY.pem
 *
 * MODEM is a serial port or the unix socket of tern-modem.  Settings live in
 * memory here; on a chip the three flash functions write to pages of its own.
 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <tern.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 2048, EVERY_MS = 10000 };

static uint8_t pages[TERN_FLASH_PAGES * PAGE];
static _Alignas(max_align_t) uint8_t arena[2 * TERN_ARENA_SIZE];
static uint8_t outbox[1024];
static struct tern tern;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "hello: %s: %s\n", what, why);
	exit(1);
}

static uint32_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint32_t)t.tv_sec * 1000u + (uint32_t)(t.tv_nsec / 1000000);
}

/* ---- flash, in memory ---- */

static int flash_read(void *ctx, uint32_t addr, void *buf, size_t len)
{
	(void)ctx;
	memcpy(buf, pages + addr, len);
	return 0;
}

static int flash_erase(void *ctx, uint32_t addr)
{
	(void)ctx;
	memset(pages + addr, 0xff, PAGE);
	return 0;
}

static int flash_program(void *ctx, uint32_t addr, const void *data, size_t len)
{
	(void)ctx;
	memcpy(pages + addr, data, len);
	return 0;
}

static const struct tern_flash flash = {
	.page_size = PAGE, .page_count = TERN_FLASH_PAGES,
	.read = flash_read, .erase = flash_erase, .program = flash_program,
};

/* ---- settings ---- */

static void must(int err, const char *what)
{
	if (err != TERN_OK)
		die(what, tern_err_text(err));
}

static size_t read_file(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL)
		die(path, strerror(errno));
	n = fread(buf, 1, size, f);
	fclose(f);
	return n;
}

static void provision(char **argv)
{
	static char pem[8192];
	uint8_t seed[32];

	must(tern_set(&tern, "host", argv[2]), argv[2]);
	must(tern_set(&tern, "port", argv[3]), argv[3]);
	must(tern_set(&tern, "connection", argv[4]), argv[4]);
	must(tern_add_root(&tern, pem, read_file(argv[5], pem, sizeof pem)), argv[5]);
	must(tern_set_key(&tern, pem, read_file(argv[6], pem, sizeof pem)), argv[6]);
	if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed)
		die("getrandom", strerror(errno));
	must(tern_set_seed(&tern, seed), "seed");
}

/* ---- the modem ---- */

static int open_socket(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof addr.sun_path)
		die(path, "too long for a unix socket");
	strcpy(addr.sun_path, path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof addr) != 0)
		return -1;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static int open_modem(const char *path)
{
	struct termios line;
	int fd = open_socket(path);

	if (fd < 0)
		fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		die(path, strerror(errno));
	if (tcgetattr(fd, &line) == 0) {
		cfmakeraw(&line);
		cfsetspeed(&line, B115200);
		tcsetattr(fd, TCSANOW, &line);
	}
	return fd;
}

static void from_modem(int fd)
{
	uint8_t buf[1024];
	ssize_t n = read(fd, buf, sizeof buf);

	if (n == 0)
		die("modem", "gone");
	for (size_t fed = 0; n > 0 && fed < (size_t)n; tern_step(&tern, now_ms()))
		fed += tern_modem_feed(&tern, buf + fed, (size_t)n - fed, now_ms());
}

static void to_modem(int fd)
{
	const void *data;
	size_t len;

	while ((data = tern_modem_tx_peek(&tern, &len)) != NULL) {
		ssize_t n = write(fd, data, len);

		if (n <= 0)
			return;
		tern_modem_tx_done(&tern, (size_t)n);
	}
}

/* ---- what happens ---- */

static void print_events(void)
{
	struct tern_event ev;

	while (tern_next(&tern, &ev)) {
		if (ev.type == TERN_EVENT_STATE)
			printf("state: %s\n", ev.state);
		else if (ev.type == TERN_EVENT_LOST)
			printf("lost: %s; next try in %u s\n", tern_err_text(ev.err), (unsigned)(ev.retry_ms / 1000));
		else if (ev.type == TERN_EVENT_ACKED)
			printf("acknowledged: message %u\n", (unsigned)ev.seq);
		else if (ev.type == TERN_EVENT_CONFIG)
			tern_config_done(&tern, now_ms());
		fflush(stdout);
	}
}

static int until(uint32_t at_ms)
{
	int32_t left = (int32_t)(at_ms - now_ms());

	return left > 0 ? left : 0;
}

static void sleep_until_due(int fd, uint32_t publish_ms)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	int timeout = until(publish_ms);
	uint32_t due;
	size_t len;

	if (tern_deadline(&tern, now_ms(), &due) && until(due) < timeout)
		timeout = until(due);
	if (tern_modem_tx_peek(&tern, &len) != NULL)
		wait.events |= POLLOUT;
	poll(&wait, 1, timeout);
}

int main(int argc, char **argv)
{
	struct tern_config cfg = {
		.flash = &flash, .arena = arena, .arena_size = sizeof arena, .outbox = outbox,
		.outbox_size = sizeof outbox, .unique_id = "hello", .unique_id_len = 5,
	};
	const char *missing = NULL;
	uint32_t publish_ms, seq;
	int fd;

	if (argc != 7)
		die("usage", "hello MODEM HOST PORT CONNECTION-STRING ROOT.pem KEY.pem");
	memset(pages, 0xff, sizeof pages);
	must(tern_init(&tern, &cfg, now_ms()), "tern_init");
	provision(argv);
	fd = open_modem(argv[1]);
	must(tern_start(&tern, &missing, now_ms()), missing != NULL ? missing : "start");
	for (publish_ms = now_ms();;) {
		if (until(publish_ms) == 0) {
			if (tern_publish(&tern, NULL, "hello", 5, &seq) != TERN_OK)
				printf("the outbox is full: this hello is dropped\n");
			publish_ms = now_ms() + EVERY_MS;
		}
		from_modem(fd);
		tern_step(&tern, now_ms());
		print_events();
		to_modem(fd);
		sleep_until_due(fd, publish_ms);
	}
}
