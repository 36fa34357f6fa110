/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry_ca.h - the certificates of a registry, which must have signed those of
 * its devices: {"credentials": [{"publicKeyCertificate": {"certificate": PEM}}]}.
 *
 * As the contract has it: looked at when a device's keys are stored, not when it
 * logs in; dates are not looked at.
 */
#ifndef TERN_REGISTRY_REGISTRY_CA_H
#define TERN_REGISTRY_REGISTRY_CA_H

#include "registry/registry.h"

enum { CA_MAX = 10 };

struct x509_st;

struct ca_list {
	struct x509_st *certificates[CA_MAX];
	size_t count;
};

/* EXTRA is a registry's, NULL: none.  False: ERROR says which is not of its form; nothing is to be freed. */
bool ca_read(struct ca_list *list, const char *extra, char error[REGISTRY_ERROR]);
void ca_free(struct ca_list *list);
bool ca_check_list(const char *extra, char error[REGISTRY_ERROR]);

/* PEM is a certificate that one of LIST signed; LIST is not empty. */
bool ca_signed(const struct ca_list *list, const char *pem, char error[REGISTRY_ERROR]);

#endif
