/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/init.h"

#include "bridge/config.h"
#include "bridge/init_options.h"
#include "bridge/new_files.h"
#include "bridge/own_ca.h"
#include "registry/names.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TOKEN_BYTES = 32, TOKEN_TEXT = 44 /* base64url of 32 bytes, and the terminator */, CONFIG_TEXT = 32768 };

struct making {
	const struct init_options *o;
	struct new_files files;
	char    error[NEW_FILES_ERROR];
	int64_t now_s;
	struct own_ca ca;
	struct evp_pkey_st *key;
	struct x509_st *certificate;
	char    token[TOKEN_TEXT], token_hash[80];
	char    config[CONFIG_TEXT];
};

static bool failed(struct making *m, const char *what)
{
	snprintf(m->error, sizeof m->error, "%s", what);
	return false;
}

/* ---- what is made --------------------------------------------------------- */

static void to_base64url(const uint8_t in[TOKEN_BYTES], char out[TOKEN_TEXT])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint32_t bits = 0, have = 0;
	size_t n = 0;

	for (size_t i = 0; i < TOKEN_BYTES; i++) {
		bits = bits << 8 | in[i];
		for (have += 8; have >= 6; have -= 6)
			out[n++] = digits[bits >> (have - 6) & 63];
	}
	out[n++] = digits[bits << (6 - have) & 63];
	out[n] = '\0';
}

static bool make_token(struct making *m)
{
	uint8_t token[TOKEN_BYTES], hash[SHA256_DIGEST_LENGTH];
	size_t n = 0;

	if (RAND_priv_bytes(token, sizeof token) != 1)
		return failed(m, "no random numbers");
	to_base64url(token, m->token);
	bytes_wipe(token, sizeof token);
	SHA256((const uint8_t *)m->token, strlen(m->token), hash);
	n += (size_t)snprintf(m->token_hash, sizeof m->token_hash, "sha256:");
	for (size_t i = 0; i < sizeof hash; i++)
		n += (size_t)snprintf(m->token_hash + n, sizeof m->token_hash - n, "%02x", hash[i]);
	m->token_hash[n] = '\n';
	m->token_hash[n + 1] = '\0';
	return true;
}

static bool make_certificates(struct making *m)
{
	const struct init_options *o = m->o;
	struct own_ca_request request = { .names = o->names, .now_s = m->now_s, .days = o->days };

	memcpy(request.name, o->name, sizeof request.name);
	if (!own_ca_make(&m->ca, o->name, o->names, m->now_s))
		return failed(m, "the root could not be made: no memory or no random numbers");
	m->key = request.key = own_ca_new_key();
	m->certificate = m->key != NULL ? own_ca_certify(&m->ca, &request) : NULL;
	return m->certificate != NULL || failed(m, "the certificate could not be made: no memory or no random numbers");
}

/* What init knows of KEY; NULL: nothing. */
static const char *known_value(const struct init_options *o, const char *key)
{
	const bool open = !o->admin_is_loopback;
	const struct { const char *key, *value; } known[] = {
		{ "listen", o->listen },                { "certificate", "server.pem" },  { "key", "server.key" },
		{ "host", o->name[0] },                 { "root", "ca.pem" },             { "data", o->data },
		{ "admin_listen", o->admin_listen },    { "admin_token_file", "admin.token.sha256" },
		{ "admin_certificate", open ? "server.pem" : NULL }, { "admin_key", open ? "server.key" : NULL },
		{ "sink", "log" },
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(known[i].key, key) == 0)
			return known[i].value;
	return NULL;
}

/* Every key stands there: with its value, or commented out with what it is without it. */
static bool make_config(struct making *m)
{
	const char *name, *fallback, *meaning;
	size_t n = 0;
	FILE *f = fmemopen(m->config, sizeof m->config, "w");

	if (f == NULL)
		return failed(m, "no memory");
	fprintf(f, "# The bridge's configuration: key = value; '#' begins a comment.\n"
		"# A key that is commented out has the value that is shown. tern-bridge.conf(5) tells more,\n"
		"# and 'tern-bridge --check --config FILE' checks all of it.\n"
		"# File names are relative to this file's folder.\n");
	for (unsigned i = 0; (name = config_key(i, &fallback, &meaning)) != NULL; i++) {
		const char *value = known_value(m->o, name);

		if (name[0] == '\0')
			fprintf(f, "\n# ---- %s\n", meaning);
		else if (value != NULL)
			fprintf(f, "\n# %s\n%s = %s\n", meaning, name, value);
		else
			fprintf(f, "\n# %s\n#%s = %s\n", meaning, name, fallback != NULL ? fallback : "");
	}
	n = (size_t)ftell(f);
	return (fclose(f) == 0 && n < sizeof m->config - 1) || failed(m, "no memory");
}

/* ---- on the disk ---------------------------------------------------------- */

static const char *path_of(const struct init_options *o, const char *name, char out[NEW_FILES_PATH])
{
	snprintf(out, NEW_FILES_PATH, "%s/%s", o->directory, name);
	return out;
}

/* Where the bridge's user reads it: the group's; else only whoever runs this. */
static bool write_file(struct making *m, const char *name, const char *text, mode_t mode)
{
	char path[NEW_FILES_PATH];

	return new_files_write(&m->files, path_of(m->o, name, path), text, mode, (uid_t)-1, m->o->gid);
}

static bool write_key(struct making *m, const char *name, struct evp_pkey_st *key, mode_t mode)
{
	char *text = own_ca_key_text(key);
	bool ok = text != NULL ? write_file(m, name, text, mode) : failed(m, "no memory");

	own_ca_free_text(text);
	return ok;
}

static bool write_certificate(struct making *m, const char *name, struct x509_st *x)
{
	char *text = own_ca_text(x);
	bool ok = text != NULL ? write_file(m, name, text, 0644) : failed(m, "no memory");

	own_ca_free_text(text);
	return ok;
}

static bool write_token(struct making *m)
{
	char text[TOKEN_TEXT + 1];
	bool ok;

	snprintf(text, sizeof text, "%s\n", m->token);
	ok = write_file(m, "admin.token", text, 0600);
	bytes_wipe(text, sizeof text);
	return ok;
}

static bool write_files(struct making *m)
{
	const mode_t shared = m->o->gid != (gid_t)-1 ? 0640 : 0600;    /* the bridge's group must read it */

	return new_files_folder(&m->files, m->o->directory, 0755, (uid_t)-1, (gid_t)-1) &&
	       write_key(m, "ca.key", m->ca.key, 0600) && write_certificate(m, "ca.pem", m->ca.root) &&
	       write_key(m, "server.key", m->key, shared) && write_certificate(m, "server.pem", m->certificate) &&
	       write_token(m) && write_file(m, "admin.token.sha256", m->token_hash, shared) &&
	       write_file(m, "tern-bridge.conf", m->config, 0644) &&
	       new_files_folder(&m->files, m->o->data_path, 0700, m->o->uid, m->o->gid);
}

/* ---- the first registry --------------------------------------------------- */

/* The files of the data folder are the user's who will run the bridge. */
static bool become(const struct init_options *o, bool other)
{
	if (o->uid == (uid_t)-1)
		return true;
	if (other)
		return setegid(o->gid) == 0 && seteuid(o->uid) == 0;
	return seteuid(0) == 0 && setegid(0) == 0;
}

static bool create_registry(struct making *m, const char *file)
{
	struct registry_info info = { .id = "" };
	char error[REGISTRY_ERROR];
	struct registry *r = registry_open(file, "init", error);
	bool ok;

	if (r == NULL)
		return failed(m, error);
	snprintf(info.id, sizeof info.id, "%s", m->o->registry);
	ok = registry_create(r, (struct registry_path){ m->o->project, m->o->region, NULL }, &info) == REGISTRY_OK ||
	     failed(m, registry_error(r));
	registry_close(r);
	return ok;
}

static bool first_registry(struct making *m)
{
	static const char *const made[] = { "registry.db", "registry.db-wal", "registry.db-shm", "registry.db-lock" };
	char file[NEW_FILES_PATH + 32];
	bool ok;

	for (size_t i = sizeof made / sizeof made[0]; i-- > 0;) {
		snprintf(file, sizeof file, "%s/%s", m->o->data_path, made[i]);
		if (access(file, F_OK) == 0 && i == 0) {
			snprintf(m->error, sizeof m->error, "%.400s: it is there already, and is not overwritten",
				 file);
			return false;
		}
		new_files_note(&m->files, file);
	}
	if (!become(m->o, true))
		return failed(m, strerror(errno));
	ok = create_registry(m, file);
	return become(m->o, false) && ok;
}

/* ---- what is said --------------------------------------------------------- */

static const char *day(int64_t at_s, char out[16])
{
	time_t t = (time_t)at_s;
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	(void)strftime(out, 16, "%Y-%m-%d", &tm);
	return out;
}

static void say_files(const struct making *m)
{
	const char *dir = m->o->directory;
	char until[16], root_until[16];

	printf("Made:\n"
	       "  %s/tern-bridge.conf    the configuration, every key explained\n"
	       "  %s/server.pem, server.key    for %s; until %s, then 'tern-bridge renew'\n"
	       "  %s/ca.pem    the root: what devices are given; until %s\n"
	       "  %s/ca.key    its private key, only for 'renew': keep a copy elsewhere\n"
	       "  %s/admin.token    for 'tern' on this machine (mode 0600); the bridge has only its hash\n"
	       "  %s/registry.db    with the registry %s of project %s, region %s\n\n", dir, dir, m->o->name[0],
	       day(own_ca_expires(m->certificate), until), dir, day(own_ca_expires(m->ca.root), root_until), dir, dir,
	       m->o->data_path, m->o->registry, m->o->project, m->o->region);
}

static void say_next(const struct making *m)
{
	const struct init_options *o = m->o;

	printf("Next:\n"
	       "  tern-bridge --check --config %s/tern-bridge.conf\n", o->directory);
	if (o->uid != (uid_t)-1)
		printf("  systemctl enable --now tern-bridge\n");
	else
		printf("  tern-bridge --config %s/tern-bridge.conf\n", o->directory);
	printf("  tern device create DEVICE --key PUBLIC.pem --project %s --region %s --registry %s --token-file "
	       "%s/admin.token\n"
	       "  tern provision LINE --host %s --project %s --region %s --registry %s --device DEVICE "
	       "--root %s/ca.pem\n",
	       o->project, o->region, o->registry, o->directory, o->name[0], o->project, o->region, o->registry,
	       o->directory);
}

static void say(const struct making *m)
{
	char fingerprint[65], *root = own_ca_text(m->ca.root);

	own_ca_fingerprint(m->ca.root, fingerprint);
	say_files(m);
	printf("The root for devices, SHA-256 %s:\n\n%s\n", fingerprint, root != NULL ? root : "");
	printf("The admin token, shown this once:\n\n  %s\n\n", m->token);
	say_next(m);
	own_ca_free_text(root);
}

/* ---- init ----------------------------------------------------------------- */

static bool make(struct making *m)
{
	const struct init_options *o = m->o;
	char error[REGISTRY_ERROR];

	if (!names_check((struct registry_path){ o->project, o->region, o->registry }, NULL, error))
		return failed(m, error);
	return make_token(m) && make_certificates(m) && make_config(m) && write_files(m) && first_registry(m);
}

static void forget(struct making *m)
{
	own_ca_free(&m->ca);
	EVP_PKEY_free(m->key);
	X509_free(m->certificate);
	bytes_wipe(m, sizeof *m);
	free(m);
}

int init_main(int argc, char **argv)
{
	struct init_options o;
	enum init_options_result parsed = init_options_parse(&o, argc, argv);
	struct making *m;
	bool ok;

	if (parsed != INIT_OPTIONS_RUN)
		return parsed == INIT_OPTIONS_DONE ? INIT_DONE : INIT_USAGE;
	m = calloc(1, sizeof *m);
	if (m == NULL)
		return INIT_FAILED;
	m->o = &o;
	m->files.error = m->error;
	m->now_s = (int64_t)time(NULL);
	(void)umask(077);
	ok = make(m);
	if (ok) {
		say(m);
	} else {
		new_files_undo(&m->files);
		fprintf(stderr, "tern-bridge init: %s\n", m->error);
	}
	forget(m);
	return ok && fflush(stdout) == 0 ? INIT_DONE : INIT_FAILED;
}
