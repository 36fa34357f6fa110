/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/provision.h"

#include "cli/batch.h"
#include "cli/enroll.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const int statuses[] = {
	[BOARD_DONE] = PROVISION_OK, [BOARD_REFUSED] = PROVISION_REFUSED, [BOARD_UNFIT] = PROVISION_UNFIT,
	[BOARD_NO_LINE] = PROVISION_NO_LINE, [BOARD_NO_BRIDGE] = PROVISION_NO_LINE,
	[BOARD_NOT_ACKED] = PROVISION_NOT_ACKED,
	[BOARD_INTERRUPTED] = PROVISION_INTERRUPTED,
};

void provision_complain(const struct board *b, const char *name)
{
	bool colour = isatty(STDERR_FILENO) && getenv("NO_COLOR") == NULL;

	fprintf(stderr, "%stern provision: %s%s%s%s\n", colour ? "\033[31m" : "", name, name[0] != '\0' ? ": " : "",
		b->why, colour ? "\033[0m" : "");
}

void provision_print(const struct board *b, bool pem)
{
	if (pem)
		printf("%sfingerprint: %s (SHA-256 of the public key's SubjectPublicKeyInfo)\n", b->public_pem,
		       b->fingerprint);
	printf("label: %s %.*s %s\n", b->device, PLAN_SHORT, b->fingerprint, b->id[0] != '\0' ? b->id : "-");
	fflush(stdout);
}

bool provision_save_public(const struct board *b, const char *path)
{
	FILE *f = fopen(path, "we");
	bool ok = f != NULL && fputs(b->public_pem, f) >= 0 && fflush(f) == 0 && fsync(fileno(f)) == 0;
	int error = errno;

	if (f != NULL)
		fclose(f);
	errno = error;
	return ok;
}

/* The call of the contract that makes the device known (device manager API v1). */
static void print_example(const struct board *b)
{
	const char *const *value = b->plan->value;

	fprintf(stderr, "To register it, for example, by the REST interface of the contract:\n"
		"  POST .../v1/projects/%s/locations/%s/registries/%s/devices\n"
		"  {\"id\":\"%s\",\"credentials\":[{\"publicKey\":{\"format\":\"%s\",\"key\":\"",
		value[SETTINGS_PROJECT] != NULL ? value[SETTINGS_PROJECT] : "PROJECT",
		value[SETTINGS_REGION] != NULL ? value[SETTINGS_REGION] : "REGION",
		value[SETTINGS_REGISTRY] != NULL ? value[SETTINGS_REGISTRY] : "REGISTRY",
		b->device, b->rsa ? "RSA_PEM" : "ES256_PEM");
	for (const char *at = b->public_pem; *at != '\0'; at++)
		if (*at == '\n')
			fputs("\\n", stderr);
		else
			fputc(*at, stderr);
	fprintf(stderr, "\"}}]}\n");
}

/* Where the public key will be written is looked at before the board is touched. */
static bool can_write(const char *path)
{
	char folder[PATH_MAX];

	snprintf(folder, sizeof folder, "%s", path);
	if (access(path, W_OK) == 0 || (errno == ENOENT && access(dirname(folder), W_OK) == 0))
		return true;
	fprintf(stderr, "tern provision: --public %s: %s\n", path, strerror(errno));
	return false;
}

static int one_board(struct options *o, struct client *bridge)
{
	static struct board b;
	bool saved = true;

	if (o->public_path != NULL && !can_write(o->public_path))
		return PROVISION_UNFIT;
	if (board_find(&b, &o->board, &o->plan) == BOARD_DONE && board_provision(&b) == BOARD_DONE) {
		saved = o->public_path == NULL || provision_save_public(&b, o->public_path);
		if (!saved)
			fprintf(stderr, "tern provision: %s: %s\n", o->public_path, strerror(errno));
		provision_print(&b, true);
		if (!o->enroll)
			print_example(&b);
		if (!o->enroll || enroll_board(bridge, &b))
			board_start(&b);
	}
	if (b.outcome != BOARD_DONE)
		provision_complain(&b, "");
	board_close(&b);
	return b.outcome != BOARD_DONE ? statuses[b.outcome] : saved ? PROVISION_OK : PROVISION_REFUSED;
}

int provision_main(int argc, char **argv)
{
	static const struct rlimit none = { 0, 0 };
	static struct options o;
	struct client bridge = { .remote = NULL };
	int status = PROVISION_OK;

	(void)setrlimit(RLIMIT_CORE, &none);      /* there would be secrets in it */
	switch (options_parse(&o, argc, argv)) {
	case OPTIONS_DONE:
		return PROVISION_OK;
	case OPTIONS_WRONG:
		options_wipe(&o);
		return PROVISION_UNFIT;
	case OPTIONS_RUN:
		break;
	}
	line_catch_signals();
	o.board.tell_place = o.enroll;
	if (o.enroll)
		status = enroll_open(&bridge, &o.bridge);
	if (status == PROVISION_OK)
		status = o.csv != NULL ? batch_run(&o, &bridge) : one_board(&o, &bridge);
	client_close(&bridge);
	options_wipe(&o);
	return status;
}
