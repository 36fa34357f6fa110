/* SPDX-License-Identifier: Apache-2.0 */
/* family_key.c - tern key: no bridge is asked. */
#include "cli/command.h"
#include "cli/families.h"
#include "cli/plan.h"
#include "cli/public_key.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void print_key(const struct public_key *k)
{
	printf("%s%s", k->pem, k->pem[0] != '\0' && k->pem[strlen(k->pem) - 1] == '\n' ? "" : "\n");
	say_note("fingerprint: %s (SHA-256 of the public key's SubjectPublicKeyInfo), format %s", k->fingerprint,
		 credential_format_name(k->format));
}

static bool save_public(const char *file, const char *pem)
{
	FILE *f = fopen(file, "wxe");
	bool ok = f != NULL && fputs(pem, f) >= 0 && fflush(f) == 0 && fsync(fileno(f)) == 0;

	if (f != NULL && fclose(f) != 0)
		ok = false;
	return ok;
}

int run_key_new(struct call *call)
{
	const char *file = call->argument[0], *public = call_value(call, OPT_PUBLIC);
	struct plan p = { .has_key = false };
	char pem[PLAN_PEM_MAX], why[PLAN_WHY] = "no public half can be made of this key";
	struct public_key k;
	bool ok;

	if (access(file, F_OK) == 0)
		return say_error(CLI_USAGE, "%s exists already, and a key is never written over", file);
	if (public != NULL && access(public, F_OK) == 0)
		return say_error(CLI_USAGE, "%s exists already and is not written over", public);
	ok = plan_make_key(&p, file, why) && plan_public_pem(&p, pem) && public_key_read(&k, pem, why);
	plan_wipe(&p);
	if (!ok)
		return say_error(CLI_USAGE, "%s", why);
	if (public != NULL && !save_public(public, pem))
		return say_error(CLI_USAGE, "%s: %s; the private key is in %s", public, strerror(errno), file);
	print_key(&k);
	say_note("The private key is in %s, for its owner only.", file);
	say_note("'tern provision' has a key made on the device itself, where it stays.");
	return CLI_OK;
}

int run_key_show(struct call *call)
{
	struct public_key k;
	char why[PUBLIC_KEY_WHY];

	if (!public_key_load(&k, call->argument[0], why))
		return say_error(CLI_USAGE, "%s", why);
	print_key(&k);
	return CLI_OK;
}
