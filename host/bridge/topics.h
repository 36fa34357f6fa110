/* SPDX-License-Identifier: Apache-2.0 */
/*
 * topics.h - the names of the contract: the client id, and which topics a device
 * may write and read.
 *
 * Ids are literal.  '%', '+', '~' and '.' may stand in them and mean nothing: a
 * topic is compared byte by byte with the id that the login proved, never
 * matched as a pattern.  So no topic of one device is ever another's.
 */
#ifndef TERN_BRIDGE_TOPICS_H
#define TERN_BRIDGE_TOPICS_H

#include "bridge/session.h"

enum {
	TOPICS_SUBFOLDER_MAX = 256,       /* bytes */
	TOPICS_MAX = 9 + 255 + 10 + 256   /* '/devices/', an id, '/commands/', a subfolder: the longest there is */
};

/* What a device may be called in its topics; either may be empty. */
struct topics_device {
	struct bytes id;
	struct bytes num_id;              /* decimal */
};

/* Take 'projects/P/locations/R/registries/G/devices/D' apart, and check the form of
 * its parts; D may be a numeric id.  IDS borrows from ID and is written only on
 * success.  False: WHY is CLIENT_ID, with the part that is not of its form. */
bool topics_client_id(struct bytes id, struct iotcore_ids *ids, struct reason *why);

/* May WHO publish to TOPIC?  *TOPIC_IS is EVENTS or STATE, *SUBFOLDER what is behind
 * 'events/' (borrowed).  False: WHY is TOPIC. */
bool topics_publish(struct topics_device who, struct bytes topic, enum session_topic *topic_is,
		    struct bytes *subfolder, struct reason *why);

enum topics_verdict {
	TOPICS_GRANTED,
	TOPICS_REFUSED,                   /* below '/devices/WHO/', but nothing that can be read: 0x80 */
	TOPICS_FOREIGN                    /* anything else: 0x80, and the connection ends */
};

struct topics_grant {
	enum session_topic topic;         /* CONFIG, COMMANDS or ERRORS */
	bool by_num_id;                   /* as which WHO was named */
	bool exact;                       /* COMMANDS without '/#': none with a subfolder */
};

/* May WHO subscribe to FILTER?  GRANT is written when it may, else WHY is TOPIC. */
enum topics_verdict topics_subscribe(struct topics_device who, struct bytes filter, struct topics_grant *grant,
				     struct reason *why);

/* At most 256 bytes, of the characters that a topic may have, without '+' and '#'.
 * Empty is none.  The admin's commands are checked by this, too.  False: WHY is TOPIC. */
bool topics_check_subfolder(struct bytes subfolder, struct reason *why);

#endif
