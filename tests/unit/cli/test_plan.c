/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "cli/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct plan plan;
static char why[PLAN_WHY];

static const struct { const char *name, *file, *want; } roots[] = {
	{ "a root", "tests/data/root_p384.pem", NULL },
	{ "an RSA root", "tests/data/root_rsa4096.pem", NULL },
	{ "a leaf", "tests/data/leaf_ec.pem", "is a server's own, not an authority's" },
	{ "a key", "tests/data/root_p384.key", "where certificates are expected" },
	{ "no PEM", "tests/data/make.sh", "holds no certificate" },
};

static void roots_are_checked_before_anything_is_sent(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
		bool ok;

		memset(&plan, 0, sizeof plan);
		why[0] = '\0';
		ok = plan_add_roots(&plan, roots[i].file, why);
		if (ok != (roots[i].want == NULL) || (!ok && strstr(why, roots[i].want) == NULL))
			fail_msg("%s: '%s'", roots[i].name, why);
		assert_int_equal(plan.roots, ok ? 1 : 0);
	}
}

static void the_same_root_twice_is_one(void **state)
{
	(void)state;
	memset(&plan, 0, sizeof plan);
	assert_true(plan_add_roots(&plan, "tests/data/root_p384.pem", why));
	assert_true(plan_add_roots(&plan, "tests/data/root_p384.pem", why));
	assert_int_equal(plan.roots, 1);
}

static void values_are_checked_as_the_device_does(void **state)
{
	char good[] = "project-id=my-project-123456;registry-id=lab;device-id=dev-1;cloud-region=europe-west1";
	char wrong[] = "project-id=my-project-123456;registry-id=lab;device-id=?;cloud-region=europe-west1";

	(void)state;
	memset(&plan, 0, sizeof plan);
	assert_true(plan_set(&plan, "HOST", "iot.example.com", why));
	assert_false(plan_set(&plan, "host", "iot.example.com", why));
	assert_non_null(strstr(why, "given twice"));
	assert_false(plan_set(&plan, "pin", "47x1", why));
	assert_null(strstr(why, "47x1"));
	assert_false(plan_set(&plan, "key", "x", why));
	assert_false(plan_set_connection(&plan, wrong, why));
	assert_non_null(strstr(why, "'?'"));
	assert_null(plan.value[SETTINGS_PROJECT]);
	assert_true(plan_set_connection(&plan, good, why));
	assert_string_equal(plan.value[SETTINGS_DEVICE], "dev-1");
	assert_string_equal(plan.value[SETTINGS_REGION], "europe-west1");
}

static void a_key_that_is_made_can_be_read_again(void **state)
{
	static struct plan again;
	char path[] = "/tmp/tern-plan-XXXXXX", pem[PLAN_PEM_MAX];
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(path));
	assert_int_equal(chdir(path), 0);
	memset(&plan, 0, sizeof plan);
	assert_true(plan_make_key(&plan, "key", why));
	assert_int_equal(stat("key", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_false(plan_make_key(&again, "key", why));      /* never over a file */
	memset(&again, 0, sizeof again);
	assert_true(plan_read_key(&again, "key", why));
	assert_memory_equal(again.key_info.fingerprint, plan.key_info.fingerprint, 32);
	plan_key_pem(&plan, pem);
	plan_wipe(&plan);
	assert_false(plan.has_key);
	unlink("key");
	assert_int_equal(chdir("/"), 0);
	rmdir(path);
}

static void the_fingerprint_is_of_the_subject_public_key_info(void **state)
{
	static const char pem[] =
		"-----BEGIN PUBLIC KEY-----\n"
		"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEnDXo23c1aLSbTiiXHWQX6GfFDcmv\n"
		"KgprTwP8Vs0/BFnISdj0SX3OJ+NkOB2Z0N9lHxAWdXWcnSa+VJfZoHcCgQ==\n"
		"-----END PUBLIC KEY-----\n";
	char digits[65];
	bool rsa = true;

	(void)state;
	assert_true(plan_fingerprint(pem, digits, &rsa));
	assert_string_equal(digits, "d3d0871e3aa2f70573d00288a84dfbe0b366fedf46d4c3afd228887ccd7148c5");
	assert_false(rsa);
	assert_false(plan_fingerprint("", digits, &rsa));
	assert_false(plan_fingerprint("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", digits, &rsa));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots_are_checked_before_anything_is_sent),
		cmocka_unit_test(the_same_root_twice_is_one),
		cmocka_unit_test(values_are_checked_as_the_device_does),
		cmocka_unit_test(the_fingerprint_is_of_the_subject_public_key_info),
		cmocka_unit_test(a_key_that_is_made_can_be_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
