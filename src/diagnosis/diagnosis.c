/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnosis/diagnosis.h"

#include "base/packed.h"
#include "diagnosis/render.h"
#include "diagnosis/rules.h"
#include "diagnosis/sentences.h"

/* Codes, each with a bar behind it. */
#define CODE(name, code, family, grade, who, ruled, cause, act) code "|"
#define CODES VERDICT_LIST(CODE)
#define NEXTS "|try|setting|go|"

/* The last verdict of each family but the last one, in the order of both. */
static const uint8_t ends[] = {
	VERDICT_RESET_4, VERDICT_MODEM_LINE_2, VERDICT_SIM_CHANGED_1, VERDICT_REG_LOST_1, VERDICT_DATA_3,
	VERDICT_SOCKET_2, VERDICT_TLS_HOST_1, VERDICT_TLS_CHAIN_1, VERDICT_CLOCK_4, VERDICT_KEY_PEM_2,
	VERDICT_KEEPALIVE_1, VERDICT_LOGIN_CODE_1, VERDICT_MQTT_CLOSED_1,
};

_Static_assert(sizeof ends == VERDICT_FAMILIES - 1, "one for each family");

/* ---- facts: what stands in the brackets of each family, if it is known -------- */

#define F(name) EVIDENCE_##name
#define ALL     F(err), F(step), F(code), F(after_ms), F(tries), F(echoes)
#define RADIO   F(reg), F(rssi_dbm)
#define LINE    F(modem_bytes), F(modem_lost)
#define CLOCK   F(clock), F(clock_age_s), F(clock_agrees), F(now)
#define OTHERS  F(context), F(other_name), F(other_port), F(other_host)
#define END     EVIDENCE_FIELDS

/* In the order of enum verdict_family. */
static const uint8_t facts[] = {
	/* START */ F(tries), F(reset), F(resets), F(last_step), F(last_s), F(last_line), F(need), F(have), END,
	/* MODEM */ ALL, F(failed), F(cme), F(timeouts), LINE, F(modem_noise), F(modem_pin), F(modem_up_s),
		    F(modem_reboots), F(modem_resets), F(model), F(revision), END,
	/* SIM   */ ALL, F(sim), F(cme), F(pin_set), F(pin_tries), F(iccid), F(iccid_before), F(apn), LINE, END,
	/* RADIO */ ALL, RADIO, F(rsrp_dbm), F(reject), F(act), F(cfun), F(search_s), F(network), F(iccid), LINE, END,
	/* DATA  */ ALL, F(apn), F(esm), F(reject), F(cme), RADIO, F(network), F(iccid), OTHERS, F(context_losses),
		    F(context_s), END,
	/* LINK  */ ALL, F(host), F(port), F(apn), F(socket), F(unacked), RADIO, OTHERS, LINE, END,
	/* TLS   */ ALL, F(host), F(port), F(mbedtls), F(alert_in), F(alert_out), F(state), F(cert_asked), F(voice),
		    F(first), F(bytes_in), F(arena_asked), F(arena_largest), F(arena_free), RADIO, LINE, F(context),
		    END,
	/* CERT  */ ALL, F(host), F(mbedtls), F(flags), F(depth), F(chain), F(sent), F(subject_name), F(issuer),
		    F(names), F(not_before), F(not_after), F(newest), F(roots), F(roots_bad), F(roots_named), F(root),
		    F(good_issuer), F(good_issuer_at), F(issuer_elsewhere), CLOCK, LINE, END,
	/* CLOCK */ ALL, CLOCK, F(build), F(told), F(clock_jump_s), END,
	/* KEY   */ F(err), F(tries), F(setting), F(found), F(line), F(seed), F(noise_bits), END,
	/* VALUE */ F(err), F(step), F(tries), F(setting), F(value), F(shape), F(need), F(have), F(host),
		    F(keepalive_s), F(up_s), END,
	/* LOGIN */ ALL, F(connack), F(project), F(registry), F(device), F(host), F(ids_ok), F(token_ok), F(key),
		    F(good_login_at), CLOCK, RADIO, END,
	/* MQTT  */ ALL, F(device), F(topic), F(topic_closes), F(state_works), F(kicks), F(up_s), F(keepalive_s),
		    F(token_left_s), RADIO, LINE, END,
	/* STORE */ ALL, F(dropped), F(queued), F(offline_s), F(erases_day), F(have), F(mbedtls), F(cme), CLOCK, RADIO,
		    LINE, END,
};

static const uint8_t *facts_of(enum verdict v)
{
	const uint8_t *f = facts;

	for (unsigned n = 0; n < sizeof ends && v > ends[n]; n++)
		while (*f++ != END)
			;
	return f;
}

/* Quoted if it would not be one word otherwise. */
static void add_text(struct text *t, const char *text)
{
	bool quoted = false;

	for (const char *c = text; *c != '\0'; c++)
		quoted = quoted || *c <= ' ' || *c > '~';
	text_add(t, quoted ? "\"" : "");
	render_text(t, text, DIAGNOSIS_TEXT_MAX);
	text_add(t, quoted ? "\"" : "");
}

static void add_fact(struct text *t, const struct evidence *e, enum evidence_id id)
{
	text_add_char(t, ' ');
	evidence_add_name(t, id);
	text_add_char(t, '=');
	if (evidence_kind(id) == EVIDENCE_TEXT)
		add_text(t, evidence_text(e, id));
	else
		render_fact(t, evidence_kind(id), evidence_number(e, id));
}

/* ---- codes --------------------------------------------------------------------- */

static void add_listed(struct text *t, const char *list, unsigned index)
{
	struct packed p;
	char c;

	packed_init(&p, list);
	while (index > 0 && (c = packed_next(&p)) != '\0')
		index -= c == '|' ? 1 : 0;
	while ((c = packed_next(&p)) != '|' && c != '\0')
		text_add_char(t, c);
}

void diagnosis_code(struct text *t, enum verdict v)
{
	add_listed(t, T(CODES), v);
}

bool diagnosis_find(struct bytes code, enum verdict *v)
{
	char buf[24];
	struct text t;

	for (unsigned i = 0; i < VERDICTS; i++) {
		text_init(&t, buf, sizeof buf);
		diagnosis_code(&t, (enum verdict)i);
		if (bytes_equal(text_bytes(&t), code)) {
			*v = (enum verdict)i;
			return true;
		}
	}
	return false;
}

void diagnosis_add_next(struct text *t, enum diagnosis_next_kind kind)
{
	add_listed(t, T(NEXTS), kind);
}

/* ---- the line -------------------------------------------------------------------- */

void diagnosis_facts(struct text *t, enum verdict v, const struct evidence *e, struct diagnosis_next next)
{
	text_add_char(t, '[');
	diagnosis_code(t, v);
	for (const uint8_t *f = facts_of(v); *f != END; f++)
		if (evidence_known(e, (enum evidence_id)*f))
			add_fact(t, e, (enum evidence_id)*f);
	if (next.kind != DIAGNOSIS_NEXT_UNSAID) {
		text_add(t, " next=");
		diagnosis_add_next(t, next.kind);
	}
	if (next.kind == DIAGNOSIS_NEXT_TRY) {
		text_add(t, " next_s=");
		text_add_u32(t, next.s);
	}
	text_add_char(t, ']');
}

void diagnosis_sentence(struct text *t, enum verdict v, const struct evidence *e, struct diagnosis_next next)
{
	sentence_say(t, v, e, next);
}

#define PREFIX "diagnosis: "

void diagnosis_line(struct text *t, enum verdict v, const struct evidence *e, struct diagnosis_next next)
{
	text_say(t, T(PREFIX));
	sentence_say(t, v, e, next);
	text_add_char(t, ' ');
	diagnosis_facts(t, v, e, next);
}

#define AGAIN "diagnosis: connected again, failed tries before: "

void diagnosis_recovered(struct text *t, enum verdict v, uint16_t times, uint32_t offline_s)
{
	text_say(t, T(AGAIN));
	text_add_u32(t, times);
	text_add(t, " [OK after=");
	diagnosis_code(t, v);
	text_add(t, " offline_s=");
	text_add_u32(t, offline_s);
	text_add_char(t, ']');
}

/* ---- once a cause ------------------------------------------------------------------ */

bool diagnosis_failed(struct diagnosis *d, struct evidence *e, enum verdict *v)
{
	bool fresh;

	*v = rules_decide(e, NULL);
	if (*v == VERDICT_NONE)
		return false;
	fresh = *v != d->said;
	d->said = *v;
	d->times = (uint16_t)(fresh ? 1 : d->times < UINT16_MAX ? d->times + 1 : UINT16_MAX);
	e->tries = d->times;
	return fresh;
}

bool diagnosis_succeeded(struct diagnosis *d, enum verdict *v, uint16_t *times)
{
	bool failed = d->said != VERDICT_NONE;

	*v = d->said;
	*times = d->times;
	*d = (struct diagnosis){ VERDICT_NONE, 0 };
	return failed;
}
