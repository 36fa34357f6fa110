/* SPDX-License-Identifier: Apache-2.0 */
/* test_http.c - the admin interface's server over real sockets: what a client sees on the wire, limits, stop, TLS. */
#include "unit/cmocka_all.h"

#include "bridge/http.h"
#include "unit/bridge/http_tls_client.h"
#include "unit/bridge/rest_rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct bench {
	struct rest_rig rig;
	struct event_base *base;
	struct http *http;
};

#define AUTH "Authorization: Bearer " RIG_TOKEN "\r\n"
#define HOST "Host: localhost\r\n"

static uint64_t up_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void open_http(struct bench *b, struct http_config cfg)
{
	char error[HTTP_ERROR];

	cfg.base = b->base;
	cfg.rest = b->rig.rest;
	if (cfg.listen == NULL)
		cfg.listen = "127.0.0.1:0";
	b->http = http_open(&cfg, error);
	if (b->http == NULL)
		fail_msg("%s", error);
}

static int setup(void **state)
{
	static struct bench b;

	rest_rig_init(&b.rig, true);
	b.base = event_base_new();
	b.http = NULL;
	assert_int_equal(rest_rig_call(&b.rig, "POST", RIG_R, "{\"id\":\"fleet\"}"), 200);
	assert_int_equal(rest_rig_call(&b.rig, "POST", RIG_D, "{\"id\":\"valve\"}"), 200);
	*state = &b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	http_close(b->http);
	event_base_free(b->base);
	rest_rig_free(&b->rig);
	return 0;
}

/* The loop for MS. */
static void turn(struct bench *b, unsigned ms)
{
	uint64_t end = up_ms() + ms;

	do {
		struct timeval tv = { 0, 2000 };

		event_base_loopexit(b->base, &tv);
		event_base_dispatch(b->base);
	} while (up_ms() < end);
}

static int connect_to(struct bench *b)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(http_port(b->http)),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void put(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* What comes until WANT stands in it, the end (then *CLOSED), or LIMIT_MS; static text. */
static const char *hear(struct bench *b, int fd, const char *want, unsigned limit_ms, bool *closed)
{
	static char text[400000];
	uint64_t end = up_ms() + limit_ms;
	size_t n = 0;
	ssize_t got = -1;

	text[0] = '\0';
	while (up_ms() < end && got != 0 && (want == NULL || strstr(text, want) == NULL)) {
		turn(b, 1);
		while (n + 1 < sizeof text && (got = recv(fd, text + n, sizeof text - 1 - n, 0)) > 0)
			text[n += (size_t)got] = '\0';
		if (got < 0 && errno != EAGAIN)
			fail_msg("the connection: %s", strerror(errno));
	}
	if (closed != NULL)
		*closed = got == 0;
	return text;
}

static const char *ask(struct bench *b, const char *request)
{
	int fd = connect_to(b);
	const char *answer;
	bool closed;

	put(fd, request);
	answer = hear(b, fd, NULL, 1000, &closed);       /* shorter than a client is waited for */
	assert_true(closed);
	close(fd);
	return answer;
}

/* ---- Requests ------------------------------------------------------------- */

static void an_answer_on_the_wire(void **state)
{
	struct bench *b = *state;
	const char *answer;

	open_http(b, (struct http_config){ .listen = NULL });
	answer = ask(b, "GET " RIG_R " HTTP/1.1\r\n" HOST AUTH "Connection: close\r\n\r\n");
	assert_ptr_equal(strstr(answer, "HTTP/1.1 200 OK\r\nDate: "), answer);
	assert_non_null(strstr(answer, "\r\nContent-Type: application/json; charset=UTF-8\r\n"));
	assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
	assert_non_null(strstr(answer, "\r\n\r\n{\"deviceRegistries\":[{\"id\":\"fleet\""));
	assert_null(strstr(answer, "Access-Control"));
	answer = ask(b, "GET " RIG_R " HTTP/1.0\r\n" AUTH "\r\n");
	assert_non_null(strstr(answer, "200 OK"));
	answer = ask(b, "HEAD /healthz HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
	assert_non_null(strstr(answer, "405 Method Not Allowed"));
	assert_non_null(strstr(answer, "\r\nAllow: GET\r\n"));
	assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
}

static void the_server_s_own_errors_are_objects_too(void **state)
{
	static const struct { const char *request, *holds; } rows[] = {
		{ "nonsense\r\n\r\n", "400 Bad Request" },
		{ "GET / HTTP/1.1\n\n", "\"message\":\"A line does not end with CR LF.\"" },
		{ "POST " RIG_R " HTTP/1.1\r\n" HOST AUTH "Content-Length: 1048577\r\n\r\n", "413 Content Too Large" },
		{ "POST " RIG_R " HTTP/1.1\r\n" HOST AUTH "Transfer-Encoding: gzip\r\n\r\n", "501 Not Implemented" },
		{ "GET / HTTP/3.0\r\n" HOST "\r\n", "505 HTTP Version Not Supported" },
		{ "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "WWW-Authenticate: Bearer" },
		{ "GET / HTTP/1.1\r\nHost: evil.example\r\n" AUTH "Connection: close\r\n\r\n", "403 Forbidden" },
	};
	struct bench *b = *state;

	open_http(b, (struct http_config){ .listen = NULL });
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *answer = ask(b, rows[i].request);

		if (strstr(answer, rows[i].holds) == NULL || strstr(answer, "\r\n\r\n{\"error\":{\"code\":") == NULL)
			fail_msg("%s: %s", rows[i].request, answer);
	}
}

static void one_connection_has_many_requests_even_sent_at_once(void **state)
{
	struct bench *b = *state;
	const char *answer, *second;
	int fd;

	open_http(b, (struct http_config){ .listen = NULL });
	fd = connect_to(b);
	put(fd, "GET /healthz HTTP/1.1\r\n" HOST "\r\n");
	assert_non_null(strstr(hear(b, fd, "{\"ok\":true}", 3000, NULL), "{\"ok\":true}"));
	put(fd, "POST " RIG_D " HTTP/1.1\r\n" HOST AUTH "Content-Length: 14\r\n\r\n{\"id\":\"pump1\"}"
		"GET " RIG_D "/pump1 HTTP/1.1\r\n" HOST AUTH "Connection: close\r\n\r\n");
	answer = hear(b, fd, NULL, 3000, NULL);
	second = strstr(answer + 1, "HTTP/1.1 200");
	assert_non_null(second);
	assert_non_null(strstr(second, "\"id\":\"pump1\""));
	close(fd);
}

static void who_may_not_need_not_send_his_body(void **state)
{
	struct bench *b = *state;
	const char *answer;

	open_http(b, (struct http_config){ .listen = NULL });
	answer = ask(b, "POST " RIG_R " HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 1000000\r\n\r\n");
	assert_ptr_equal(strstr(answer, "HTTP/1.1 401"), answer);
}

/* What is still on its way when he is refused must not reset the connection under the answer. */
static void who_may_not_gets_his_answer_amid_his_body(void **state)
{
	struct bench *b = *state;
	char *body = calloc(1, 150001);
	const char *answer;
	bool closed;
	int fd;

	open_http(b, (struct http_config){ .listen = NULL });
	memset(body, ' ', 150000);
	fd = connect_to(b);
	put(fd, "POST " RIG_R " HTTP/1.1\r\n" HOST "Content-Length: 150000\r\n\r\n");
	put(fd, body);
	turn(b, 50);
	answer = hear(b, fd, NULL, 1000, &closed);
	assert_non_null(strstr(answer, "UNAUTHENTICATED"));
	assert_true(closed);
	close(fd);
	free(body);
}

static void who_expects_it_is_told_to_go_on(void **state)
{
	struct bench *b = *state;
	int fd;

	open_http(b, (struct http_config){ .listen = NULL });
	fd = connect_to(b);
	put(fd, "POST " RIG_D " HTTP/1.1\r\n" HOST AUTH "Expect: 100-continue\r\nContent-Length: 14\r\n\r\n");
	assert_string_equal(hear(b, fd, "Continue\r\n\r\n", 3000, NULL), "HTTP/1.1 100 Continue\r\n\r\n");
	put(fd, "{\"id\":\"pump1\"}");
	assert_non_null(strstr(hear(b, fd, "pump1", 3000, NULL), "HTTP/1.1 200"));
	close(fd);
}

/* ---- Later answers -------------------------------------------------------- */

static void a_command_waits_for_its_outcome(void **state)
{
	struct bench *b = *state;
	int fd;

	open_http(b, (struct http_config){ .listen = NULL });
	fd = connect_to(b);
	put(fd, "POST " RIG_D "/valve:sendCommandToDevice HTTP/1.1\r\n" HOST AUTH "Content-Length: 2\r\n\r\n{}");
	assert_string_equal(hear(b, fd, NULL, 100, NULL), "");
	rest_rig_node.done(rest_rig_node.to, NODE_COMMAND_DELIVERED);
	assert_non_null(strstr(hear(b, fd, "{}", 3000, NULL), "200 OK"));
	put(fd, "POST " RIG_D "/valve:sendCommandToDevice HTTP/1.1\r\n" HOST AUTH "Content-Length: 2\r\n\r\n{}");
	hear(b, fd, NULL, 50, NULL);
	close(fd);
	turn(b, 50);
	assert_int_equal(rest_rig_node.forgotten, 1);
}

static void a_long_poll_is_woken(void **state)
{
	struct bench *b = *state;
	int fd;

	open_http(b, (struct http_config){ .listen = NULL });
	fd = connect_to(b);
	put(fd, "GET " RIG_G "/messages?wait=5 HTTP/1.1\r\n" HOST AUTH "\r\n");
	assert_string_equal(hear(b, fd, NULL, 50, NULL), "");
	rest_rig_message(&b->rig, "valve", "", "hello");
	rest_messages_arrived(b->rig.rest);
	assert_non_null(strstr(hear(b, fd, "aGVsbG8=", 300, NULL), "aGVsbG8="));
	close(fd);
}

static void a_stream_comes_in_chunks(void **state)
{
	struct bench *b = *state;
	const char *heard;
	bool closed;
	int fd;

	open_http(b, (struct http_config){ .listen = NULL });
	fd = connect_to(b);
	put(fd, "GET " RIG_G "/messages:stream HTTP/1.1\r\n" HOST AUTH "\r\n");
	assert_non_null(strstr(hear(b, fd, "\r\n\r\n", 3000, NULL), "Transfer-Encoding: chunked"));
	rest_rig_message(&b->rig, "valve", "", "one");
	rest_messages_arrived(b->rig.rest);
	assert_non_null(strstr(hear(b, fd, "b25l", 3000, NULL), "{\"message\":{\"cursor\":\"1\""));
	http_stop(b->http, 1000);
	heard = hear(b, fd, NULL, 3000, &closed);
	assert_true(closed);
	assert_non_null(strstr(heard, "0\r\n\r\n"));
	close(fd);
}

/* What does not fit the socket waits in the log, and comes when the reader reads on. */
static void a_slow_reader_gets_all(void **state)
{
	struct bench *b = *state;
	static char payload[60000];
	size_t n = 0;
	ssize_t got;
	int fd, small = 65536;

	memset(payload, 'x', sizeof payload - 1);
	for (int i = 0; i < 100; i++)
		rest_rig_message(&b->rig, "valve", "", payload);
	open_http(b, (struct http_config){ .listen = NULL });
	fd = connect_to(b);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	put(fd, "GET " RIG_G "/messages:stream HTTP/1.1\r\n" HOST AUTH "\r\n");
	turn(b, 300);
	for (int i = 0; i < 5000 && n < 100 * 80000; i++) {
		static char text[65536];

		turn(b, 1);
		while ((got = recv(fd, text, sizeof text, 0)) > 0)
			n += (size_t)got;
	}
	if (n < 100 * 79000)
		fail_msg("%zu bytes of the stream", n);
	close(fd);
}

/* ---- Limits --------------------------------------------------------------- */

static void slow_requests_end(void **state)
{
	struct bench *b = *state;
	int idle, slow;
	bool closed = false;

	open_http(b, (struct http_config){ .request_ms = 300, .idle_ms = 300 });
	idle = connect_to(b);
	slow = connect_to(b);
	for (int i = 0; i < 20 && !closed; i++) {
		send(slow, "G", 1, MSG_NOSIGNAL);       /* a byte now and then does not help */
		if (strstr(hear(b, slow, NULL, 40, &closed), "408 Request Timeout") != NULL)
			break;
		assert_true(i < 15);
	}
	assert_string_equal(hear(b, idle, NULL, 1000, &closed), "");
	assert_true(closed);
	close(idle);
	close(slow);
}

static void connections_are_bounded_and_the_rest_waits(void **state)
{
	struct bench *b = *state;
	int fd[8], last;

	open_http(b, (struct http_config){ .connections_max = 8, .request_ms = 400 });
	for (int i = 0; i < 8; i++)
		fd[i] = connect_to(b);
	turn(b, 50);
	last = connect_to(b);
	put(last, "GET /healthz HTTP/1.1\r\n" HOST "\r\n");
	assert_string_equal(hear(b, last, NULL, 100, NULL), "");
	assert_non_null(strstr(hear(b, last, "true", 1500, NULL), "200 OK"));
	for (int i = 0; i < 8; i++)
		close(fd[i]);
	close(last);
}

/* 32 who say nothing do not keep the owner out for long. */
static void the_silent_make_room(void **state)
{
	struct bench *b = *state;
	int fd[32], last;

	open_http(b, (struct http_config){ .connections_max = 8, .request_ms = 60000 });
	for (int i = 0; i < 32; i++)
		fd[i] = connect_to(b);
	last = connect_to(b);
	put(last, "GET /healthz HTTP/1.1\r\n" HOST "\r\n");
	assert_non_null(strstr(hear(b, last, "true", 12000, NULL), "200 OK"));
	for (int i = 0; i < 32; i++)
		close(fd[i]);
	close(last);
}

static void put_to(int fd[], int count, struct bench *b, const char *text)
{
	for (int i = 0; i < count; i++) {
		fd[i] = connect_to(b);
		put(fd[i], text);
	}
}

/* Nor do 32 who begin a request and never end it, its head or a body that nobody asked a token for. */
static void unfinished_requests_without_a_token_make_room(void **state)
{
	static const char *const begun[] = {
		"GET /v1/regis", "GET " RIG_R " HTTP/1.1\r\n" HOST AUTH,
		"GET /healthz HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\n1"
	};
	struct bench *b = *state;
	int fd[32], last;

	open_http(b, (struct http_config){ .connections_max = 8, .request_ms = 60000 });
	for (size_t i = 0; i < sizeof begun / sizeof begun[0]; i++) {
		put_to(fd, 32, b, begun[i]);
		last = connect_to(b);
		put(last, "GET /healthz HTTP/1.1\r\n" HOST "\r\n");
		if (strstr(hear(b, last, "true", 12000, NULL), "200 OK") == NULL)
			fail_msg("behind 32 of '%s'", begun[i]);
		for (int k = 0; k < 32; k++)
			close(fd[k]);
		close(last);
	}
}

static void who_showed_the_token_is_not_made_to_leave_amid_his_request(void **state)
{
	struct bench *b = *state;
	int fd[32], poll, upload;

	open_http(b, (struct http_config){ .connections_max = 8, .request_ms = 60000 });
	poll = connect_to(b);
	put(poll, "GET " RIG_G "/messages?wait=4 HTTP/1.1\r\n" HOST AUTH "\r\n");
	upload = connect_to(b);
	put(upload, "POST " RIG_D " HTTP/1.1\r\n" HOST AUTH "Content-Length: 12\r\n\r\n{\"id\"");
	turn(b, 50);
	put_to(fd, 32, b, "GET ");
	turn(b, 3000);
	put(upload, ":\"p-1\"}");
	assert_non_null(strstr(hear(b, upload, "p-1", 2000, NULL), "HTTP/1.1 "));
	assert_non_null(strstr(hear(b, poll, "messages", 5000, NULL), "200 OK"));
	for (int k = 0; k < 32; k++)
		close(fd[k]);
	close(poll);
	close(upload);
}

static void a_stop_answers_and_closes(void **state)
{
	struct bench *b = *state;
	int idle, polls, begun;
	bool closed;

	open_http(b, (struct http_config){ .listen = NULL });
	idle = connect_to(b);
	put(idle, "GET /healthz HTTP/1.1\r\n" HOST "\r\n");
	hear(b, idle, "true", 1000, NULL);
	polls = connect_to(b);
	put(polls, "GET " RIG_G "/messages?wait=50 HTTP/1.1\r\n" HOST AUTH "\r\n");
	begun = connect_to(b);
	put(begun, "GET ");
	turn(b, 50);
	http_stop(b->http, 300);
	assert_false(http_stopped(b->http));
	assert_non_null(strstr(hear(b, polls, NULL, 1000, &closed), "{\"messages\":[]"));
	assert_true(closed);
	hear(b, idle, NULL, 1000, &closed);
	assert_true(closed);
	hear(b, begun, NULL, 1000, &closed);
	assert_true(closed);
	close(idle);
	close(polls);
	close(begun);
	turn(b, 400);
	assert_true(http_stopped(b->http));
}

/* ---- Where it listens ----------------------------------------------------- */

static void plain_text_is_for_loopback_only(void **state)
{
	static const struct { const char *listen; bool fine; } rows[] = {
		{ "127.0.0.1:0", true }, { "127.1.2.3:0", true }, { "[::1]:0", true }, { "localhost:0", true },
		  { "[::ffff:127.0.0.1]:0", true },
		{ "0.0.0.0:0", false }, { "[::]:0", false }, { "192.0.2.1:0", false }, { "[::ffff:10.0.0.1]:0", false },
		  { "", false },
		{ "127.0.0.1", false }, { "127.0.0.1:70000", false }, { "bridge.example:0", false }, { "::1:0", false },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct http_config cfg = { .base = b->base, .rest = b->rig.rest, .listen = rows[i].listen };
		char error[HTTP_ERROR];
		struct http *h = http_open(&cfg, error);

		if ((h != NULL) != rows[i].fine || (h == NULL && error[0] == '\0'))
			fail_msg("'%s': '%s'", rows[i].listen, error);
		http_close(h);
	}
}

static void tls_and_a_new_certificate_while_it_runs(void **state)
{
	struct bench *b = *state;
	struct ssl_ctx_st *first = http_tls_client_server("first"), *second = http_tls_client_server("second");
	struct http_tls_client *c;
	char name[64];

	open_http(b, (struct http_config){ .listen = "0.0.0.0:0", .tls = first });
	for (int i = 0; i < 2; i++) {
		int fd = connect_to(b);
		const char *answer = "";

		c = http_tls_client_new(fd, "GET " RIG_R " HTTP/1.1\r\nHost: any.example\r\n"
			AUTH "Connection: close\r\n\r\n");
		for (int k = 0; k < 2000 && answer != NULL && !http_tls_client_step(c, &answer, name, sizeof name); k++)
			turn(b, 1);
		assert_non_null(strstr(answer, "HTTP/1.1 200 OK"));
		assert_string_equal(name, i == 0 ? "first" : "second");
		http_tls_client_free(c);
		close(fd);
		http_set_tls(b->http, second);
	}
	http_tls_client_release(first);
	http_tls_client_release(second);
}

#define HTTP_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HTTP_TEST(an_answer_on_the_wire),
		HTTP_TEST(the_server_s_own_errors_are_objects_too),
		HTTP_TEST(one_connection_has_many_requests_even_sent_at_once),
		HTTP_TEST(who_may_not_need_not_send_his_body),
		HTTP_TEST(who_may_not_gets_his_answer_amid_his_body),
		HTTP_TEST(who_expects_it_is_told_to_go_on),
		HTTP_TEST(a_command_waits_for_its_outcome),
		HTTP_TEST(a_long_poll_is_woken),
		HTTP_TEST(a_stream_comes_in_chunks),
		HTTP_TEST(a_slow_reader_gets_all),
		HTTP_TEST(slow_requests_end),
		HTTP_TEST(connections_are_bounded_and_the_rest_waits),
		HTTP_TEST(the_silent_make_room),
		HTTP_TEST(unfinished_requests_without_a_token_make_room),
		HTTP_TEST(who_showed_the_token_is_not_made_to_leave_amid_his_request),
		HTTP_TEST(a_stop_answers_and_closes),
		HTTP_TEST(plain_text_is_for_loopback_only),
		HTTP_TEST(tls_and_a_new_certificate_while_it_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
