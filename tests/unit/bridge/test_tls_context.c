/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "bridge/certificate.h"
#include "bridge/own_ca.h"
#include "bridge/tls_context.h"
#include "support/tls_pair.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DAY = 86400 };

static char folder[] = "/tmp/tern-tls-XXXXXX";
static int64_t now;
static struct own_ca ca, other_ca;
static EVP_PKEY *ec, *ec_2, *p384, *rsa, *rsa_1024, *ed;

/* ---- files ------------------------------------------------------------------ */

static const char *path(const char *name)
{
	static char paths[8][128];
	static unsigned turn;
	char *p = paths[turn++ % 8];

	snprintf(p, sizeof paths[0], "%s/%s", folder, name);
	return p;
}

static void write_text(const char *name, const char *text)
{
	FILE *f = fopen(path(name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static char *certificate(const struct own_ca *by, EVP_PKEY *key, int64_t at_s, unsigned days)
{
	const struct own_ca_request request = { .name = { "bridge.example.com" }, .names = 1, .key = key, .now_s = at_s,
						.days = days };
	X509 *x = own_ca_certify(by, &request);
	char *text;

	assert_non_null(x);
	text = own_ca_text(x);
	X509_free(x);
	return text;
}

static void write_certificate(const char *name, EVP_PKEY *key)
{
	char *text = certificate(&ca, key, now, 90);

	write_text(name, text);
	free(text);
}

static void write_key(const char *name, EVP_PKEY *key)
{
	char *text = own_ca_key_text(key);

	write_text(name, text);
	own_ca_free_text(text);
}

static void copy_file(const char *from, const char *to)
{
	char text[16384];
	FILE *f = fopen(path(from), "r");

	assert_non_null(f);
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	fclose(f);
	write_text(to, text);
}

static void make_keys(void)
{
	static const char *const names[] = { "bridge.example.com" };

	assert_true(own_ca_make(&ca, names, 1, now) && own_ca_make(&other_ca, names, 1, now));
	ec = own_ca_new_key();
	ec_2 = own_ca_new_key();
	p384 = EVP_EC_gen("P-384");
	rsa = EVP_RSA_gen(2048);
	rsa_1024 = EVP_RSA_gen(1024);
	ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static int start(void **state)
{
	char *root;

	(void)state;
	now = (int64_t)time(NULL);
	assert_non_null(mkdtemp(folder));
	make_keys();
	root = own_ca_text(ca.root);
	write_text("root.pem", root);
	free(root);
	write_certificate("ec.pem", ec);
	write_key("ec.key", ec);
	write_certificate("rsa.pem", rsa);
	write_key("rsa.key", rsa);
	write_certificate("p384.pem", p384);
	write_key("p384.key", p384);
	write_certificate("ec_2.pem", ec_2);
	write_key("ec_2.key", ec_2);
	return 0;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	own_ca_free(&ca);
	own_ca_free(&other_ca);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(ec_2);
	EVP_PKEY_free(p384);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(rsa_1024);
	EVP_PKEY_free(ed);
	snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command);
}

/* ---- contexts --------------------------------------------------------------- */

static struct tls_context *open_with(const char *first, const char *second, const char *ciphers, struct tickets *tickets)
{
	char names[4][64], error[TLS_CONTEXT_ERROR] = "";
	struct tls_context_config cfg = { .ciphers = ciphers, .tickets = tickets };
	const char *given[2] = { first, second };
	struct tls_context *t;

	for (int i = 0; i < 2 && given[i] != NULL; i++) {
		snprintf(names[2 * i], sizeof names[0], "%s.pem", given[i]);
		snprintf(names[2 * i + 1], sizeof names[0], "%s.key", given[i]);
		cfg.certificate[i] = path(names[2 * i]);
		cfg.key[i] = path(names[2 * i + 1]);
	}
	t = tls_context_open(&cfg, now, error);
	if (t == NULL)
		fail_msg("%s", error);
	return t;
}

static struct tickets *open_tickets(const char *file, int64_t at_s)
{
	char notice[TICKETS_NOTICE];
	struct tickets *t = tickets_open(file, 7, at_s, notice);

	assert_non_null(t);
	assert_string_equal(notice, "");
	return t;
}

/* ---- what is offered -------------------------------------------------------- */

static void devices_old_and_new_connect(void **state)
{
	static const struct { const char *name, *server, *server_2, *server_ciphers; struct tls_pair_client c; const char *cipher; } rows[] = {
		{ "tls13",                 "ec", NULL, NULL, { .version = TLS1_3_VERSION }, "TLS_AES_128_GCM_SHA256" },
		{ "tls13_rsa",             "rsa", NULL, NULL, { .version = TLS1_3_VERSION }, "TLS_AES_128_GCM_SHA256" },
		{ "tls13_chacha",          "ec", NULL, NULL, { .version = TLS1_3_VERSION, .suites = "TLS_CHACHA20_POLY1305_SHA256" }, "TLS_CHACHA20_POLY1305_SHA256" },
		{ "tls13_ccm",             "ec", NULL, NULL, { .version = TLS1_3_VERSION, .suites = "TLS_AES_128_CCM_SHA256" }, "TLS_AES_128_CCM_SHA256" },
		{ "tls13_p384_only",       "ec", NULL, NULL, { .version = TLS1_3_VERSION, .groups = "P-384" }, "TLS_AES_128_GCM_SHA256" },
		{ "tls12",                 "ec", NULL, NULL, { .version = TLS1_2_VERSION }, "ECDHE-ECDSA-AES128-GCM-SHA256" },
		{ "tls12_rsa",             "rsa", NULL, NULL, { .version = TLS1_2_VERSION }, "ECDHE-RSA-AES128-GCM-SHA256" },
		{ "tls12_p384_certificate", "p384", NULL, NULL, { .version = TLS1_2_VERSION }, "ECDHE-ECDSA-AES128-GCM-SHA256" },
		{ "tls12_chacha_first",    "ec", NULL, NULL, { .version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256" }, "ECDHE-ECDSA-CHACHA20-POLY1305" },
		{ "tls12_aes256",          "rsa", NULL, NULL, { .version = TLS1_2_VERSION, .ciphers = "ECDHE-RSA-AES256-GCM-SHA384" }, "ECDHE-RSA-AES256-GCM-SHA384" },
		{ "tls12_ccm",             "ec", NULL, NULL, { .version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-CCM" }, "ECDHE-ECDSA-AES128-CCM" },
		{ "tls12_x25519",          "ec", NULL, NULL, { .version = TLS1_2_VERSION, .groups = "X25519:P-256" }, "ECDHE-ECDSA-AES128-GCM-SHA256" },
		{ "tls12_p384_key_exchange", "rsa", NULL, NULL, { .version = TLS1_2_VERSION, .groups = "P-384" }, "ECDHE-RSA-AES128-GCM-SHA256" },
		{ "tls12_fragments_of_512", "ec", NULL, NULL, { .version = TLS1_2_VERSION, .fragment = 1 }, "ECDHE-ECDSA-AES128-GCM-SHA256" },
		{ "both_to_ecdsa",         "ec", "rsa", NULL, { .version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256" }, "ECDHE-ECDSA-AES128-GCM-SHA256" },
		{ "both_to_rsa",           "ec", "rsa", NULL, { .version = TLS1_2_VERSION, .ciphers = "ECDHE-RSA-AES128-GCM-SHA256" }, "ECDHE-RSA-AES128-GCM-SHA256" },
		{ "both_to_rsa_tls13",     "ec", "rsa", NULL, { .version = TLS1_3_VERSION, .signatures = "RSA-PSS+SHA256" }, "TLS_AES_128_GCM_SHA256" },
		{ "tls11",                 "ec", NULL, NULL, { .version = TLS1_1_VERSION }, NULL },
		{ "cbc",                   "rsa", NULL, NULL, { .version = TLS1_2_VERSION, .ciphers = "ECDHE-RSA-AES128-SHA256" }, NULL },
		{ "rsa_key_exchange",      "rsa", NULL, NULL, { .version = TLS1_2_VERSION, .ciphers = "AES128-GCM-SHA256" }, NULL },
		{ "cbc_asked_for",         "rsa", NULL, "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA256", { .version = TLS1_2_VERSION, .ciphers = "ECDHE-RSA-AES128-SHA256" }, "ECDHE-RSA-AES128-SHA256" },
		{ "ecdsa_only_to_rsa",     "rsa", NULL, NULL, { .version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256" }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tls_context *t = open_with(rows[i].server, rows[i].server_2, rows[i].server_ciphers, NULL);
		struct tls_pair_client how = rows[i].c;
		struct tls_pair p;
		bool ok;

		how.root = path("root.pem");
		how.host = "bridge.example.com";
		ok = tls_pair_open(&p, tls_context_ssl(t), &how);
		if (ok != (rows[i].cipher != NULL) || (ok && strcmp(SSL_get_cipher_name(p.server), rows[i].cipher) != 0))
			fail_msg("%s: %s", rows[i].name, ok ? SSL_get_cipher_name(p.server) : p.error);
		assert_true(!ok || p.ticket == NULL || !SSL_SESSION_has_ticket(p.ticket));
		tls_pair_close(&p);
		tls_context_close(t);
	}
}

static void ciphers_that_do_not_exist_are_named(void **state)
{
	const struct tls_context_config cfg = { .certificate = { path("ec.pem") }, .key = { path("ec.key") }, .ciphers = "NONSENSE" };
	char error[TLS_CONTEXT_ERROR];

	(void)state;
	assert_null(tls_context_open(&cfg, now, error));
	assert_non_null(strstr(error, "tls_ciphers = 'NONSENSE'"));
}

/* ---- tickets ---------------------------------------------------------------- */

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

/* A connection that may resume *TICKET, which it replaces if there is a new one; was it resumed? */
static bool connects_and_resumes(struct tls_context *t, int version, SSL_SESSION **ticket)
{
	const struct tls_pair_client how = { .version = version, .session = *ticket };
	struct tls_pair p;
	bool resumed;

	if (!tls_pair_open(&p, tls_context_ssl(t), &how))
		fail_msg("%s", p.error);
	resumed = SSL_session_reused(p.client) == 1;
	assert_int_equal(SSL_session_reused(p.server), resumed);
	if (p.ticket != NULL) {
		SSL_SESSION_free(*ticket);
		*ticket = p.ticket;
		SSL_SESSION_up_ref(p.ticket);
	}
	tls_pair_close(&p);
	return resumed;
}

static bool same_key(const SSL_SESSION *a, const SSL_SESSION *b)
{
	enum { NAME = 16 };
	const unsigned char *x, *y;
	size_t len;

	SSL_SESSION_get0_ticket(a, &x, &len);
	SSL_SESSION_get0_ticket(b, &y, &len);
	return memcmp(x, y, NAME) == 0;
}

static void sessions_survive_a_restart(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct tickets *k = open_tickets(path("tickets"), now);
		struct tls_context *t = open_with("ec", NULL, NULL, k);
		SSL_SESSION *ticket = NULL;
		struct stat st;

		assert_false(connects_and_resumes(t, versions[i], &ticket));
		assert_non_null(ticket);
		assert_int_equal(SSL_SESSION_get_ticket_lifetime_hint(ticket), 7 * DAY);
		assert_true(connects_and_resumes(t, versions[i], &ticket));
		assert_int_equal(stat(path("tickets"), &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		tls_context_close(t);
		tickets_close(k);

		k = open_tickets(path("tickets"), now);
		t = open_with("ec", NULL, NULL, k);
		assert_true(connects_and_resumes(t, versions[i], &ticket));
		tls_context_close(t);
		tickets_close(k);

		(void)unlink(path("tickets"));    /* without them, the same ticket is worth nothing */
		k = open_tickets(path("tickets"), now);
		t = open_with("ec", NULL, NULL, k);
		assert_false(connects_and_resumes(t, versions[i], &ticket));
		tls_context_close(t);
		tickets_close(k);
		SSL_SESSION_free(ticket);
		(void)unlink(path("tickets"));
	}
}

static void old_keys_are_good_for_their_days(void **state)
{
	char notice[TICKETS_NOTICE];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct tickets *k = open_tickets(NULL, now);
		struct tls_context *t = open_with("ec", NULL, NULL, k);
		SSL_SESSION *first = NULL, *ticket = NULL;

		(void)connects_and_resumes(t, versions[i], &first);
		assert_false(tickets_step(k, now + DAY - 1, notice));
		for (int day = 1; day < 8; day++) {
			assert_true(tickets_step(k, now + (int64_t)day * DAY, notice));
			SSL_SESSION_free(ticket);
			ticket = first;
			SSL_SESSION_up_ref(ticket);
			assert_true(connects_and_resumes(t, versions[i], &ticket));
			assert_false(same_key(ticket, first));            /* replaced by one of today's key */
			assert_true(connects_and_resumes(t, versions[i], &ticket));
		}
		assert_true(tickets_step(k, now + 8 * DAY, notice));
		SSL_SESSION_free(ticket);
		ticket = first;
		assert_false(connects_and_resumes(t, versions[i], &ticket));
		SSL_SESSION_free(ticket);
		tls_context_close(t);
		tickets_close(k);
	}
}

static void a_clock_that_jumps_leaves_keys(void **state)
{
	struct tickets *k = open_tickets(NULL, now);
	char notice[TICKETS_NOTICE];

	(void)state;
	assert_false(tickets_step(k, now - 3600, notice));
	assert_true(tickets_step(k, now - 10 * DAY, notice));       /* the newest is of tomorrow: a new one */
	assert_true(tickets_step(k, now + 3650 * (int64_t)DAY, notice));
	assert_true(tickets_step(k, 0, notice));
	for (int i = 0; i < 50; i++)
		assert_true(tickets_step(k, i * (int64_t)DAY + DAY, notice));
	tickets_close(k);
}

static void change_byte(const char *file, long at)
{
	FILE *f = fopen(file, "r+");
	int c;

	assert_non_null(f);
	fseek(f, at, SEEK_SET);
	c = fgetc(f);
	fseek(f, at, SEEK_SET);
	fputc(c ^ 1, f);
	fclose(f);
}

static void a_ticket_file_that_is_no_good_is_replaced(void **state)
{
	static const struct { const char *name; int64_t size; mode_t mode; const char *notice; } rows[] = {
		{ "good",           -1, 0600, "" },
		{ "group_reads",    -1, 0640, "others could read" },
		{ "others_read",    -1, 0604, "others could read" },
		{ "empty",           0, 0600, "damaged" },
		{ "cut",            50, 0600, "damaged" },
		{ "byte_more",     200, 0600, "damaged" },
		{ "byte_changed",   -2, 0600, "damaged" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char notice[TICKETS_NOTICE];
		struct stat st;

		(void)unlink(path("tickets"));
		tickets_close(open_tickets(path("tickets"), now));
		if (rows[i].size == -2)
			change_byte(path("tickets"), 60);
		if (rows[i].size >= 0)
			assert_int_equal(truncate(path("tickets"), rows[i].size), 0);
		assert_int_equal(chmod(path("tickets"), rows[i].mode), 0);
		tickets_close(tickets_open(path("tickets"), 7, now, notice));
		if ((rows[i].notice[0] == '\0') != (notice[0] == '\0') || strstr(notice, rows[i].notice) == NULL)
			fail_msg("%s: '%s'", rows[i].name, notice);
		assert_int_equal(stat(path("tickets"), &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		tickets_close(open_tickets(path("tickets"), now));       /* what was written is good */
	}
}

static void a_folder_that_is_not_there_is_told(void **state)
{
	char notice[TICKETS_NOTICE];
	struct tickets *k = tickets_open(path("no/tickets"), 7, now, notice);

	(void)state;
	assert_non_null(k);
	assert_non_null(strstr(notice, "ticket keys are not kept"));
	tickets_close(k);
	k = tickets_open(folder, 7, now, notice);
	assert_non_null(k);
	assert_string_not_equal(notice, "");
	tickets_close(k);
}

/* ---- reload ----------------------------------------------------------------- */

static const char *served(struct tls_context *t, char fingerprint[65])
{
	const struct tls_pair_client how = { .version = TLS1_3_VERSION };
	struct tls_pair p;

	if (!tls_pair_open(&p, tls_context_ssl(t), &how))
		fail_msg("%s", p.error);
	own_ca_fingerprint(SSL_get0_peer_certificate(p.client), fingerprint);
	tls_pair_close(&p);
	return fingerprint;
}

static void connections_live_on_when_the_certificate_changes(void **state)
{
	const struct tls_pair_client how = { .version = TLS1_2_VERSION };
	char before[65], after[65], error[TLS_CONTEXT_ERROR];
	struct tickets *k = open_tickets(NULL, now);
	SSL_SESSION *ticket = NULL;
	struct tls_context *t;
	struct tls_pair p;

	(void)state;
	copy_file("ec.pem", "live.pem");
	copy_file("ec.key", "live.key");
	t = open_with("live", NULL, NULL, k);
	served(t, before);
	(void)connects_and_resumes(t, TLS1_3_VERSION, &ticket);
	assert_true(tls_pair_open(&p, tls_context_ssl(t), &how));

	copy_file("rsa.pem", "live.pem");    /* even one of another kind */
	copy_file("rsa.key", "live.key");
	assert_true(tls_context_reload(t, now, error));
	assert_string_not_equal(served(t, after), before);
	assert_non_null(strstr(tls_context_notice(t), "bridge.example.com (RSA 2048)"));
	assert_true(tls_pair_echo(&p, "still here"));
	assert_true(connects_and_resumes(t, TLS1_3_VERSION, &ticket));

	tls_context_close(t);
	assert_true(tls_pair_echo(&p, "and still"));
	tls_pair_close(&p);
	tickets_close(k);
	SSL_SESSION_free(ticket);
}

static void key_updates_without_end_do_not_hold_the_loop(void **state)
{
	const struct tls_pair_client how = { .version = TLS1_3_VERSION };
	struct tls_context *t = open_with("ec", NULL, NULL, NULL);
	unsigned calls = 1;
	struct tls_pair p;
	char byte;

	(void)state;
	assert_true(tls_pair_open(&p, tls_context_ssl(t), &how));
	for (int i = 0; i < 10; i++)
		assert_true(SSL_key_update(p.client, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 &&
			    SSL_do_handshake(p.client) == 1);
	assert_int_equal(SSL_write(p.client, "x", 1), 1);
	for (; SSL_read(p.server, &byte, 1) != 1 && calls < 100; calls++)
		assert_int_equal(SSL_get_error(p.server, -1), SSL_ERROR_WANT_READ);
	assert_int_equal(calls, 11);
	tls_pair_close(&p);
	tls_context_close(t);
}

static void root_first(void)
{
	char *own = certificate(&other_ca, ec, now, 90), *root = own_ca_text(other_ca.root);

	write_text("live.pem", root);
	FILE *f = fopen(path("live.pem"), "a");

	fputs(own, f);
	fclose(f);
	write_key("live.key", ec);
	free(own);
	free(root);
}

static void expired(void)
{
	char *text = certificate(&ca, ec, now - 100 * DAY, 90);

	write_text("live.pem", text);
	write_key("live.key", ec);
	free(text);
}

static void of_next_year(void)
{
	char *text = certificate(&ca, ec, now + 365 * (int64_t)DAY, 90);

	write_text("live.pem", text);
	write_key("live.key", ec);
	free(text);
}

static void with_key(EVP_PKEY *key)
{
	write_certificate("live.pem", key);
	write_key("live.key", key);
}

static void other_key(void)      { copy_file("ec_2.key", "live.key"); copy_file("ec.pem", "live.pem"); }
static void empty(void)          { write_text("live.pem", ""); }
static void no_pem(void)         { write_text("live.pem", "certificate"); }
static void gone(void)           { (void)unlink(path("live.pem")); }
static void key_gone(void)       { copy_file("ec.pem", "live.pem"); (void)unlink(path("live.key")); }
static void key_as_certificate(void) { copy_file("ec.key", "live.pem"); }
static void certificate_as_key(void) { copy_file("ec.pem", "live.pem"); copy_file("ec.pem", "live.key"); }
static void weak_rsa(void)       { with_key(rsa_1024); }
static void damaged(void)
{
	write_text("live.pem", "-----BEGIN CERTIFICATE-----\nMIIBqDCC\n-----END CERTIFICATE-----\n");
}
static void locked_key(void)
{
	FILE *f = fopen(path("live.key"), "w");

	copy_file("ec.pem", "live.pem");
	PEM_write_PrivateKey(f, ec, EVP_aes_128_cbc(), (const unsigned char *)"pw", 2, NULL, NULL);
	fclose(f);
}

static void a_bad_certificate_leaves_the_old_one(void **state)
{
	static const struct { const char *name; void (*spoil)(void); const char *error; } rows[] = {
		{ "key_of_another",     other_key,          "is not that of the certificate for 'bridge.example.com'" },
		{ "root_first",         root_first,         "own certificate must stand first" },
		{ "expired",            expired,            "EXPIRED 10 days ago" },
		{ "of_next_year",       of_next_year,       "NOT VALID" },
		{ "empty",              empty,              "no certificate is in it" },
		{ "no_pem",             no_pem,             "no certificate is in it" },
		{ "damaged",            damaged,            "certificate 1 in it is damaged" },
		{ "gone",               gone,               "No such file" },
		{ "key_gone",           key_gone,           "No such file" },
		{ "key_as_certificate", key_as_certificate, "no certificate is in it" },
		{ "certificate_as_key", certificate_as_key, "no private key is in it" },
		{ "locked_key",         locked_key,         "locked with a password" },
		{ "weak_rsa",           weak_rsa,           "its key is RSA 1024" },
	};
	char before[65], after[65], error[TLS_CONTEXT_ERROR];
	struct tls_context *t;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		copy_file("ec.pem", "live.pem");
		copy_file("ec.key", "live.key");
		t = open_with("live", NULL, NULL, NULL);
		served(t, before);
		rows[i].spoil();
		if (tls_context_reload(t, now, error) || strstr(error, rows[i].error) == NULL ||
		    (strstr(error, folder) == NULL && strstr(error, "certificate for") == NULL))
			fail_msg("%s: '%s'", rows[i].name, error);
		assert_string_equal(served(t, after), before);
		assert_non_null(strstr(tls_context_notice(t), "expires in 90 days"));
		tls_context_close(t);
	}
}

static void an_expired_certificate_is_served_at_the_start_and_told(void **state)
{
	struct tls_context *t;

	(void)state;
	expired();
	t = open_with("live", NULL, NULL, NULL);
	assert_non_null(strstr(tls_context_notice(t), "EXPIRED 10 days ago"));
	assert_true(tls_context_expires(t) < now);
	tls_context_close(t);
}

static void two_of_one_kind_are_refused(void **state)
{
	const struct tls_context_config cfg = { .certificate = { path("ec.pem"), path("p384.pem") },
						.key = { path("ec.key"), path("p384.key") } };
	char error[TLS_CONTEXT_ERROR];

	(void)state;
	assert_null(tls_context_open(&cfg, now, error));
	assert_non_null(strstr(error, "both certificates have a key for ECDSA"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_old_and_new_connect),
		cmocka_unit_test(ciphers_that_do_not_exist_are_named),
		cmocka_unit_test(sessions_survive_a_restart),
		cmocka_unit_test(old_keys_are_good_for_their_days),
		cmocka_unit_test(a_clock_that_jumps_leaves_keys),
		cmocka_unit_test(a_ticket_file_that_is_no_good_is_replaced),
		cmocka_unit_test(a_folder_that_is_not_there_is_told),
		cmocka_unit_test(connections_live_on_when_the_certificate_changes),
		cmocka_unit_test(key_updates_without_end_do_not_hold_the_loop),
		cmocka_unit_test(a_bad_certificate_leaves_the_old_one),
		cmocka_unit_test(an_expired_certificate_is_served_at_the_start_and_told),
		cmocka_unit_test(two_of_one_kind_are_refused),
	};
	return cmocka_run_group_tests(tests, start, end);
}
