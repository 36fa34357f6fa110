/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/remote.h"

#include "cli/buffer.h"
#include "cli/line.h"
#include "cli/say.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONNECT_S = 10, POLL_MS = 1000, SLICE_MS = 3600 * 1000 };

struct remote {
	CURL  *curl;
	CURLM *multi;
	struct curl_slist *headers;     /* the token stands in them */
	char  *name, *url, *ca;
	char   error[CURL_ERROR_SIZE];
};

/* What the body of one answer goes to. */
struct taker {
	struct remote *remote;
	struct buffer  body;            /* a stream: of its current line */
	bool (*line)(void *to, const char *text, size_t len);   /* NULL: no stream */
	void  *to;
	bool   full, enough;
};

static bool fail(char why[REMOTE_WHY], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, REMOTE_WHY, format, args);
	va_end(args);
	return false;
}

/* ---- signals -------------------------------------------------------------- */

static int signals = -1;      /* readable when one is pending; it is left so, for line.h to see it, too */

static void catch_signals(void)
{
	sigset_t set;

	if (signals >= 0)
		return;
	line_catch_signals();
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool wait_signal(int ms)
{
	struct pollfd p = { .fd = signals, .events = POLLIN };

	return signals >= 0 && poll(&p, 1, ms) > 0;
}

bool remote_is_interrupted(void)
{
	return wait_signal(0);
}

bool remote_pause(int64_t ms)
{
	int64_t end_ms = line_now_ms() + ms, left;

	while ((left = end_ms - line_now_ms()) > 0)
		if (wait_signal((int)(left < SLICE_MS ? left : SLICE_MS)))
			return false;
	return true;
}

/* ---- opening -------------------------------------------------------------- */

/* "127.0.0.1", "[::1]", "localhost" */
static bool is_loopback(const char *host)
{
	return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
	       (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host));
}

static bool part_is_set(CURLU *u, CURLUPart part)
{
	char *text = NULL;
	bool set = curl_url_get(u, part, &text, 0) == CURLUE_OK;

	curl_free(text);
	return set;
}

static bool judge_url(const struct remote_config *cfg, CURLU *u, const char *scheme, const char *host, bool *loopback,
		      char why[REMOTE_WHY])
{
	*loopback = is_loopback(host);
	if (part_is_set(u, CURLUPART_USER) || part_is_set(u, CURLUPART_PASSWORD))
		return fail(why, "a URL with a password in it is there for everybody to read; a token file is not");
	if (part_is_set(u, CURLUPART_QUERY) || part_is_set(u, CURLUPART_FRAGMENT))
		return fail(why, "'%.200s': the URL of %s has neither '?' nor '#' in it", cfg->url, cfg->name);
	if (strcmp(scheme, "https") == 0 || (strcmp(scheme, "http") == 0 && *loopback))
		return true;
	if (strcmp(scheme, "http") == 0)
		return fail(why, "'%.200s': without TLS the token could be read on the way to another computer: "
			    "take https://, or a tunnel (ssh -L) and http://127.0.0.1", cfg->url);
	return fail(why, "'%.200s': a URL of %s begins with https:// (or, on this computer, http://)", cfg->url,
		    cfg->name);
}

static bool check_url(const struct remote_config *cfg, bool *loopback, char why[REMOTE_WHY])
{
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL;
	bool ok = false;

	if (curl_url_set(u, CURLUPART_URL, cfg->url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK)
		fail(why, "'%.200s' is no URL: https://HOST:PORT, or http://127.0.0.1:8080 on this computer", cfg->url);
	else
		ok = judge_url(cfg, u, scheme, host, loopback, why);
	curl_free(scheme);
	curl_free(host);
	curl_url_cleanup(u);
	return ok;
}

/* A token is one word of visible ASCII: it becomes part of a header. */
static bool check_token(const char *token, char why[REMOTE_WHY])
{
	for (const char *c = token; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~')
			return fail(why, "the token has a blank or another character in it that none has");
	return token[0] != '\0' || fail(why, "the token is empty");
}

static void add_headers(struct remote *r, const struct remote_config *cfg)
{
	struct buffer line = { 0 };

	buffer_format(&line, "%s%s", cfg->auth == REMOTE_BEARER ? "Authorization: Bearer " : "ClearBlade-UserToken: ",
		      cfg->token);
	r->headers = curl_slist_append(r->headers, line.data);
	buffer_wipe(&line);
	r->headers = curl_slist_append(r->headers, "Content-Type: application/json");
	r->headers = curl_slist_append(r->headers, "Accept: application/json");
	r->headers = curl_slist_append(r->headers, "Expect:");      /* a body is sent at once */
}

static void set_up(struct remote *r, bool loopback)
{
	CURL *c = r->curl;

	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, r->error);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, r->headers);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "tern/" TERN_VERSION);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https,http");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
	if (r->ca != NULL)
		curl_easy_setopt(c, CURLOPT_CAINFO, r->ca);
	if (loopback)
		curl_easy_setopt(c, CURLOPT_PROXY, "");
}

struct remote *remote_open(const struct remote_config *cfg, char why[REMOTE_WHY])
{
	struct remote *r;
	bool loopback;
	size_t len;

	if (!check_url(cfg, &loopback, why) || !check_token(cfg->token, why))
		return NULL;
	if (cfg->ca != NULL && access(cfg->ca, R_OK) != 0) {
		fail(why, "%s: %s", cfg->ca, strerror(errno));
		return NULL;
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	r = memory(sizeof *r);
	*r = (struct remote){ .curl = curl_easy_init(), .multi = curl_multi_init(), .name = memory_text(cfg->name),
			      .url = memory_text(cfg->url), .ca = cfg->ca != NULL ? memory_text(cfg->ca) : NULL };
	for (len = strlen(r->url); len > 0 && r->url[len - 1] == '/'; len--)
		r->url[len - 1] = '\0';
	add_headers(r, cfg);
	set_up(r, loopback);
	catch_signals();
	return r;
}

void remote_close(struct remote *r)
{
	if (r == NULL)
		return;
	if (r->headers != NULL)
		bytes_wipe(r->headers->data, strlen(r->headers->data));
	curl_slist_free_all(r->headers);
	curl_easy_cleanup(r->curl);
	curl_multi_cleanup(r->multi);
	free(r->name);
	free(r->url);
	free(r->ca);
	free(r);
}

const char *remote_url(const struct remote *r)
{
	return r->url;
}

/* ---- why there is no answer ------------------------------------------------ */

static const char *server_is_not_there(const struct remote *r)
{
	return strcmp(r->name, "the bridge") == 0 ?
	       "is tern-bridge running, and is this its admin_listen (--bridge URL, TERN_BRIDGE_URL)?" :
	       "is the URL right?";
}

static void explain(const struct remote *r, CURLcode code, bool changes, unsigned seconds, char why[REMOTE_WHY])
{
	const char *unknown = changes ? "; whether it was carried out is not known" : "", *error = r->error;

	if (error[0] == '\0')
		error = curl_easy_strerror(code);
	if (code == CURLE_COULDNT_CONNECT)
		fail(why, "nobody answers at %s: %s", r->url, server_is_not_there(r));
	else if (code == CURLE_COULDNT_RESOLVE_HOST)
		fail(why, "%s: the name of this host is not known (%s)", r->url, error);
	else if (code == CURLE_PEER_FAILED_VERIFICATION)
		fail(why, "%s: its certificate is not to be trusted (%s); --ca FILE says which root is", r->url, error);
	else if (code == CURLE_SSL_CACERT_BADFILE)
		fail(why, "%s holds no certificate in PEM", r->ca != NULL ? r->ca : "the system's store");
	else if (code == CURLE_SSL_CONNECT_ERROR)
		fail(why, "%s: no TLS connection (%s)", r->url, error);
	else if (code == CURLE_OPERATION_TIMEDOUT)
		fail(why, "%s has not answered within %u s%s", r->url, seconds, unknown);
	else
		fail(why, "%s: the connection has failed (%s)%s", r->url, error, unknown);
}

/* ---- one exchange ---------------------------------------------------------- */

static void split_lines(struct taker *t)
{
	char *from = t->body.data, *end;
	size_t left;

	while (!t->enough && (end = memchr(from, '\n', t->body.len - (size_t)(from - t->body.data))) != NULL) {
		*end = '\0';
		t->enough = !t->line(t->to, from, (size_t)(end - from));
		from = end + 1;
	}
	left = t->body.len - (size_t)(from - t->body.data);
	memmove(t->body.data, from, left + 1);
	t->body.len = left;
	t->full = left > REMOTE_LINE_MAX;
}

static size_t on_body(char *data, size_t one, size_t n, void *to)
{
	struct taker *t = to;
	long http = 0;

	(void)one;
	buffer_add(&t->body, data, n);
	curl_easy_getinfo(t->remote->curl, CURLINFO_RESPONSE_CODE, &http);
	if (t->line != NULL && http == 200)
		split_lines(t);
	else
		t->full = t->body.len > REMOTE_BODY_MAX;
	return t->full || t->enough ? 0 : n;
}

/* Until it is done.  False: a signal came. */
static bool perform(struct remote *r, CURLcode *code)
{
	struct curl_waitfd also = { .fd = signals, .events = CURL_WAIT_POLLIN };
	CURLMsg *message;
	int running = 1, left;
	bool stopped = false;

	*code = CURLE_FAILED_INIT;
	curl_multi_add_handle(r->multi, r->curl);
	while (!stopped && curl_multi_perform(r->multi, &running) == CURLM_OK && running > 0) {
		(void)curl_multi_poll(r->multi, &also, 1, POLL_MS, NULL);
		stopped = remote_is_interrupted();
	}
	while ((message = curl_multi_info_read(r->multi, &left)) != NULL)
		if (message->msg == CURLMSG_DONE)
			*code = message->data.result;
	curl_multi_remove_handle(r->multi, r->curl);
	return !stopped;
}

static void set_request(struct remote *r, const char *method, const char *url, const char *body, struct taker *t)
{
	CURL *c = r->curl;

	r->error[0] = '\0';
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
	if (body != NULL) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
	}
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
}

static void set_bounds(struct remote *r, unsigned seconds, bool stream)
{
	curl_easy_setopt(r->curl, CURLOPT_TIMEOUT, stream ? 0L : (long)seconds);
	curl_easy_setopt(r->curl, CURLOPT_LOW_SPEED_LIMIT, stream ? 1L : 0L);
	curl_easy_setopt(r->curl, CURLOPT_LOW_SPEED_TIME, stream ? (long)seconds : 0L);
}

/* ---- what the answer says ------------------------------------------------- */

static const char *string_of(const cJSON *object, const char *name)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsString(member) ? member->valuestring : NULL;
}

/* {"error":{"code":404,"message":"One sentence.","status":"NOT_FOUND"}} */
static void refused(const struct remote *r, struct answer *a)
{
	cJSON *json = a->body != NULL ? cJSON_ParseWithLength(a->body, a->len) : NULL;
	const cJSON *error = cJSON_GetObjectItemCaseSensitive(json, "error");
	const char *message = cJSON_IsString(error) ? error->valuestring : string_of(error, "message");

	if (message != NULL)
		fail(a->why, "%s", message);
	else
		fail(a->why, "what answers at %s is not %s: it says HTTP %ld and gives no reason", r->url, r->name,
		     a->http);
	cJSON_Delete(json);
}

static void judge(const struct remote *r, struct answer *a)
{
	a->result = REMOTE_REFUSED;
	if (a->http < 200 || a->http > 299) {
		refused(r, a);
		return;
	}
	a->json = a->len > 0 ? cJSON_ParseWithLength(a->body, a->len) : NULL;
	if (!cJSON_IsObject(a->json))
		fail(a->why, "what answers at %s is not %s: its answer is no JSON object", r->url, r->name);
	else
		a->result = REMOTE_OK;
}

static void look_at_head(struct remote *r, struct answer *a)
{
	curl_off_t wait = 0;

	curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &a->http);
	curl_easy_getinfo(r->curl, CURLINFO_RETRY_AFTER, &wait);
	a->retry_after_s = wait > 0 && wait < 3600 ? (uint32_t)wait : 0;
}

static enum remote_result exchange(struct remote *r, const char *method, const char *path, const char *body,
				   unsigned seconds, struct taker *t, struct answer *a)
{
	struct buffer url = { 0 };
	CURLcode code;

	answer_clear(a);
	buffer_format(&url, "%s%s", r->url, path);
	set_request(r, method, url.data, body, t);
	set_bounds(r, seconds, t->line != NULL);
	a->result = REMOTE_UNREACHABLE;
	if (!perform(r, &code)) {
		a->result = REMOTE_INTERRUPTED;
		fail(a->why, "interrupted%s",
		     strcmp(method, "GET") != 0 ? "; whether it was carried out is not known" : "");
	} else if (code == CURLE_OK || t->enough) {
		look_at_head(r, a);
		a->body = t->body.data;
		a->len = t->body.len;
		t->body = (struct buffer){ 0 };
		if (t->line == NULL || a->http != 200)
			judge(r, a);
		else
			a->result = REMOTE_OK;
	} else if (t->full) {
		a->result = REMOTE_REFUSED;
		fail(a->why, "what %s answers is longer than anything that %s sends", r->url, r->name);
	} else {
		explain(r, code, strcmp(method, "GET") != 0, seconds, a->why);
	}
	buffer_free(&t->body);
	buffer_free(&url);
	return a->result;
}

enum remote_result remote_call(struct remote *r, const char *method, const char *path, const char *body,
			       unsigned seconds, struct answer *a)
{
	struct taker t = { .remote = r };

	return exchange(r, method, path, body, seconds, &t, a);
}

enum remote_result remote_stream(struct remote *r, const char *path,
				 bool (*line)(void *to, const char *text, size_t len), void *to, struct answer *a)
{
	struct taker t = { .remote = r, .line = line, .to = to };

	return exchange(r, "GET", path, NULL, REMOTE_SILENT_S, &t, a);
}

void answer_clear(struct answer *a)
{
	free(a->body);
	cJSON_Delete(a->json);
	*a = (struct answer){ 0 };
}

/* ---- the token ------------------------------------------------------------- */

static bool may_others_read(FILE *f)
{
	struct stat st;

	return fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IRWXO) != 0;
}

bool remote_read_token(const char *file, char token[REMOTE_TOKEN], char why[REMOTE_WHY])
{
	FILE *f = fopen(file, "re");
	bool ok = false;

	if (f == NULL)
		return fail(why, "%s: %s", file, strerror(errno));
	setvbuf(f, NULL, _IONBF, 0);      /* no copy in a buffer of the library's */
	if (may_others_read(f))
		fail(why, "%s: other users of this computer may read it, and a token is a password: chmod 640 %s", file,
		     file);
	else if (fgets(token, REMOTE_TOKEN, f) == NULL)
		fail(why, "%s: there is no token in it", file);
	else
		ok = true;
	fclose(f);
	if (!ok)
		return false;
	token[strcspn(token, "\r\n")] = '\0';
	if (strncmp(token, "sha256:", 7) == 0)
		return fail(why,
			    "%s holds the token's hash, which the bridge checks it by; the token itself is elsewhere",
			    file);
	return true;
}
