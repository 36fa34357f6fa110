/* SPDX-License-Identifier: Apache-2.0 */
/* The PEM reader gives the same objects however the text is cut; the first byte says how. */
#include "crypto/pem.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
	uint8_t  der[600];
	uint32_t hash;
	unsigned objects;
};

static void stir(struct run *r, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		r->hash = (r->hash ^ ((const uint8_t *)p)[i]) * 16777619u;
}

static void read_all(struct run *r, const uint8_t *data, size_t size, size_t chunk)
{
	struct pem p;
	enum err e;

	memset(r, 0, sizeof *r);
	pem_init(&p, r->der, sizeof r->der);
	while (size > 0) {
		size_t n = pem_feed(&p, data, size < chunk ? size : chunk);

		data += n;
		size -= n;
		e = pem_result(&p);
		if (n == 0 && e == ERR_AGAIN)
			abort();   /* it would never end */
		if (e == ERR_AGAIN)
			continue;
		if (p.der_len > sizeof r->der || strlen(p.label) > PEM_LABEL_MAX)
			abort();
		stir(r, &e, sizeof e);
		stir(r, p.label, strlen(p.label));
		stir(r, p.der, p.der_len);
		stir(r, &p.line, sizeof p.line);
		r->objects++;
	}
	e = pem_end(&p);
	if (e == ERR_OK || e == ERR_AGAIN)
		abort();
	stir(r, &e, sizeof e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct run whole, cut;

	if (size == 0)
		return 0;
	read_all(&whole, data + 1, size - 1, size);
	read_all(&cut, data + 1, size - 1, 1u + data[0] % 80u);
	if (whole.hash != cut.hash || whole.objects != cut.objects)
		abort();
	return 0;
}
