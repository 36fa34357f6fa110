/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - tern-modem: the core, this machine's clock, its network and a line. */
#include "virtual_modem/control_server.h"
#include "virtual_modem/hostline.h"
#include "virtual_modem/log.h"
#include "virtual_modem/net.h"
#include "virtual_modem/options.h"

#include "base/ticks.h"
#include "linux/hurry.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

struct app {
	struct options options;
	struct loop    loop;
	struct modem  *modem;
	struct hostline line;
	struct net     net;
	struct control_server control;
	struct log     log;
	struct watch   signals;
	bool           ended;
	char           warned[512];   /* the last warning */
	uint32_t       clock_ms;      /* when the modem was told the time */
	struct hurry  *hurry;         /* NULL: time goes as it goes */
	uint64_t       taken;         /* bytes from the host */
};

static struct app app;

static uint32_t now_ms(void)
{
	return (uint32_t)(hurry_us(app.hurry) / 1000);
}

/* Something passes on a socket. */
static void net_passes(void)
{
	if (app.hurry != NULL)
		app.hurry->net_us = hurry_real_us();
}

/* ---- what is said to a person ---- */

static void complain(const char *color, const char *topic, const char *text)
{
	bool terminal = isatty(STDERR_FILENO) && getenv("NO_COLOR") == NULL;

	fprintf(stderr, "%stern-modem: %s%s%s%s\n", terminal ? color : "", topic, *topic != '\0' ? ": " : "", text,
		terminal ? "\033[0m" : "");
}

/* A host that tries again and again is told about once. */
static void warn(const char *text)
{
	if (strcmp(app.warned, text) != 0)
		complain("\033[33m", "", text);
	snprintf(app.warned, sizeof app.warned, "%s", text);
	log_note(&app.log, "network", text);
	control_server_note(&app.control, "network", text);
}

static void note(const struct modem_event *ev)
{
	if (app.options.verbose)
		complain("\033[2m", ev->topic, ev->text);
	log_note(&app.log, ev->topic, ev->text);
	control_server_note(&app.control, ev->topic, ev->text);
}

/* ---- the line ---- */

static void on_change(void *owner, bool present)
{
	(void)owner;
	log_note(&app.log, "line", present ? "a host is there" : "the host has left");
	if (app.options.verbose)
		complain("\033[2m", "line", present ? "a host is there" : "the host has left");
	if (!present)
		modem_set_host_baud(app.modem, 0, now_ms());
	if (present && !app.options.off && modem_power_state(app.modem) == MODEM_OFF)
		modem_power(app.modem, MODEM_SWITCH_ON, now_ms());
}

/* A terminal knows its speed; that of a socket is told on the control socket. */
static void look_at_speed(void)
{
	uint32_t baud = hostline_baud(&app.line);

	if (baud != 0)
		modem_set_host_baud(app.modem, baud, now_ms());
}

static void on_bytes(void *owner, const uint8_t *data, size_t len)
{
	(void)owner;
	app.taken += len;
	look_at_speed();
	log_bytes(&app.log, LOG_UP, data, len);
	net_count_unsent(&app.net);      /* so that AT+QISEND=id,0 tells the truth */
	modem_feed(app.modem, data, len, now_ms());
}

static void write_line(void)
{
	const uint8_t *data;
	size_t len, n;

	while ((data = modem_tx_peek(app.modem, &len)) != NULL) {
		n = hostline_write(&app.line, data, len);
		if (n == 0)
			return;
		if (app.line.present)
			log_bytes(&app.log, LOG_DOWN, data, n);
		modem_tx_done(app.modem, n);
	}
}

static bool do_events(void)
{
	struct modem_event ev;
	bool any = false;

	while (modem_next(app.modem, &ev)) {
		any = true;
		if (ev.type == MODEM_NOTE) {
			note(&ev);
		} else {
			net_passes();
			net_event(&app.net, &ev);
		}
	}
	return any;
}

/* Events make output, and output makes room for commands that make events. */
static void drain(void)
{
	net_count_unsent(&app.net);
	look_at_speed();
	do
		write_line();
	while (do_events());
	net_refresh(&app.net);
}

/* ---- time ---- */

static void tell_time(void)
{
	enum { AGAIN_MS = 10000 };
	struct timespec t;

	if (app.options.fixed_clock || !ticks_reached(now_ms(), app.clock_ms))
		return;
	clock_gettime(CLOCK_REALTIME, &t);
	app.clock_ms = now_ms() + AGAIN_MS;
	modem_set_clock(app.modem, (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + hurry_skipped_ms(app.hurry),
			now_ms());
}

static int timeout(void)
{
	enum { LOG_MS = 100 };
	bool have = app.log.len > 0;
	uint32_t at_ms = now_ms() + LOG_MS, other_ms;

	if (modem_deadline(app.modem, &other_ms))
		ticks_earliest(&have, &at_ms, other_ms);
	if (net_deadline(&app.net, &other_ms))
		ticks_earliest(&have, &at_ms, other_ms);
	return have ? (int)ticks_until(now_ms(), at_ms) : -1;
}

/* ---- start and end ---- */

static void on_signal(struct watch *w, uint32_t events)
{
	struct signalfd_siginfo info;

	(void)events;
	if (read(w->fd, &info, sizeof info) > 0)
		app.ended = true;
}

static bool catch_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);      /* who does not listen to stderr does not end it */
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	app.signals = (struct watch){ .fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC), .ready = on_signal };
	if (app.signals.fd < 0)
		return false;
	loop_want(&app.loop, &app.signals, EPOLLIN);
	return true;
}

static bool refuse(const char *option, const char *why)
{
	fprintf(stderr, "tern-modem: --%s: %s\n", option, why);
	return false;
}

static bool set_quirks(void)
{
	char buf[256], name[64];
	struct text why;

	for (size_t i = 0; i < app.options.quirks; i++) {
		const char *q = app.options.quirk[i], *value = strchr(q, '=') + 1;

		snprintf(name, sizeof name, "%.*s", (int)(value - 1 - q), q);
		text_init(&why, buf, sizeof buf);
		if (!modem_set_quirk(app.modem, name, value, &why))
			return refuse("quirk", buf);
	}
	return true;
}

static bool set_latencies(void)
{
	char command[20];
	uint32_t min_ms, max_ms;

	for (size_t i = 0; i < app.options.latencies; i++) {
		options_parse_latency(app.options.latency[i], command, &min_ms, &max_ms);
		if (!modem_set_latency(app.modem, command, min_ms, max_ms)) {
			fprintf(stderr, "tern-modem: --latency: no such command: %s\n", command);
			return false;
		}
	}
	return true;
}

/* Requests given with --do; the first that fails ends the program. */
static bool run_requests(void)
{
	bool events, ok = true;

	for (size_t i = 0; i < app.options.requests && ok; i++) {
		const char *request = app.options.request[i];
		char *answer = control_run(app.modem, request, strlen(request), now_ms(), &events);

		ok = answer != NULL && strncmp(answer, "{\"ok\":true", 10) == 0;
		if (!ok)
			fprintf(stderr, "tern-modem: --do %s: %s\n", request, answer != NULL ? answer : "no memory");
		free(answer);
	}
	return ok;
}

static bool make_modem(void)
{
	const struct options *o = &app.options;
	struct modem_config cfg = {
		.seed = o->seed, .profile = o->profile, .apn = o->apn, .sim_pin = o->sim_pin, .script = o->network,
		.baud = o->baud, .boot_ms = o->boot_delay_ms, .on = !o->boots,
	};
	struct modem_network n;
	char buf[256];
	struct text why;

	text_init(&why, buf, sizeof buf);
	app.modem = modem_new(&cfg, now_ms(), &why);
	if (app.modem == NULL)
		return refuse(o->profile != NULL && strncmp(buf, "network", 7) != 0 ? "profile" : "network", buf);
	if (o->fixed_clock)
		modem_set_clock(app.modem, o->clock_unix_s * 1000, now_ms());
	tell_time();
	n = modem_network(app.modem);
	n.nitz = !o->no_nitz;
	n.ntp = !o->no_ntp;
	modem_set_network(app.modem, &n, now_ms());
	return set_quirks() && set_latencies() && run_requests();
}

static bool open_log(void)
{
	if (log_open(&app.log, app.options.log))
		return true;
	fprintf(stderr, "tern-modem: --log %s: %s\n", app.options.log, strerror(errno));
	return false;
}

static bool open_hurry(void)
{
	char why[256];

	if (app.options.hurry_file != NULL)
		app.hurry = hurry_open(app.options.hurry_file, why, sizeof why);
	return app.hurry != NULL || app.options.hurry_file == NULL || refuse("hurry-file", why);
}

static bool open_network(void)
{
	app.net.loop = &app.loop;
	app.net.modem = app.modem;
	app.net.options = &app.options;
	app.net.now_ms = now_ms;
	app.net.warn = warn;
	if (net_init(&app.net))
		return true;
	perror("tern-modem: network");
	return false;
}

enum { EXIT_ENDED = 0, EXIT_CANNOT_RUN = 1, EXIT_WRONG_OPTION = 2 };

/* What the user wrote is checked whole before anything listens. */
static int start(char *name, size_t size)
{
	if (!loop_init(&app.loop) || !catch_signals()) {
		perror("tern-modem");
		return EXIT_CANNOT_RUN;
	}
	app.control.loop = &app.loop;
	app.control.now_ms = now_ms;
	app.line.on_change = on_change;
	app.line.on_bytes = on_bytes;
	if (!open_hurry() || !make_modem())
		return EXIT_WRONG_OPTION;
	app.control.modem = app.modem;
	if (open_log() && open_network() && control_server_open(&app.control, app.options.control) &&
	    hostline_open(&app.line, &app.loop, &app.options, name, size))
		return EXIT_ENDED;
	return EXIT_CANNOT_RUN;
}

static void say_ready(const char *name)
{
	static const char line[] = "ready\n";

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("listening on %s\n", name);
	if (app.options.ready_fd < 0)
		return;
	if (write(app.options.ready_fd, line, sizeof line - 1) < 0)
		perror("tern-modem: --ready-fd");
	close(app.options.ready_fd);
}

static void stop(void)
{
	if (app.line.loop != NULL)
		hostline_close(&app.line);
	control_server_close(&app.control);
	if (app.net.loop != NULL)
		net_close(&app.net);
	log_close(&app.log);
	modem_free(app.modem);
}

/* Sleep until something happens.  With a host that hurries, time may jump: look
 * at the clock often, and tell what is done and what is to be done when. */
static void sleep_until_next(void)
{
	int ms = timeout();
	uint64_t taken = app.taken;

	if (app.hurry == NULL) {
		loop_run(&app.loop, ms);
		return;
	}
	app.hurry->busy_us = ms < 0 ? UINT64_MAX : hurry_us(app.hurry) + (uint64_t)ms * 1000;
	app.hurry->taken = app.taken;
	if (loop_run(&app.loop, ms < 0 || ms > 1 ? 1 : ms) > 0 && taken == app.taken)
		net_passes();
}

static void run(void)
{
	while (!app.ended) {
		drain();
		sleep_until_next();
		tell_time();
		net_step(&app.net);
		modem_step(app.modem, now_ms());
		log_idle(&app.log);
	}
}

int main(int argc, char **argv)
{
	char name[256];
	int result;

	switch (options_parse(&app.options, argc, argv)) {
	case OPTIONS_DONE:
		return EXIT_ENDED;
	case OPTIONS_WRONG:
		return EXIT_WRONG_OPTION;
	case OPTIONS_RUN:
		break;
	}
	result = start(name, sizeof name);
	if (result == EXIT_ENDED) {
		say_ready(name);
		run();
	}
	stop();
	return result;
}
