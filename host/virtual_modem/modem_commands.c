/* SPDX-License-Identifier: Apache-2.0 */
/* modem_commands.c - the table of extended commands. */
#include "virtual_modem/modem_state.h"

#include <string.h>
#include <strings.h>

enum { R = FORM_RUN, Q = FORM_READ, S = FORM_SET, T = FORM_TEST };   /* T: the handler answers =? itself */

#define DO(name) modem_do_##name

static const struct command commands[] = {
	/* name       forms    needs                  socket  handler         =?  */
	/* 3GPP 27.007 and V.250 */
	{ "CMEE",      Q | S,     0,                     -1, DO(cmee),         "(0,1,2)" },
	{ "IFC",       Q | S,     0,                     -1, DO(ifc),          "(0,2),(0,2)" },
	{ "IPR",       Q | S,     0,                     -1, DO(ipr),
	  "(0,9600,19200,38400,57600,115200,230400,460800,921600)" },
	{ "ICF",       Q | S,     0,                     -1, DO(accept),       NULL },
	{ "CMUX",      S,         0,                     -1, DO(cmux),         NULL },
	{ "CSCS",      Q | S,     0,                     -1, DO(accept),       NULL },
	{ "CGMI",      R,         0,                     -1, DO(identity),     NULL },
	{ "GMI",       R,         0,                     -1, DO(identity),     NULL },
	{ "CGMM",      R,         0,                     -1, DO(identity),     NULL },
	{ "GMM",       R,         0,                     -1, DO(identity),     NULL },
	{ "CGMR",      R,         0,                     -1, DO(identity),     NULL },
	{ "GMR",       R,         0,                     -1, DO(identity),     NULL },
	{ "CGSN",      R | S,     0,                     -1, DO(identity),     NULL },
	{ "GSN",       R,         0,                     -1, DO(identity),     NULL },
	{ "CIMI",      R,         NEEDS_SIM,             -1, DO(sim_identity), NULL },
	{ "CPIN",      Q | S,     0,                     -1, DO(cpin),         NULL },
	{ "CFUN",      Q | S,     0,                     -1, DO(cfun),         "(0,1,4),(0,1)" },
	{ "CREG",      Q | S,     0,                     -1, DO(registration), "(0-2)" },
	{ "CGREG",     Q | S,     0,                     -1, DO(registration), "(0-2)" },
	{ "CEREG",     Q | S,     0,                     -1, DO(registration), "(0-2)" },
	{ "CEER",      R,         0,                     -1, DO(ceer),         NULL },
	{ "CSQ",       R,         0,                     -1, DO(csq),          "(0-31,99),(0-7,99)" },
	{ "COPS",      Q | S | T, NEEDS_SIM,             -1, DO(cops),         NULL },
	{ "CGATT",     Q | S,     NEEDS_SIM,             -1, DO(cgatt),        "(0,1)" },
	{ "CGDCONT",   Q | S,     0,                     -1, DO(cgdcont),
	  "(1-16),\"IP\",,,(0-2),(0-4),(0,1),(0)" },
	{ "CGACT",     Q,         0,                     -1, DO(cgact),        "(0,1)" },
	{ "CGPADDR",   R | S,     0,                     -1, DO(cgpaddr),      NULL },
	{ "CCLK",      Q | S,     0,                     -1, DO(cclk),         NULL },
	{ "CTZU",      Q | S,     0,                     -1, DO(ctzu),         "(0,1,3)" },
	{ "CTZR",      Q | S,     0,                     -1, DO(ctzr),         "(0-2)" },
	{ "CPSMS",     Q | S,     0,                     -1, DO(cpsms),        "(0-2),,,,"},
	{ "CEDRXS",    Q | S,     0,                     -1, DO(cedrxs),       "(0-3),(0,4,5)" },
	{ "CEDRXRDP",  R,         0,                     -1, DO(cedrxrdp),     NULL },
	/* identity, SIM and radio */
	{ "QGMR",      R,         0,                     -1, DO(identity),     NULL },
	{ "QCCID",     R,         NEEDS_SIM,             -1, DO(sim_identity), NULL },
	{ "QINISTAT",  R,         0,                     -1, DO(qinistat),     "(0-7)" },
	{ "QSIMSTAT",  Q | S,     0,                     -1, DO(qsimstat),     "(0,1)" },
	{ "QSIMDET",   Q | S,     0,                     -1, DO(accept),       "(0,1),(0,1)" },
	{ "QPINC",     Q | S,     0,                     -1, DO(qpinc),        "(\"SC\",\"P2\")" },
	{ "QCSQ",      R,         0,                     -1, DO(qcsq),         NULL },
	{ "QNWINFO",   R,         0,                     -1, DO(qnwinfo),      NULL },
	{ "QSPN",      R,         NEEDS_SIM,             -1, DO(qspn),         NULL },
	{ "QCFG",      S,         0,                     -1, modem_nv_qcfg,    NULL },
	{ "QURCCFG",   Q | S,     0,                     -1, DO(accept),
	  "\"urcport\",(\"usbat\",\"usbmodem\",\"uart1\")" },
	{ "QINDCFG",   Q | S,     0,                     -1, DO(accept),       NULL },
	{ "QLTS",      R | S,     0,                     -1, DO(qlts),         "(0-2)" },
	/* power */
	{ "QPOWD",     R | S,     0,                     -1, DO(qpowd),        "(0,1)" },
	{ "QSCLK",     Q | S,     0,                     -1, DO(qsclk),        "(0,1)" },
	{ "QPSMS",     Q | S,     0,                     -1, DO(qpsms),        NULL },
	{ "QPSMCFG",   Q | S,     0,                     -1, DO(qpsmcfg),      NULL },
	/* contexts and names */
	{ "QICSGP",    S,         TCPIP,                 -1, DO(qicsgp),
	  "(1-16),(1-3),<APN>,<username>,<password>,(0-3)" },
	{ "QIACT",     Q | S,     TCPIP | NEEDS_SIM,     -1, DO(qiact),        "(1-16)" },
	{ "QIDEACT",   S,         TCPIP,                 -1, DO(qideact),      "(1-16)" },
	{ "QIDNSCFG",  S,         TCPIP | NEEDS_CONTEXT, -1, DO(qidnscfg),     "(1-16),<pridnsaddr>,<secdnsaddr>" },
	{ "QIDNSGIP",  S,         TCPIP | NEEDS_CONTEXT, -1, DO(qidnsgip),     "(1-16),<hostname>" },
	{ "QPING",     S,         TCPIP | NEEDS_CONTEXT, -1, DO(qping),        "(1-16),<host>,(1-255),(1-10)" },
	{ "QNTP",      Q | S,     TCPIP,                 -1, DO(qntp),         "(1-16),<server>,(1-65535),(0,1)" },
	/* sockets */
	{ "QIOPEN",    S,         TCPIP | NEEDS_CONTEXT,  1, DO(qiopen),
	  "(1-16),(0-11),\"TCP\",<host>,(0-65535),(0-65535),(0)" },
	{ "QICLOSE",   S,         TCPIP,                  0, DO(qiclose),      "(0-11),(0-65535)" },
	{ "QISTATE",   R | Q | S, 0,                      1, DO(qistate),      NULL },
	{ "QISEND",    S,         TCPIP,                  0, DO(qisend),       "(0-11),(0-1460)" },
	{ "QISENDEX",  S,         TCPIP,                  0, DO(qisendex),     "(0-11),<hex_string>" },
	{ "QIRD",      S,         TCPIP,                  0, DO(qird),         "(0-11),(0-1500)" },
	{ "QISWTMD",   S,         TCPIP,                  0, DO(qiswtmd),      "(0-11),(0)" },
	{ "QIGETERROR", R,        0,                     -1, DO(qigeterror),   NULL },
	{ "QISDE",     Q | S,     TCPIP,                 -1, DO(qisde),        "(0,1)" },
	{ "QICFG",     S,         TCPIP,                 -1, modem_nv_qicfg,   NULL },
};

const struct command *modem_command_find(struct bytes name)
{
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		if (strlen(commands[i].name) == name.len &&
		    strncasecmp(commands[i].name, (const char *)name.data, name.len) == 0)
			return &commands[i];
	return NULL;
}
