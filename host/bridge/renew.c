/* SPDX-License-Identifier: Apache-2.0 */
/* renew.c - `tern-bridge renew`: the next certificate from one's own authority. */
#include "bridge/certificate.h"
#include "bridge/init.h"
#include "bridge/init_options.h"
#include "bridge/new_files.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct paths { char root[NEW_FILES_PATH], root_key[NEW_FILES_PATH], own[NEW_FILES_PATH], key[NEW_FILES_PATH]; };

static void say(const struct init_options *o, struct x509_st *x, const struct certificate *before)
{
	time_t until = (time_t)own_ca_expires(x);
	char day[16];
	struct tm tm;

	(void)gmtime_r(&until, &tm);
	(void)strftime(day, sizeof day, "%Y-%m-%d", &tm);
	printf("Renewed: %s/server.pem for %s, until %s\n"
	       "The bridge takes it with 'systemctl reload tern-bridge' (SIGHUP); no connection is dropped\n",
	       o->directory, o->names > 0 ? o->name[0] : before->name, day);
}

static bool renew(const struct init_options *o, const struct paths *p, const struct own_ca *ca,
		  char error[OWN_CA_ERROR])
{
	struct own_ca_request request = { .names = o->names, .now_s = (int64_t)time(NULL), .days = o->days };
	struct certificate before;
	struct x509_st *x;
	char *text;
	bool ok;

	if (!certificate_read(&before, p->own, p->key, error))
		return false;
	memcpy(request.name, o->name, sizeof request.name);
	request.key = before.key;
	request.like = before.own;
	x = own_ca_certify(ca, &request);
	text = x != NULL ? own_ca_text(x) : NULL;
	ok = text != NULL && own_ca_vouches(ca, x, request.now_s);
	if (text == NULL)
		snprintf(error, OWN_CA_ERROR, "%.300s: the certificate has no names to be copied; give HOST", p->own);
	else if (!ok)
		snprintf(error, OWN_CA_ERROR, "%.150s: devices would refuse it: this root has expired, or is limited "
			 "to other names ('openssl x509 -noout -text -in %.150s' shows them)", p->root, p->root);
	ok = ok && new_files_replace(p->own, text, error);
	if (ok)
		say(o, x, &before);
	own_ca_free_text(text);
	X509_free(x);
	certificate_free(&before);
	return ok;
}

int renew_main(int argc, char **argv)
{
	char error[OWN_CA_ERROR];
	struct init_options o;
	struct paths p;
	struct own_ca ca;
	bool ok;

	switch (renew_options_parse(&o, argc, argv)) {
	case INIT_OPTIONS_RUN:   break;
	case INIT_OPTIONS_DONE:  return INIT_DONE;
	case INIT_OPTIONS_WRONG: return INIT_USAGE;
	}
	snprintf(p.root, sizeof p.root, "%s/ca.pem", o.directory);
	snprintf(p.root_key, sizeof p.root_key, "%s/ca.key", o.directory);
	snprintf(p.own, sizeof p.own, "%s/server.pem", o.directory);
	snprintf(p.key, sizeof p.key, "%s/server.key", o.directory);
	ok = own_ca_read(&ca, p.root, p.root_key, error);
	if (ok) {
		ok = renew(&o, &p, &ca, error);
		own_ca_free(&ca);
	}
	if (!ok)
		fprintf(stderr, "tern-bridge renew: %s\n", error);
	return ok ? INIT_DONE : INIT_FAILED;
}
