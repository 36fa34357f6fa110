/* SPDX-License-Identifier: Apache-2.0 */
#include "support/pem_file.h"

#include "crypto/pem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes file_text(const char *name)
{
	static uint8_t text[16384];
	FILE *f = fopen(name, "rb");
	size_t n;

	if (f == NULL) {
		perror(name);
		abort();
	}
	n = fread(text, 1, sizeof text, f);
	fclose(f);
	return (struct bytes){ text, n };
}

static enum err read_anchor(struct roots *r, unsigned index, uint8_t *der, size_t size, size_t *len)
{
	struct memory_roots *m = (struct memory_roots *)r;

	if (index >= m->count)
		return ERR_NOT_FOUND;
	if (m->anchor[index].err != ERR_OK)
		return m->anchor[index].err;
	*len = m->anchor[index].len;
	if (*len > size)
		return ERR_TOO_LONG;
	memcpy(der, m->anchor[index].der, *len);
	return ERR_OK;
}

void memory_roots_init(struct memory_roots *m)
{
	memset(m, 0, sizeof *m);
	m->roots.read = read_anchor;
}

void memory_roots_add(struct memory_roots *m, const char *name)
{
	struct pem p;
	char path[256];

	snprintf(path, sizeof path, "tests/data/%s.pem", name);
	struct bytes text = file_text(path);

	pem_init(&p, m->anchor[m->count].der, ROOT_DER_MAX);
	pem_feed(&p, text.data, text.len);
	if (pem_result(&p) != ERR_OK) {
		fprintf(stderr, "%s: %s\n", path, err_text(pem_result(&p)));
		abort();
	}
	m->anchor[m->count++].len = p.der_len;
}
