/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread has the broker: it connects, publishes what the lanes give out
 * (sink_lanes.h), and reads what comes back.
 *
 *   RESTING ---> CONNECTING ---> GREETING ---> UP          each connection is a new client of libmosquitto:
 *      ^_____________|_______________|__________|          nothing is left in it of the one before
 *
 * The lock is held for the lanes and the words of health(), never while
 * libmosquitto works.
 */
#include "bridge/sink_mqtt.h"

#include "bridge/sink_lanes.h"
#include "bridge/sink_topic.h"

#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

enum {
	WINDOW       = 1024,               /* under way at most, however many the broker would take */
	WINDOW_BYTES = 8 * 1024 * 1024,    /* likewise: libmosquitto copies them */
	KEEPALIVE_S  = 30,
	RETRY_MS     = 500,
	RETRY_MAX_MS = 60 * 1000,
	HEALTHY      = 20,                 /* first pauses that a connection lasts to be a good one; 10 s */
	LOGIN        = 20,                 /* first pauses that TLS and CONNACK may take */
	PATIENCE     = 120,                /* first pauses without any PUBACK while messages are under way; 60 s */
	UNHEARD_MS   = 60 * 1000,          /* so long that nobody was subscribed is told */
	PACKET_IDS   = 65536
};

enum link { RESTING, CONNECTING, GREETING, UP };

struct sink_mqtt {
	struct sink sink;
	struct sink_hold hold;
	struct sink_mqtt_config cfg;     /* with texts of its own */
	char    *client_id;
	pthread_t thread;
	int      wake_fd;

	/* the thread's */
	struct mosquitto *mosq;
	struct sink_lane **by_id;        /* PACKET_IDS: whose message has this packet id */
	struct sink_queue safe;          /* acknowledged in this turn */
	struct sink_retry retry;
	size_t   window;
	uint64_t up_ms;                  /* when the link came UP */
	uint64_t heard_ms;               /* the last PUBACK, or the first message under way since */
	unsigned strikes;                /* connections in a row that ended early with messages under way */
	bool     blames;                 /* the connection ended in a way that a message may cause */
	char     detail[120];            /* libmosquitto's last word on an error */
	char     topic[SINK_TOPIC], subfolder[SINK_TOPIC];

	/* with LOCK */
	pthread_mutex_t lock;
	struct sink_lanes lanes;
	enum link link;
	uint64_t since_ms;               /* in this state of the link */
	uint64_t next_try_ms;            /* RESTING */
	char     trouble[160];           /* why the last connection ended, or was not made */
	char     refusal[160];           /* the last refusal of a message */
	uint64_t unheard_ms;             /* when the last message had no subscriber, 0: never */
	bool     stopping;
	uint64_t stop_at_ms;
};

/* ---- What happened, in words ------------------------------------------------ */

/* TEXT of the other side or of a library: printable, and no more than fits. */
static void note(struct sink_mqtt *s, char text[160], const char *what, const char *words)
{
	pthread_mutex_lock(&s->lock);
	snprintf(text, 160, "%.50s%.100s", what, words);
	for (char *c = text; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	pthread_mutex_unlock(&s->lock);
}

static void set_link(struct sink_mqtt *s, enum link to)
{
	pthread_mutex_lock(&s->lock);
	s->link = to;
	s->since_ms = sink_now_ms();
	pthread_mutex_unlock(&s->lock);
}

static const char *error_words(struct sink_mqtt *s, int rc, int number)
{
	if (s->detail[0] != '\0')
		return s->detail;
	return rc == MOSQ_ERR_ERRNO ? strerror(number) : mosquitto_strerror(rc);
}

/* Reasons of a DISCONNECT that a message may cause; a connection that just breaks is like them (4.13). */
static const uint8_t about_messages[] = {
	MQTT_RC_UNSPECIFIED, MQTT_RC_MALFORMED_PACKET, MQTT_RC_PROTOCOL_ERROR, MQTT_RC_IMPLEMENTATION_SPECIFIC,
	MQTT_RC_TOPIC_NAME_INVALID, MQTT_RC_PACKET_TOO_LARGE, MQTT_RC_PAYLOAD_FORMAT_INVALID,
};

static void on_disconnect(struct mosquitto *mosq, void *arg, int rc, const mosquitto_property *props)
{
	struct sink_mqtt *s = arg;

	(void)mosq, (void)props;
	if (rc < MQTT_RC_UNSPECIFIED)
		return;          /* the connection broke: whoever reads or writes it finds out */
	s->blames = memchr(about_messages, rc, sizeof about_messages) != NULL;
	note(s, s->trouble, "the broker ended the connection: ", mosquitto_reason_string(rc));
}

/* TLS says what was wrong nowhere else. */
static void on_log(struct mosquitto *mosq, void *arg, int level, const char *text)
{
	struct sink_mqtt *s = arg;

	(void)mosq;
	if (level == MOSQ_LOG_ERR)
		snprintf(s->detail, sizeof s->detail, "%s", text);
}

/* ---- Answers ---------------------------------------------------------------- */

static void on_connect(struct mosquitto *mosq, void *arg, int rc, int flags, const mosquitto_property *props)
{
	struct sink_mqtt *s = arg;
	uint16_t receive_max = UINT16_MAX;

	(void)mosq, (void)flags;
	if (rc != 0) {
		note(s, s->trouble, "the broker refuses the login: ",
		     rc < MQTT_RC_UNSPECIFIED ? mosquitto_connack_string(rc) : mosquitto_reason_string(rc));
		return;
	}
	mosquitto_property_read_int16(props, MQTT_PROP_RECEIVE_MAXIMUM, &receive_max, false);
	s->window = receive_max == 0 ? 1 : receive_max < WINDOW ? receive_max : WINDOW;
	s->up_ms = sink_now_ms();
	set_link(s, UP);
}

/* Only the lane of the message waits. */
static void refuse(struct sink_mqtt *s, struct sink_lane *lane, const char *words)
{
	char what[50];

	snprintf(what, sizeof what, "%.40s: ", lane->queue.first->message.device);
	note(s, s->refusal, what, words);
	pthread_mutex_lock(&s->lock);
	sink_lanes_rest(&s->lanes, lane, sink_now_ms());
	pthread_mutex_unlock(&s->lock);
}

static void on_puback(struct mosquitto *mosq, void *arg, int id, int reason, const mosquitto_property *props)
{
	struct sink_mqtt *s = arg;
	struct sink_lane *lane = s->by_id[id % PACKET_IDS];

	(void)mosq, (void)props;
	if (lane == NULL)
		return;
	s->by_id[id % PACKET_IDS] = NULL;
	s->heard_ms = sink_now_ms();
	if (reason >= MQTT_RC_UNSPECIFIED) {
		refuse(s, lane, mosquitto_reason_string(reason));
		return;
	}
	sink_retry_reset(&s->retry);     /* the broker works: when it is away again, that is a new matter */
	lane->queue.first->unheard = reason == MQTT_RC_NO_MATCHING_SUBSCRIBERS;
	pthread_mutex_lock(&s->lock);
	if (lane->queue.first->unheard)
		s->unheard_ms = sink_now_ms();
	sink_lanes_done(&s->lanes, lane, &s->safe);
	pthread_mutex_unlock(&s->lock);
}

/* ---- Publishing ------------------------------------------------------------- */

static bool add_property(mosquitto_property **props, const char *name, const char *value)
{
	return mosquitto_property_add_string_pair(props, MQTT_PROP_USER_PROPERTY, name, value) == MOSQ_ERR_SUCCESS;
}

/* The contract's attributes, as Pub/Sub carried them.  A value that no broker would take is encoded as in the topic. */
static bool add_properties(struct sink_mqtt *s, mosquitto_property **props, const struct sink_message *m)
{
	char number[24];
	const char *subfolder = (const char *)m->subfolder.data;     /* sink_held: it has a terminator */

	snprintf(number, sizeof number, "%llu", (unsigned long long)m->num_id);
	if (!sink_topic_is_clean(m->subfolder))
		subfolder = sink_topic_encode(s->subfolder, SINK_TOPIC, m->subfolder) ? s->subfolder : "";
	return add_property(props, "deviceId", m->device) && add_property(props, "deviceNumId", number) &&
	       add_property(props, "deviceRegistryLocation", m->location) &&
	       add_property(props, "deviceRegistryId", m->registry) && add_property(props, "projectId", m->project) &&
	       add_property(props, "subFolder", subfolder);
}

static int publish(struct sink_mqtt *s, const struct sink_message *m, int *id)
{
	mosquitto_property *props = NULL;
	int rc = MOSQ_ERR_INVAL;

	if (!sink_topic_write(s->topic, m))
		return MOSQ_ERR_INVAL;
	if (add_properties(s, &props, m))
		rc = mosquitto_publish_v5(s->mosq, id, s->topic, (int)m->payload.len, m->payload.data, 1, false, props);
	mosquitto_property_free_all(&props);
	return rc;
}

/* The message cannot be sent, whatever the connection. */
static bool is_the_message(int rc)
{
	return rc == MOSQ_ERR_INVAL || rc == MOSQ_ERR_NOMEM || rc == MOSQ_ERR_PAYLOAD_SIZE ||
	       rc == MOSQ_ERR_MALFORMED_UTF8 || rc == MOSQ_ERR_QOS_NOT_SUPPORTED || rc == MOSQ_ERR_OVERSIZE_PACKET;
}

/* The connection has ended with RC of libmosquitto. */
static bool lose(struct sink_mqtt *s, int rc)
{
	int number = errno;

	if (s->trouble[0] == '\0')
		note(s, s->trouble, "the connection broke: ", error_words(s, rc, number));
	return false;
}

static struct sink_lane *take(struct sink_mqtt *s)
{
	struct sink_lane *lane = NULL;

	pthread_mutex_lock(&s->lock);
	if (s->lanes.under_way_bytes < WINDOW_BYTES)
		lane = sink_lanes_take(&s->lanes, s->window, sink_now_ms());
	pthread_mutex_unlock(&s->lock);
	return lane;
}

/* Segments are filled while there is more to say. */
static void cork(struct sink_mqtt *s, int on)
{
	setsockopt(mosquitto_socket(s->mosq), IPPROTO_TCP, TCP_CORK, &on, sizeof on);
}

static bool publish_all(struct sink_mqtt *s)
{
	struct sink_lane *lane = take(s);
	int rc = MOSQ_ERR_SUCCESS, id = 0;

	if (lane == NULL)
		return true;
	cork(s, 1);
	if (s->lanes.under_way_count == 1)       /* this one */
		s->heard_ms = sink_now_ms();
	for (; lane != NULL; lane = take(s)) {
		rc = publish(s, &lane->queue.first->message, &id);
		if (rc == MOSQ_ERR_SUCCESS)
			s->by_id[id % PACKET_IDS] = lane;
		else if (is_the_message(rc))
			refuse(s, lane, mosquitto_strerror(rc));
		else
			return lose(s, rc);
	}
	cork(s, 0);
	return true;
}

/* ---- A connection ----------------------------------------------------------- */

static int configure(struct sink_mqtt *s)
{
	const struct sink_mqtt_config *c = &s->cfg;
	int rc = mosquitto_int_option(s->mosq, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);

	if (rc == MOSQ_ERR_SUCCESS)
		rc = mosquitto_int_option(s->mosq, MOSQ_OPT_SEND_MAXIMUM, UINT16_MAX);
	if (rc == MOSQ_ERR_SUCCESS)
		rc = mosquitto_int_option(s->mosq, MOSQ_OPT_TCP_NODELAY, 1);
	if (rc == MOSQ_ERR_SUCCESS && c->user != NULL)
		rc = mosquitto_username_pw_set(s->mosq, c->user, c->password);
	if (rc == MOSQ_ERR_SUCCESS && c->ca_file != NULL)
		rc = mosquitto_tls_set(s->mosq, c->ca_file, NULL, c->cert_file, c->key_file, NULL);
	if (rc == MOSQ_ERR_SUCCESS && c->ca_file != NULL)
		rc = mosquitto_tls_opts_set(s->mosq, 1, NULL, NULL);
	mosquitto_connect_v5_callback_set(s->mosq, on_connect);
	mosquitto_disconnect_v5_callback_set(s->mosq, on_disconnect);
	mosquitto_publish_v5_callback_set(s->mosq, on_puback);
	mosquitto_log_callback_set(s->mosq, on_log);
	return rc;
}

static bool make_connection(struct sink_mqtt *s)
{
	int rc = MOSQ_ERR_NOMEM, number;

	set_link(s, CONNECTING);
	note(s, s->trouble, "", "");
	s->detail[0] = '\0';
	s->blames = true;
	s->mosq = mosquitto_new(s->client_id, true, s);
	if (s->mosq != NULL)
		rc = configure(s);
	errno = 0;
	if (rc == MOSQ_ERR_SUCCESS)
		rc = mosquitto_connect_bind_v5(s->mosq, s->cfg.host, s->cfg.port, KEEPALIVE_S, NULL, NULL);
	number = errno;
	if (rc == MOSQ_ERR_SUCCESS) {
		set_link(s, GREETING);
		return true;
	}
	note(s, s->trouble, rc == MOSQ_ERR_EAI ? "the broker's name is not found: " : "no connection: ",
	     error_words(s, rc, number));
	return false;
}

static bool is_over(struct sink_mqtt *s)
{
	bool over;

	pthread_mutex_lock(&s->lock);
	over = s->stopping && (s->lanes.count == 0 || sink_now_ms() >= s->stop_at_ms);
	pthread_mutex_unlock(&s->lock);
	return over;
}

/* How long nothing will be to do, unless something is heard. */
static int quiet_ms(struct sink_mqtt *s)
{
	uint64_t now = sink_now_ms(), at = now + 1000;
	SSL *tls = mosquitto_ssl_get(s->mosq);

	pthread_mutex_lock(&s->lock);
	at = s->lanes.wake_ms < at ? s->lanes.wake_ms : at;
	at = s->stopping && s->stop_at_ms < at ? s->stop_at_ms : at;
	pthread_mutex_unlock(&s->lock);
	return at <= now || (tls != NULL && SSL_pending(tls) > 0) ? 0 : (int)(at - now);
}

static bool move_bytes(struct sink_mqtt *s, short events)
{
	SSL *tls = mosquitto_ssl_get(s->mosq);
	int rc = MOSQ_ERR_SUCCESS;

	if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 || (tls != NULL && SSL_pending(tls) > 0))
		rc = mosquitto_loop_read(s->mosq, 1);
	if (rc == MOSQ_ERR_SUCCESS && mosquitto_socket(s->mosq) >= 0 && (events & POLLOUT) != 0)
		rc = mosquitto_loop_write(s->mosq, 1);
	if (rc == MOSQ_ERR_SUCCESS && mosquitto_socket(s->mosq) >= 0)
		rc = mosquitto_loop_misc(s->mosq);
	sink_hold_safe(&s->hold, &s->safe);
	if (rc == MOSQ_ERR_SUCCESS && mosquitto_socket(s->mosq) >= 0)
		return true;
	return lose(s, rc == MOSQ_ERR_SUCCESS ? MOSQ_ERR_CONN_LOST : rc);
}

static bool is_answering(struct sink_mqtt *s)
{
	uint64_t now = sink_now_ms();
	const char *missing = NULL;

	if (s->link == GREETING && now > s->since_ms + (uint64_t)s->retry.first_ms * LOGIN)
		missing = "the broker does not answer the login";
	else if (s->lanes.under_way_count != 0 && now > s->heard_ms + (uint64_t)s->retry.first_ms * PATIENCE)
		missing = "the broker does not acknowledge messages";
	if (missing == NULL)
		return true;
	note(s, s->trouble, missing, "");
	return false;
}

static bool wait_and_move(struct sink_mqtt *s)
{
	struct pollfd fds[2] = {
		{ .fd = s->wake_fd, .events = POLLIN },
		{ .fd = mosquitto_socket(s->mosq),
		  .events = (short)(POLLIN | (mosquitto_want_write(s->mosq) ? POLLOUT : 0)) },
	};
	uint64_t ignored;

	poll(fds, 2, quiet_ms(s));
	if ((fds[0].revents & POLLIN) != 0 && read(s->wake_fd, &ignored, sizeof ignored) < 0)
		return true;     /* interrupted: the next turn reads it */
	return move_bytes(s, fds[1].revents) && is_answering(s);
}

static void serve(struct sink_mqtt *s)
{
	while (!is_over(s))
		if ((s->link == UP && !publish_all(s)) || !wait_and_move(s))
			return;
}

/* A connection that ended soon, and in a way that a message may have caused: when that happens twice in a row, what was
 * under way is suspect. */
static void weigh(struct sink_mqtt *s)
{
	uint64_t healthy_ms = (uint64_t)s->retry.first_ms * HEALTHY;
	bool was_up = s->link == UP, early = was_up && sink_now_ms() - s->up_ms < healthy_ms;
	struct sink_lane *guilty;

	if (was_up && !early) {
		sink_retry_reset(&s->retry);
		s->strikes = 0;
	}
	pthread_mutex_lock(&s->lock);
	if (early && s->blames && s->lanes.under_way_count != 0)
		s->strikes++;
	guilty = sink_lanes_lost(&s->lanes, s->blames && s->strikes >= 2, sink_now_ms());
	if (guilty != NULL)
		snprintf(s->refusal, sizeof s->refusal, "%.40s: %.100s", guilty->queue.first->message.device,
			 s->trouble);
	pthread_mutex_unlock(&s->lock);
	if (guilty != NULL)
		sink_retry_reset(&s->retry);     /* it is not the broker: the others need not wait */
}

static void hang_up(struct sink_mqtt *s)
{
	weigh(s);
	if (s->mosq != NULL) {
		mosquitto_disconnect_v5(s->mosq, 0, NULL);
		mosquitto_destroy(s->mosq);
		s->mosq = NULL;
	}
	memset(s->by_id, 0, PACKET_IDS * sizeof(struct sink_lane *));
}

/* Until the next try, or until the sink is closed. */
static void rest(struct sink_mqtt *s)
{
	uint64_t until = sink_now_ms() + sink_retry_pause(&s->retry), now, ignored;
	struct pollfd wake = { .fd = s->wake_fd, .events = POLLIN };

	pthread_mutex_lock(&s->lock);
	s->next_try_ms = until;
	pthread_mutex_unlock(&s->lock);
	set_link(s, RESTING);
	while (!is_over(s) && (now = sink_now_ms()) < until) {
		pthread_mutex_lock(&s->lock);
		until = s->stopping && s->stop_at_ms < until ? s->stop_at_ms : until;
		pthread_mutex_unlock(&s->lock);
		if (poll(&wake, 1, until > now ? (int)(until - now) : 0) > 0 &&
		    read(s->wake_fd, &ignored, sizeof ignored) < 0)
			return;          /* cannot be: it was readable, and this thread alone reads it */
	}
}

static void *work(void *arg)
{
	struct sink_mqtt *s = arg;

	while (!is_over(s)) {
		if (make_connection(s))
			serve(s);
		hang_up(s);
		if (!is_over(s))
			rest(s);
	}
	return NULL;
}

/* ---- The loop's thread ------------------------------------------------------ */

static void sink_mqtt_flush(struct sink *sink)
{
	static const uint64_t one = 1;
	struct sink_mqtt *s = (struct sink_mqtt *)sink;

	while (write(s->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
		;
}

/* With the lock. */
static bool deliver(struct sink_mqtt *s, const struct sink_message *message)
{
	struct sink_lane *lane = sink_lanes_find(&s->lanes, message);
	struct sink_held *held;
	bool refused;

	if (lane != NULL && lane->queue.count >= SINK_LANE_MAX)
		return !sink_hold_no_room(&s->hold, message);
	held = sink_hold_take(&s->hold, message, &refused);
	if (held == NULL)
		return !refused;
	if (sink_lanes_push(&s->lanes, lane, held))
		return true;
	sink_hold_untake(&s->hold, held);
	return !sink_hold_no_room(&s->hold, message);
}

static bool sink_mqtt_deliver(struct sink *sink, const struct sink_message *message)
{
	struct sink_mqtt *s = (struct sink_mqtt *)sink;
	bool taken;

	pthread_mutex_lock(&s->lock);
	taken = deliver(s, message);
	pthread_mutex_unlock(&s->lock);
	return taken;
}

static int sink_mqtt_fd(const struct sink *sink)
{
	return ((const struct sink_mqtt *)sink)->hold.fd;
}

static bool sink_mqtt_next(struct sink *sink, struct sink_confirmation *c)
{
	return sink_hold_next(&((struct sink_mqtt *)sink)->hold, c);
}

/* ---- Health ----------------------------------------------------------------- */

static unsigned seconds(uint64_t ms)
{
	return (unsigned)((ms + 999) / 1000);
}

/* With the lock, the link UP. */
static void say_up(struct sink_mqtt *s, struct sink_health *health, const char *held)
{
	uint64_t now = sink_now_ms();
	char unheard[28];

	if (!health->well)
		snprintf(health->text, sizeof health->text,
			 "holds %s messages: the broker refuses those of %zu device%s (%s)", held,
			 s->lanes.resting_count, s->lanes.resting_count == 1 ? "" : "s", s->refusal);
	else if (s->unheard_ms != 0 && now - s->unheard_ms < UNHEARD_MS)
		snprintf(health->text, sizeof health->text,
			 "delivers to %.60s:%u, but nobody was subscribed to %s messages, the last %u s ago",
			 s->cfg.host, s->cfg.port, sink_number(health->unheard, unheard), seconds(now - s->unheard_ms));
	else
		snprintf(health->text, sizeof health->text, "delivers to %.60s:%u", s->cfg.host, s->cfg.port);
}

static void say_down(struct sink_mqtt *s, struct sink_health *health, const char *held)
{
	uint64_t now = sink_now_ms();

	if (s->link == RESTING)
		snprintf(health->text, sizeof health->text, "holds %s messages for %.40s:%u: %.130s; next try in %u s",
			 held, s->cfg.host, s->cfg.port, s->trouble,
			 s->next_try_ms > now ? seconds(s->next_try_ms - now) : 0);
	else
		snprintf(health->text, sizeof health->text, "holds %s messages: connecting to %.60s:%u for %u s", held,
			 s->cfg.host, s->cfg.port, seconds(now - s->since_ms));
}

static void sink_mqtt_health(struct sink *sink, struct sink_health *health)
{
	struct sink_mqtt *s = (struct sink_mqtt *)sink;
	char held[28];

	*health = (struct sink_health){ 0 };
	sink_hold_count(&s->hold, health);
	sink_number(health->held, held);
	pthread_mutex_lock(&s->lock);
	health->well = s->link == UP && s->lanes.resting_count == 0;
	if (s->link == UP)
		say_up(s, health, held);
	else
		say_down(s, health, held);
	pthread_mutex_unlock(&s->lock);
}

/* ---- Opening and closing ---------------------------------------------------- */

static void free_secret(char *text)
{
	if (text != NULL)
		bytes_wipe(text, strlen(text));
	free(text);
}

static void release(struct sink_mqtt *s)
{
	sink_lanes_free(&s->lanes);
	sink_queue_free(&s->safe);
	sink_hold_free(&s->hold);
	pthread_mutex_destroy(&s->lock);
	close(s->wake_fd);
	free(s->by_id);
	free((char *)s->cfg.host);
	free((char *)s->cfg.ca_file);
	free((char *)s->cfg.cert_file);
	free((char *)s->cfg.key_file);
	free((char *)s->cfg.user);
	free_secret((char *)s->cfg.password);
	free(s->client_id);
	free(s);
	mosquitto_lib_cleanup();
}

/* A name server that does not answer keeps its thread and S: the process is about to end. */
static void sink_mqtt_close(struct sink *sink, uint32_t wait_ms)
{
	struct sink_mqtt *s = (struct sink_mqtt *)sink;

	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	s->stop_at_ms = sink_now_ms() + wait_ms;
	pthread_mutex_unlock(&s->lock);
	sink_mqtt_flush(sink);
	if (sink_thread_join(s->thread, wait_ms + 2000))
		release(s);
}

static const struct sink_ops ops = {
	.name = "mqtt",
	.deliver = sink_mqtt_deliver,
	.flush = sink_mqtt_flush,
	.fd = sink_mqtt_fd,
	.next = sink_mqtt_next,
	.health = sink_mqtt_health,
	.close = sink_mqtt_close,
};

static bool refuse_to_open(char error[SINK_ERROR], const char *what, const char *why)
{
	snprintf(error, SINK_ERROR, "the MQTT sink: %.120s: %.90s", what, why);
	return false;
}

static bool is_this_machine(const char *host)
{
	return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

/* What libmosquitto would find out at each connection. */
static bool check_files(const struct sink_mqtt_config *c, char error[SINK_ERROR])
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
	bool fine = tls != NULL;

	if (!fine)
		refuse_to_open(error, "TLS", "no memory");
	if (fine && SSL_CTX_load_verify_locations(tls, c->ca_file, NULL) != 1)
		fine = refuse_to_open(error, c->ca_file, "cannot be read as certificates in PEM");
	if (fine && c->cert_file != NULL && SSL_CTX_use_certificate_chain_file(tls, c->cert_file) != 1)
		fine = refuse_to_open(error, c->cert_file, "cannot be read as a certificate in PEM");
	if (fine && c->key_file != NULL && SSL_CTX_use_PrivateKey_file(tls, c->key_file, SSL_FILETYPE_PEM) != 1)
		fine = refuse_to_open(error, c->key_file, "cannot be read as the key of the certificate");
	SSL_CTX_free(tls);
	return fine;
}

static bool check(const struct sink_mqtt_config *c, char error[SINK_ERROR])
{
	if (c->host == NULL || c->host[0] == '\0' || c->port == 0)
		return refuse_to_open(error, "host and port", "one of them is missing");
	if ((c->cert_file == NULL) != (c->key_file == NULL))
		return refuse_to_open(error, c->cert_file != NULL ? c->cert_file : c->key_file,
				      "certificate and key go together");
	if (c->ca_file == NULL && c->cert_file != NULL)
		return refuse_to_open(error, c->cert_file, "a certificate needs TLS: name the broker's CA");
	if (c->ca_file == NULL && c->password != NULL && !is_this_machine(c->host))
		return refuse_to_open(error, c->host,
				      "a password leaves this machine only by TLS: name the broker's CA");
	return c->ca_file == NULL || check_files(c, error);
}

static bool copy(const char **to, const char *from)
{
	*to = from != NULL ? strdup(from) : NULL;
	return from == NULL || *to != NULL;
}

static bool copy_config(struct sink_mqtt *s, const struct sink_mqtt_config *c)
{
	uint64_t chance = 0;

	s->cfg.port = c->port;
	s->client_id = c->client_id != NULL ? strdup(c->client_id) : malloc(24);
	if (s->client_id != NULL && c->client_id == NULL) {
		if (getrandom(&chance, sizeof chance, 0) < 0)
			return false;
		snprintf(s->client_id, 24, "tern-bridge-%011llx", (unsigned long long)(chance >> 20));
	}
	return copy(&s->cfg.host, c->host) && copy(&s->cfg.ca_file, c->ca_file) &&
	       copy(&s->cfg.cert_file, c->cert_file) && copy(&s->cfg.key_file, c->key_file) &&
	       copy(&s->cfg.user, c->user) && copy(&s->cfg.password, c->password) && s->client_id != NULL;
}

static bool set_up(struct sink_mqtt *s, const struct sink_mqtt_config *c)
{
	uint32_t retry_ms = c->retry_ms != 0 ? c->retry_ms : RETRY_MS;

	s->sink.ops = &ops;
	s->retry = (struct sink_retry){ retry_ms, RETRY_MAX_MS, 0 };
	s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->by_id = calloc(PACKET_IDS, sizeof(struct sink_lane *));
	pthread_mutex_init(&s->lock, NULL);
	mosquitto_lib_init();
	return sink_lanes_init(&s->lanes, retry_ms, RETRY_MAX_MS) && s->wake_fd >= 0 && s->by_id != NULL &&
	       copy_config(s, c);
}

struct sink *sink_mqtt_open(const struct sink_mqtt_config *cfg, char error[SINK_ERROR])
{
	struct sink_mqtt *s;

	if (!check(cfg, error))
		return NULL;
	snprintf(error, SINK_ERROR, "no memory, descriptor or thread for the MQTT sink");
	s = calloc(1, sizeof *s);
	if (s == NULL || !sink_hold_init(&s->hold, cfg->hold_bytes)) {
		free(s);
		return NULL;
	}
	if (set_up(s, cfg) && sink_thread_start(&s->thread, work, s))
		return &s->sink;
	release(s);
	return NULL;
}
