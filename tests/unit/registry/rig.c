/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/registry/rig.h"

#include "unit/cmocka_all.h"

#include <dirent.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const struct registry_path rig_fleet = { "my-project-1", "europe-west1", "fleet" };

void rig_folder(struct rig *g)
{
	*g = (struct rig){ .folder = "/tmp/tern-unit-XXXXXX" };
	assert_non_null(mkdtemp(g->folder));
	snprintf(g->file, sizeof g->file, "%s/registry.db", g->folder);
}

void rig_open(struct rig *g)
{
	g->r = registry_open(g->file, "here", g->error);
	if (g->r == NULL)
		fail_msg("%s", g->error);
}

void rig_init(struct rig *g)
{
	const struct registry_info info = { .id = "fleet" };

	rig_folder(g);
	rig_open(g);
	assert_int_equal(registry_create(g->r, rig_fleet, &info), REGISTRY_OK);
}

void rig_reopen(struct rig *g)
{
	registry_close(g->r);
	rig_open(g);
}

void rig_free(struct rig *g)
{
	DIR *folder = opendir(g->folder);
	char path[400];
	struct dirent *e;

	registry_close(g->r);
	while (folder != NULL && (e = readdir(folder)) != NULL) {
		snprintf(path, sizeof path, "%s/%s", g->folder, e->d_name);
		unlink(path);
	}
	if (folder != NULL)
		closedir(folder);
	rmdir(g->folder);
}

struct registry_device_path rig_path(const char *device)
{
	return (struct registry_device_path){ rig_fleet, device };
}

void rig_add(struct rig *g, const char *device)
{
	struct registry_device d = { .num_id = 0 };

	snprintf(d.id, sizeof d.id, "%s", device);
	if (device_create(g->r, rig_fleet, &d) != REGISTRY_OK)
		fail_msg("%s", registry_error(g->r));
}

uint64_t rig_key(struct rig *g, const char *device)
{
	struct registry_login login;
	uint64_t key;

	if (login_get(g->r, rig_path(device), &login) != REGISTRY_OK)
		fail_msg("%s", registry_error(g->r));
	key = login.key;
	login_clear(&login);
	return key;
}

int rig_count(struct rig *g, const char *table)
{
	sqlite3_stmt *stmt;
	sqlite3 *db;
	char sql[64];
	int count;

	snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
	assert_int_equal(sqlite3_open(g->file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	count = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return count;
}

static void make_pem(EVP_PKEY *key, char *out, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int len;

	assert_non_null(key);
	assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
	len = BIO_read(bio, out, (int)size - 1);
	assert_true(len > 0);
	out[len] = '\0';
	BIO_free(bio);
	EVP_PKEY_free(key);
}

const char *rig_ec_pem(void)
{
	static char pem[1024];

	if (pem[0] == '\0')
		make_pem(EVP_EC_gen("P-256"), pem, sizeof pem);
	return pem;
}

const char *rig_rsa_pem(void)
{
	static char pem[1024];

	if (pem[0] == '\0')
		make_pem(EVP_RSA_gen(2048), pem, sizeof pem);
	return pem;
}

static int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uint64_t rig_next(struct rig *g, int wait_ms)
{
	struct pollfd p = { .fd = registry_fd(g->r), .events = POLLIN };
	const int64_t until = clock_ms() + wait_ms;
	uint64_t ticket = 0;

	while (!registry_next(g->r, &ticket)) {
		const int64_t left = until - clock_ms();

		if (left <= 0 || poll(&p, 1, (int)left) == 0)
			return 0;
	}
	return ticket;
}
