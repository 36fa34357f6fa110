/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device_log.h - what happens to devices, one JSON object an event, in the
 * contract's words (eventType, resourceName, status, disconnectType …) and in a
 * sentence.
 *
 * Each goes to the journal (standard output); what concerns a known device also
 * into its registry entries, and an error becomes its last error.  The level is
 * the device's, else its registry's: ERROR refusals and ends that somebody should
 * look at, INFO connections, DEBUG everything.  A flood of equal refusals
 * is one line a while with the number of those left out.
 */
#ifndef TERN_BRIDGE_DEVICE_LOG_H
#define TERN_BRIDGE_DEVICE_LOG_H

#include "bridge/journal.h"
#include "bridge/reason.h"
#include "bridge/told.h"

/* LIMIT: the device exceeds a quota; DIAGNOSIS: its own words about its last failure.  The last four the contract's log
 * did not have. */
enum device_log_event {
	LOGGED_CONNECT, LOGGED_DISCONNECT, LOGGED_PUBLISH, LOGGED_SUBSCRIBE, LOGGED_PUBACK, LOGGED_CONFIG,
	LOGGED_COMMAND, LOGGED_UNSUBSCRIBE, LOGGED_HEARTBEAT, LOGGED_LIMIT, LOGGED_DIAGNOSIS
};

struct device_log;

/* Who it is about.  KEY 0: no device that the registry knows; then the level is INFO. */
struct device_log_subject {
	struct registry_device_path path;     /* device NULL: not even an id */
	uint64_t key, num_id;
	enum registry_level level;
	const char *from;                     /* "192.0.2.7:51112" */
};

struct device_log_note {
	enum device_log_event event;
	enum registry_level severity;
	const struct reason *why;             /* NULL: all is well */
	const char *topic_type;               /* EVENTS, STATE, CONFIG, COMMANDS; NULL: none */
	struct bytes subfolder;               /* data NULL: none */
	int64_t  size;                        /* bytes of payload; -1: none */
	int      qos;                         /* -1: none */
	uint64_t version;                     /* of a config; 0: none */
	const char *sentence;                 /* in place of the reason's; NULL: the reason's */
	const struct told *told;              /* DIAGNOSIS; NULL: none */
};

struct device_log *device_log_new(struct registry *registry, struct journal journal);
void device_log_free(struct device_log *l);

/* Would a note of this severity be written at all?  Ask before gathering what it says. */
bool device_log_wants(const struct device_log_subject *who, enum registry_level severity);

void device_log_write(struct device_log *l, const struct device_log_subject *who, const struct device_log_note *note,
		      int64_t wall_ms);

/* Lines that were left out because they repeat are told once their time is over. */
void device_log_step(struct device_log *l, int64_t wall_ms);

#endif
