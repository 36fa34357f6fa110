/* SPDX-License-Identifier: Apache-2.0 */
/* certificate.h - a server's certificate with its chain and key, as files give them. */
#ifndef TERN_BRIDGE_CERTIFICATE_H
#define TERN_BRIDGE_CERTIFICATE_H

#include "base/bytes.h"

struct x509_st;
struct stack_st_X509;
struct evp_pkey_st;

enum { CERTIFICATE_ERROR = 512, CERTIFICATE_NAME = 128, CERTIFICATE_KIND = 32 };

struct certificate {
	struct x509_st       *own;
	struct stack_st_X509 *chain;     /* what stands behind it */
	struct evp_pkey_st   *key;       /* NULL: not asked for */
	bool    rsa;
	char    kind[CERTIFICATE_KIND];  /* "ECDSA P-256", "RSA 2048" */
	char    name[CERTIFICATE_NAME];  /* the names that it is for: "bridge.example.com, 192.0.2.7" */
	int64_t begins_s, expires_s;     /* seconds since 1970; the narrowest of it and its chain */
	char    expires_name[CERTIFICATE_NAME];   /* whose end that is */
};

/* FILE holds PEM: the own certificate first.  KEY_FILE NULL: no key is wanted.
 * False: ERROR names file and cause, and C is empty.  It is a server's, its key
 * fits and is one that devices can check; its dates are the caller's to judge. */
bool certificate_read(struct certificate *c, const char *file, const char *key_file, char error[CERTIFICATE_ERROR]);
void certificate_free(struct certificate *c);

/* The same for a client's, ours for a broker. */
bool certificate_read_client(struct certificate *c, const char *file, const char *key_file,
			     char error[CERTIFICATE_ERROR]);

/* Are there roots in FILE? */
bool certificate_read_root(const char *file, char error[CERTIFICATE_ERROR]);

/* Is it for HOST, a name or an address? */
bool certificate_is_for(const struct certificate *c, const char *host);

/* What is odd about the chain, though it may work: order, a root that costs bytes.  False: nothing. */
bool certificate_is_odd(const struct certificate *c, char what[CERTIFICATE_ERROR]);

/* Does it lead to a root of ROOT_FILE (NULL: of this machine) at NOW_S? */
bool certificate_leads_to(const struct certificate *c, const char *root_file, int64_t now_s,
			  char error[CERTIFICATE_ERROR]);

/* The common name, else the whole name, of X's subject. */
void certificate_subject(struct x509_st *x, char out[CERTIFICATE_NAME]);

#endif
