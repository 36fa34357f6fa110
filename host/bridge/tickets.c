/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/tickets.h"

#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The file: "TERNTKT1", then each key, the newest first: seconds since 1970 (8
 * bytes, little endian), name (16), AES-256 key (32), HMAC-SHA-256 key (32);
 * then the SHA-256 of all that.  It is not fsynced: a lost one costs handshakes.
 */
enum {
	DAY = 86400, NAME = 16, SECRET = 32,
	KEYS = TICKETS_LIFE_MAX_DAYS + 2,
	RECORD = 8 + NAME + 2 * SECRET,
	FILE_MAX = 8 + KEYS * RECORD + SHA256_DIGEST_LENGTH
};

static const char magic[8] = { 'T', 'E', 'R', 'N', 'T', 'K', 'T', '1' };

struct ticket_key {
	int64_t made_s;
	uint8_t name[NAME], aes[SECRET], hmac[SECRET];
};

struct tickets {
	struct ticket_key key[KEYS];    /* the newest first: tickets are made with it */
	size_t   count;
	uint32_t life_days;
	char    *file;                  /* NULL: none */
};

/* ---- the file ------------------------------------------------------------- */

static size_t pack(const struct tickets *t, uint8_t out[FILE_MAX])
{
	uint8_t *p = out;

	memcpy(p, magic, sizeof magic);
	p += sizeof magic;
	for (size_t i = 0; i < t->count; i++) {
		const struct ticket_key *k = &t->key[i];

		bytes_put_u32(p, (uint32_t)k->made_s);
		bytes_put_u32(p + 4, (uint32_t)((uint64_t)k->made_s >> 32));
		memcpy(p + 8, k->name, NAME);
		memcpy(p + 8 + NAME, k->aes, SECRET);
		memcpy(p + 8 + NAME + SECRET, k->hmac, SECRET);
		p += RECORD;
	}
	SHA256(out, (size_t)(p - out), p);
	return (size_t)(p - out) + SHA256_DIGEST_LENGTH;
}

static bool unpack(struct tickets *t, const uint8_t *in, size_t len)
{
	const size_t frame = sizeof magic + SHA256_DIGEST_LENGTH;
	uint8_t digest[SHA256_DIGEST_LENGTH];

	if (len < frame + RECORD || len > FILE_MAX || (len - frame) % RECORD != 0 ||
	    memcmp(in, magic, sizeof magic) != 0)
		return false;
	SHA256(in, len - sizeof digest, digest);
	if (memcmp(digest, in + len - sizeof digest, sizeof digest) != 0)
		return false;
	t->count = (len - frame) / RECORD;
	for (size_t i = 0; i < t->count; i++) {
		const uint8_t *p = in + sizeof magic + i * RECORD;
		struct ticket_key *k = &t->key[i];

		k->made_s = (int64_t)(bytes_get_u32(p) | (uint64_t)bytes_get_u32(p + 4) << 32);
		memcpy(k->name, p + 8, NAME);
		memcpy(k->aes, p + 8 + NAME, SECRET);
		memcpy(k->hmac, p + 8 + NAME + SECRET, SECRET);
	}
	return true;
}

static void no_file(const struct tickets *t, const char *what, const char *why, char notice[TICKETS_NOTICE])
{
	snprintf(notice, TICKETS_NOTICE, "%.150s: %s%s", t->file, what, why);
}

/* False: there is nothing to use, and NOTICE says why unless there is simply no file yet. */
static bool load(struct tickets *t, char notice[TICKETS_NOTICE])
{
	uint8_t data[FILE_MAX + 1];
	int fd = open(t->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	ssize_t n = 0;
	bool ok = false;

	if (fd < 0) {
		if (errno != ENOENT)
			no_file(t, "new ticket keys are made, since it cannot be read: ", strerror(errno), notice);
		return false;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		no_file(t, "new ticket keys are made, since it is no file", "", notice);
	else if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		no_file(t, "new ticket keys are made, since others could read these", "", notice);
	else if ((n = read(fd, data, sizeof data)) <= 0 || !unpack(t, data, (size_t)n))
		no_file(t, "new ticket keys are made, since it is damaged", "", notice);
	else
		ok = true;
	close(fd);
	bytes_wipe(data, sizeof data);
	return ok;
}

static bool write_file(const char *path, const uint8_t *data, size_t len)
{
	int fd;
	bool ok;

	if (unlink(path) != 0 && errno != ENOENT)
		return false;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (fd < 0)
		return false;
	ok = write(fd, data, len) == (ssize_t)len;
	return close(fd) == 0 && ok;
}

static void save(const struct tickets *t, char notice[TICKETS_NOTICE])
{
	uint8_t data[FILE_MAX];
	char temporary[4096];
	size_t len = pack(t, data);

	if (snprintf(temporary, sizeof temporary, "%s.new", t->file) >= (int)sizeof temporary)
		no_file(t, "ticket keys are not kept: ", "its name is too long", notice);
	else if (!write_file(temporary, data, len) || rename(temporary, t->file) != 0)
		no_file(t, "ticket keys are not kept: devices will need a full handshake after a restart: ",
			strerror(errno), notice);
	bytes_wipe(data, sizeof data);
}

/* ---- rotation ------------------------------------------------------------- */

/* A key of tomorrow was made under a wrong clock; its tickets are good for as long as any. */
static bool due(const struct tickets *t, int64_t now_s)
{
	return t->count == 0 || now_s - t->key[0].made_s >= DAY || t->key[0].made_s - now_s >= DAY;
}

static bool drop_old(struct tickets *t, int64_t now_s)
{
	size_t before = t->count;

	while (t->count > 1 && now_s - t->key[t->count - 1].made_s >= (int64_t)(t->life_days + 1) * DAY)
		bytes_wipe(&t->key[--t->count], sizeof t->key[0]);
	return t->count != before;
}

static bool add_key(struct tickets *t, int64_t now_s)
{
	struct ticket_key k = { .made_s = now_s };

	if (RAND_bytes(k.name, NAME) != 1 || RAND_priv_bytes(k.aes, SECRET) != 1 ||
	    RAND_priv_bytes(k.hmac, SECRET) != 1)
		return false;
	if (t->count == KEYS)
		t->count--;
	memmove(&t->key[1], &t->key[0], t->count * sizeof t->key[0]);
	t->key[0] = k;
	t->count++;
	bytes_wipe(&k, sizeof k);
	return true;
}

bool tickets_step(struct tickets *t, int64_t now_s, char notice[TICKETS_NOTICE])
{
	bool changed = due(t, now_s) && add_key(t, now_s);

	notice[0] = '\0';
	changed = drop_old(t, now_s) || changed;
	if (changed && t->file != NULL)
		save(t, notice);
	return changed;
}

struct tickets *tickets_open(const char *file, uint32_t life_days, int64_t now_s, char notice[TICKETS_NOTICE])
{
	struct tickets *t = calloc(1, sizeof *t);
	char saved[TICKETS_NOTICE];

	notice[0] = '\0';
	if (t == NULL)
		return NULL;
	t->life_days = life_days < TICKETS_LIFE_MAX_DAYS ? life_days : TICKETS_LIFE_MAX_DAYS;
	t->file = file != NULL ? strdup(file) : NULL;
	if ((file != NULL) != (t->file != NULL)) {
		free(t);
		return NULL;
	}
	if (t->file != NULL)
		(void)load(t, notice);
	(void)tickets_step(t, now_s, saved);
	if (notice[0] == '\0')
		memcpy(notice, saved, sizeof saved);
	if (t->count > 0)
		return t;
	tickets_close(t);
	return NULL;
}

void tickets_close(struct tickets *t)
{
	if (t == NULL)
		return;
	free(t->file);
	bytes_wipe(t, sizeof *t);
	free(t);
}

/* ---- OpenSSL's side (SSL_CTX_set_tlsext_ticket_key_evp_cb(3)) -------------- */

enum { REFUSED = -1, UNKNOWN = 0, GOOD = 1, GOOD_BUT_REPLACE = 2 };

static bool set_mac(EVP_MAC_CTX *mac, struct ticket_key *k)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, k->hmac, SECRET),
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end()
	};
	return EVP_MAC_CTX_set_params(mac, params) == 1;
}

static int seal(struct ticket_key *k, uint8_t *name, uint8_t *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
	memcpy(name, k->name, NAME);
	if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1 ||
	    EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, k->aes, iv) != 1 || !set_mac(mac, k))
		return REFUSED;
	return GOOD;
}

static int open_with(struct ticket_key *k, const uint8_t *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
	return EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, k->aes, iv) == 1 && set_mac(mac, k) ? GOOD : REFUSED;
}

/* A ticket of TLS 1.3 is used once (RFC 8446, C.4), so that each resumption brings the next. */
static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac,
		     int make)
{
	struct tickets *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	int result;

	if (make)
		return seal(&t->key[0], name, iv, cipher, mac);
	for (size_t i = 0; i < t->count; i++)
		if (memcmp(t->key[i].name, name, NAME) == 0) {
			result = open_with(&t->key[i], iv, cipher, mac);
			if (result == GOOD && (i > 0 || SSL_version(ssl) == TLS1_3_VERSION))
				result = GOOD_BUT_REPLACE;
			return result;
		}
	return UNKNOWN;
}

bool tickets_use(struct tickets *t, struct ssl_ctx_st *ctx)
{
	SSL_CTX_set_timeout(ctx, (long)t->life_days * DAY);
	return SSL_CTX_set_app_data(ctx, t) == 1 && SSL_CTX_set_num_tickets(ctx, 1) == 1 &&
	       SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket) == 1;
}
