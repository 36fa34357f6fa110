/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.c - `tern-bridge --check`: everything that the configuration names, looked
 * at before a device finds out.  One line a thing; nothing is changed.
 */
#include "bridge/certificate.h"
#include "bridge/config.h"
#include "bridge/init.h"
#include "bridge/tls_context.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum {
	DAY           = 86400,
	CONNECT_MS    = 3000,
	SPARE_FILES   = 256,         /* as the running bridge has it, program.c */
	LEAST_FREE_MB = 100,
};

enum verdict { WELL, WARNING, WRONG };

struct check {
	const struct config *c;
	int64_t  now_s;
	unsigned warn_days;
	unsigned count[3];
};

__attribute__((format(printf, 4, 5)))
static void say(struct check *k, enum verdict verdict, const char *what, const char *format, ...)
{
	static const char *const words[] = { "ok", "WARNING", "WRONG" };
	va_list args;

	k->count[verdict]++;
	printf("%-8s %-18s ", words[verdict], what);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* ---- certificates --------------------------------------------------------- */

static const char *show_day(int64_t at_s, char out[16])
{
	time_t t = (time_t)at_s;
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	(void)strftime(out, 16, "%Y-%m-%d", &tm);
	return out;
}

static void check_dates(struct check *k, const char *what, const struct certificate *c)
{
	const int64_t left = c->expires_s - k->now_s;
	char day[16];

	if (c->begins_s > k->now_s)
		say(k, WRONG, what, "is not valid before %s; is this machine's clock right?",
		    show_day(c->begins_s, day));
	else if (left <= 0)
		say(k, WRONG, what, "'%s' expired on %s: devices refuse it", c->expires_name,
		    show_day(c->expires_s, day));
	else
		say(k, left < (int64_t)k->warn_days * DAY ? WARNING : WELL, what,
		    "valid until %s, for %" PRId64 " days ('%s')", show_day(c->expires_s, day), left / DAY,
		    c->expires_name);
}

/* Others than owner and group can read the key, or others than the owner can change it. */
static void check_mode(struct check *k, const char *what, const char *file)
{
	struct stat st;

	if (stat(file, &st) != 0)
		say(k, WRONG, what, "%s: %s", file, strerror(errno));
	else if ((st.st_mode & (S_IRWXO | S_IWGRP)) != 0)
		say(k, WRONG, what, "%s is a secret, and its mode is %04o: 'chmod 600 %s'", file,
		    (unsigned)(st.st_mode & 07777), file);
	else
		say(k, WELL, what, "%s has the mode %04o", file, (unsigned)(st.st_mode & 07777));
}

static void check_chain(struct check *k, const char *what, const struct certificate *c)
{
	char text[CERTIFICATE_ERROR];

	if (k->c->root != NULL && !certificate_leads_to(c, k->c->root, k->now_s, text))
		say(k, WRONG, what, "devices that have this root will refuse it: %s", text);
	else if (k->c->root == NULL && !certificate_leads_to(c, NULL, k->now_s, text))
		say(k, WARNING, what, "%s; 'root = FILE' names the root that devices have", text);
	else
		say(k, WELL, what, "leads to %s", k->c->root != NULL ? k->c->root : "a root of this machine");
	if (certificate_is_odd(c, text))
		say(k, WARNING, what, "%s", text);
}

static void check_host(struct check *k, const char *what, const struct certificate *c)
{
	if (k->c->host == NULL)
		say(k, WARNING, what, "it is for %s; 'host = NAME' would check it against the name that devices use",
		    c->name);
	else if (!certificate_is_for(c, k->c->host))
		say(k, WRONG, what, "it is for %s, and devices connect to %s: they refuse it", c->name, k->c->host);
	else
		say(k, WELL, what, "it is for %s", k->c->host);
}

static void check_pair(struct check *k, const char *what, const char *file, const char *key)
{
	char error[CERTIFICATE_ERROR];
	struct certificate c;

	if (!certificate_read(&c, file, key, error)) {
		say(k, WRONG, what, "%s", error);
		return;
	}
	say(k, WELL, what, "%s: %s, and its key", file, c.kind);
	check_dates(k, what, &c);
	if (strcmp(what, "certificate") == 0) {
		check_chain(k, what, &c);
		check_host(k, what, &c);
	}
	check_mode(k, what, key);
	certificate_free(&c);
}

/* As the bridge will: both together, with its ciphers. */
static void check_tls(struct check *k)
{
	struct tls_context_config cfg = { .ciphers = k->c->tls_ciphers };
	char error[TLS_CONTEXT_ERROR];
	struct tls_context *t;

	for (uint32_t i = 0; i < k->c->certificates; i++) {
		cfg.certificate[i] = k->c->certificate[i];
		cfg.key[i] = k->c->key[i];
	}
	t = tls_context_open(&cfg, k->now_s, error);
	if (t != NULL)
		say(k, WELL, "TLS", "1.2 and 1.3, %s", k->c->certificates > 1 ? "with either certificate" : "with it");
	else
		say(k, WRONG, "TLS", "%s", error);
	tls_context_close(t);
}

/* ---- this machine --------------------------------------------------------- */

static void check_space(struct check *k, const char *folder)
{
	struct statvfs fs;
	uint64_t free_mb, wanted = k->c->sink_log && k->c->log_keep_mb > 0 ? k->c->log_keep_mb : LEAST_FREE_MB;

	if (statvfs(folder, &fs) != 0) {
		say(k, WRONG, "data", "%s: %s", folder, strerror(errno));
		return;
	}
	free_mb = (uint64_t)fs.f_bavail * fs.f_frsize >> 20;
	if (free_mb < LEAST_FREE_MB)
		say(k, WRONG, "data", "%" PRIu64 " MB are free in %s: messages will not be taken for long", free_mb,
		    folder);
	else if (free_mb < wanted)
		say(k, WARNING, "data", "%" PRIu64 " MB are free in %s, less than log_keep_mb = %" PRIu64, free_mb,
		    folder, wanted);
	else
		say(k, WELL, "data", "%" PRIu64 " MB are free", free_mb);
}

/* Made and removed, since modes do not tell about read-only mounts and quotas. */
static void check_folder(struct check *k, const char *folder)
{
	char probe[4200];
	struct stat st;
	int fd;

	if (stat(folder, &st) != 0) {
		say(k, WRONG, "data", "%s: %s", folder, strerror(errno));
		return;
	}
	snprintf(probe, sizeof probe, "%s/check-XXXXXX", folder);
	fd = mkostemp(probe, O_CLOEXEC);
	if (fd < 0) {
		say(k, WRONG, "data", "%s cannot be written to by user %u: %s", folder, (unsigned)geteuid(),
		    strerror(errno));
		return;
	}
	close(fd);
	(void)unlink(probe);
	if ((st.st_mode & S_IRWXO) != 0)
		say(k, WARNING, "data", "%s has the mode %04o, and others have no business in it", folder,
		    (unsigned)(st.st_mode & 07777));
	else
		say(k, WELL, "data", "%s can be written to by user %u", folder, (unsigned)geteuid());
	check_space(k, folder);
}

static void check_files(struct check *k)
{
	struct rlimit l;
	rlim_t wanted = (rlim_t)k->c->connections_max + SPARE_FILES;

	if (getrlimit(RLIMIT_NOFILE, &l) != 0)
		return;
	if (l.rlim_max < wanted)
		say(k, WARNING, "open files", "%llu at most here, and connections_max = %u needs %llu; the systemd "
		    "unit raises it (LimitNOFILE)", (unsigned long long)l.rlim_max, (unsigned)k->c->connections_max,
		    (unsigned long long)wanted);
	else
		say(k, WELL, "open files", "enough for connections_max = %u", (unsigned)k->c->connections_max);
}

static struct addrinfo *look_up(const char *host, uint16_t port, int flags, int *result)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = flags };
	struct addrinfo *list = NULL;
	char service[8];

	snprintf(service, sizeof service, "%u", (unsigned)port);
	*result = getaddrinfo(host, service, &hints, &list);
	return *result == 0 ? list : NULL;
}

/* Not bound: the bridge may be running. */
static void check_listen(struct check *k, const char *what, const struct config_address *a)
{
	int result;
	struct addrinfo *list = look_up(a->host, a->port, AI_PASSIVE, &result);

	if (list == NULL)
		say(k, WRONG, what, "'%s' is no address of this machine: %s", a->host, gai_strerror(result));
	else
		say(k, WELL, what, "%s port %u%s", a->host, (unsigned)a->port,
		    a->port > 0 && a->port < 1024 ? " (below 1024: root or CAP_NET_BIND_SERVICE)" : "");
	if (list != NULL)
		freeaddrinfo(list);
}

/* ---- admin and sinks ------------------------------------------------------ */

static void check_admin(struct check *k)
{
	char error[CONFIG_ERROR];
	uint8_t hash[32];

	check_listen(k, "admin_listen", &k->c->admin_listen);
	if (!config_read_token(k->c->admin_token_file, hash, error))
		say(k, WRONG, "admin_token_file", "%s", error);
	else
		say(k, WELL, "admin_token_file", "%s", k->c->admin_token_file);
	if (k->c->admin_certificate != NULL)
		check_pair(k, "admin_certificate", k->c->admin_certificate, k->c->admin_key);
}

/* Errno of a connection that is tried for CONNECT_MS; 0: it is there. */
static int try_connect(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error = 0;
	socklen_t size = sizeof error;
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	if (fd < 0)
		return errno;
	if (connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
		error = errno;
		if (error == EINPROGRESS) {
			error = poll(&p, 1, CONNECT_MS) == 1 ? 0 : ETIMEDOUT;
			if (error == 0)
				(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
		}
	}
	close(fd);
	return error;
}

/* A broker that is down is no fault of the configuration: the sink holds messages until it is there. */
static void check_broker(struct check *k)
{
	int result, error = 0;
	struct addrinfo *list = look_up(k->c->mqtt_host, k->c->mqtt_port, 0, &result);

	if (list == NULL) {
		say(k, WARNING, "sink mqtt", "%s is not known to DNS: %s", k->c->mqtt_host, gai_strerror(result));
		return;
	}
	for (const struct addrinfo *a = list; a != NULL; a = a->ai_next)
		if ((error = try_connect(a)) == 0)
			break;
	freeaddrinfo(list);
	say(k, error == 0 ? WELL : WARNING, "sink mqtt", "%s port %u: %s", k->c->mqtt_host, (unsigned)k->c->mqtt_port,
	    error == 0 ? "something listens there" : strerror(error));
}

static void check_mqtt(struct check *k)
{
	char secret[CONFIG_SECRET], error[CONFIG_ERROR];
	struct certificate c;

	check_broker(k);
	if (k->c->mqtt_ca != NULL && !certificate_read_root(k->c->mqtt_ca, error))
		say(k, WRONG, "mqtt_ca", "%s", error);
	if (k->c->mqtt_certificate != NULL &&
	    !certificate_read_client(&c, k->c->mqtt_certificate, k->c->mqtt_key, error))
		say(k, WRONG, "mqtt_certificate", "%s", error);
	else if (k->c->mqtt_certificate != NULL) {
		check_dates(k, "mqtt_certificate", &c);
		check_mode(k, "mqtt_key", k->c->mqtt_key);
		certificate_free(&c);
	}
	if (k->c->mqtt_user != NULL && k->c->mqtt_ca == NULL && !config_is_loopback(k->c->mqtt_host))
		say(k, WARNING, "mqtt_user", "the password goes over the network unencrypted: mqtt_ca is not given");
	if (k->c->mqtt_password_file == NULL)
		return;
	if (config_read_secret(k->c->mqtt_password_file, secret, error))
		say(k, WELL, "mqtt_password_file", "%s", k->c->mqtt_password_file);
	else
		say(k, WRONG, "mqtt_password_file", "%s", error);
	bytes_wipe(secret, sizeof secret);
}

static void check_sinks(struct check *k)
{
	if (k->c->sink_log)
		say(k, WELL, "sink log", "kept for %u days (0: for ever), %u MB (0: any)",
		    (unsigned)k->c->log_keep_days, (unsigned)k->c->log_keep_mb);
	if (k->c->sink_mqtt)
		check_mqtt(k);
}

/* Root may read and write everything, and the bridge is not root: look as the owner of its data does. */
static void become_owner(struct check *k)
{
	const struct passwd *user;
	struct stat st;

	if (geteuid() != 0 || stat(k->c->data, &st) != 0 || st.st_uid == 0)
		return;
	user = getpwuid(st.st_uid);
	if (user != NULL && initgroups(user->pw_name, user->pw_gid) == 0 && setegid(user->pw_gid) == 0 &&
	    seteuid(user->pw_uid) == 0)
		say(k, WELL, "user", "the rest is checked as '%s', who owns %s", user->pw_name, k->c->data);
	else
		say(k, WARNING, "user", "%s belongs to user %u, who has no name here; the rest is checked as root",
		    k->c->data, (unsigned)st.st_uid);
}

int check_main(const char *config_file, unsigned warn_days)
{
	char error[CONFIG_ERROR];
	struct config c;
	struct check k = { .c = &c, .now_s = (int64_t)time(NULL), .warn_days = warn_days };

	if (!config_read(&c, config_file, error)) {
		fprintf(stderr, "tern-bridge: %s\n", error);
		return CHECK_UNREADABLE;
	}
	say(&k, WELL, "configuration", "%s", config_file);
	become_owner(&k);
	for (uint32_t i = 0; i < c.certificates; i++)
		check_pair(&k, "certificate", c.certificate[i], c.key[i]);
	check_tls(&k);
	for (uint32_t i = 0; i < c.listens; i++)
		check_listen(&k, "listen", &c.listen[i]);
	check_folder(&k, c.data);
	check_files(&k);
	check_admin(&k);
	check_sinks(&k);
	printf("%u well, %u to look at, %u wrong\n", k.count[WELL], k.count[WARNING], k.count[WRONG]);
	config_free(&c);
	return k.count[WRONG] > 0 ? CHECK_WRONG : k.count[WARNING] > 0 ? CHECK_WARNINGS : CHECK_WELL;
}
