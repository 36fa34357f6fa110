/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_sinks: messages a second through one sink, so many in flight, confirmed.
 *   bench_sinks log FILE [DEVICES [BYTES [SECONDS]]]
 *   bench_sinks mqtt HOST:PORT [DEVICES [BYTES [SECONDS]]]
 * Not a test: a figure for who changes a sink.
 */
#include "bridge/sink_log.h"
#include "bridge/sink_mqtt.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double now_s(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct load { struct sink *sink; unsigned long devices; size_t bytes; double seconds; };

static void deliver(const struct load *l, uint64_t ticket)
{
	static uint8_t payload[262144];
	char device[32];
	unsigned long number = (unsigned long)(ticket * 2654435761u) % l->devices;

	snprintf(device, sizeof device, "device-%lu", number);
	(void)l->sink->ops->deliver(l->sink, &(struct sink_message){
		.project = "bench-project", .location = "europe-west1", .registry = "registry", .device = device,
		.num_id = number + 1, .payload = { payload, l->bytes }, .at_ms = (int64_t)(now_s(CLOCK_REALTIME) * 1e3),
		.qos = 1, .ticket = ticket });
}

static uint64_t drain(struct sink *sink, int wait_ms)
{
	struct pollfd p = { .fd = sink->ops->fd(sink), .events = POLLIN };
	struct sink_confirmation c;
	uint64_t n = 0;

	poll(&p, 1, wait_ms);
	while (sink->ops->next(sink, &c))
		n++;
	return n;
}

static void measure(const struct load *l, uint64_t in_flight)
{
	uint64_t sent = 0, done = 0;
	double start = now_s(CLOCK_MONOTONIC), cpu = now_s(CLOCK_PROCESS_CPUTIME_ID), own = now_s(CLOCK_THREAD_CPUTIME_ID), took;

	while (now_s(CLOCK_MONOTONIC) - start < l->seconds) {
		for (; sent - done < in_flight; sent++)
			deliver(l, sent);
		l->sink->ops->flush(l->sink);
		done += drain(l->sink, 1000);
	}
	while (done < sent)
		done += drain(l->sink, 1000);
	took = now_s(CLOCK_MONOTONIC) - start;
	own = now_s(CLOCK_THREAD_CPUTIME_ID) - own;
	cpu = now_s(CLOCK_PROCESS_CPUTIME_ID) - cpu - own;
	printf("%6llu in flight: %8.0f messages/s, %6.2f us a message; processor: sink's thread %5.2f us, caller's %5.2f us\n",
	       (unsigned long long)in_flight, (double)done / took, took * 1e6 / (double)done, cpu * 1e6 / (double)done,
	       own * 1e6 / (double)done);
	fflush(stdout);
}

static struct sink *open_sink(char *kind, char *where, char error[SINK_ERROR])
{
	char *port = strrchr(where, ':');

	if (strcmp(kind, "log") == 0)
		return sink_log_open(&(struct sink_log_config){ .file = where,
			.keep_bytes = strtoull(getenv("KEEP") != NULL ? getenv("KEEP") : "0", NULL, 10) }, error);
	if (port == NULL)
		return NULL;
	*port = '\0';
	return sink_mqtt_open(&(struct sink_mqtt_config){ .host = where, .port = (uint16_t)atoi(port + 1) }, error);
}

int main(int argc, char **argv)
{
	char error[SINK_ERROR] = "bench_sinks log FILE | mqtt HOST:PORT [DEVICES [BYTES [SECONDS]]]";
	struct load l = { .devices = 1000, .bytes = 100, .seconds = 3 };
	struct sink_health health;

	l.sink = argc > 2 ? open_sink(argv[1], argv[2], error) : NULL;
	if (l.sink == NULL) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	l.devices = argc > 3 ? strtoul(argv[3], NULL, 10) : l.devices;
	l.bytes = argc > 4 ? strtoul(argv[4], NULL, 10) : l.bytes;
	l.seconds = argc > 5 ? strtod(argv[5], NULL) : l.seconds;
	for (uint64_t in_flight = 1; in_flight <= 4096; in_flight *= in_flight == 1 ? 64 : 4)
		measure(&l, in_flight);
	l.sink->ops->health(l.sink, &health);
	printf("%s\n", health.text);
	l.sink->ops->close(l.sink, 5000);
	return 0;
}
