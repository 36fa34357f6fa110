/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/lint.h"

static void take(struct findings *f, const struct pem_lint *l, const struct key_info *info)
{
	char sentence[FINDINGS_SENTENCE];
	struct text t;

	for (unsigned i = 0; i < l->count; i++) {
		text_init(&t, sentence, sizeof sentence);
		pem_lint_say(l, &l->found[i], info, &t);
		findings_add(f, pem_lint_info((enum pem_lint_code)l->found[i].code), l->found[i].line,
			     l->found[i].column, sentence);
	}
}

void lint_text(struct findings *f, enum pem_lint_for wanted, struct bytes text, uint32_t *line, size_t max)
{
	struct pem_lint l;
	size_t objects = 0;

	pem_lint_init(&l, wanted);
	while (text.len > 0) {
		size_t n = pem_lint_feed(&l, text.data, text.len);
		unsigned errors = f->errors;

		take(f, &l, NULL);
		if (n < text.len && f->errors == errors && objects < max)
			line[objects++] = l.object.begin_line;
		text = (struct bytes){ text.data + n, text.len - n };
	}
	pem_lint_end(&l);
	take(f, &l, NULL);
	pem_lint_wipe(&l);
}

void lint_key(struct findings *f, enum err e, const struct key_info *info)
{
	struct pem_lint l;

	pem_lint_init(&l, PEM_LINT_KEY);
	pem_lint_key(&l, e, info);
	take(f, &l, info);
	if (l.count == 0)
		findings_say(f, WEIGHT_ERROR, err_name(e), "The key is refused: %s.", err_text(e));
}
