/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.c - the table: lower layers before higher ones, what is certain before
 * what is likely, the particular before the general.  First match wins.
 *
 * The lowest layer that is broken now comes first, since what is above it can
 * only be its echo; but what broke it may be above: a socket that died right
 * after a login is the login's.  So rules for a dead socket ask how far the try
 * had come.
 *
 * A rule is bytes: RULE(verdict), then conditions up to the next RULE.
 */
#include "diagnosis/rules.h"

enum op {
	OP_RULE,      /* verdict */
	OP_ERR,       /* 16 bits: the error is this one */
	OP_KNOWN,     /* field */
	OP_UNKNOWN,   /* field */
	OP_YES,       /* field: the answer to it */
	OP_NO,        /* field */
	OP_IS,        /* field, value: 16 bits, signed, low byte first; likewise the next two */
	OP_LEAST,     /* field >= value */
	OP_MOST,      /* field <= value, and known */
	OP_BITS,      /* field has one of these bits */
	OP_BEFORE,    /* field, field: both known, the first smaller */
	OP_SAME,      /* field, field: both known and equal */
	OP_AMONG,     /* field, group */
	OP_END
};

#define F(name)            EVIDENCE_##name
#define V(value)           (uint8_t)((unsigned)(value) & 0xffu), (uint8_t)((unsigned)(value) >> 8 & 0xffu)
#define RULE(verdict)      OP_RULE, VERDICT_##verdict
#define KNOWN(name)        OP_KNOWN, F(name)
#define UNKNOWN(name)      OP_UNKNOWN, F(name)
#define IS(name, value)    OP_IS, F(name), V(value)
#define LEAST(name, value) OP_LEAST, F(name), V(value)
#define MOST(name, value)  OP_MOST, F(name), V(value)
#define BITS(name, value)  OP_BITS, F(name), V(value)
#define BEFORE(one, two)   OP_BEFORE, F(one), F(two)
#define SAME(one, two)     OP_SAME, F(one), F(two)
#define AMONG(name, group) OP_AMONG, F(name), GROUP_##group
#define ERR(name)          OP_ERR, V(ERR_##name)
#define YES(name)          OP_YES, F(name)
#define NO(name)           OP_NO, F(name)

/* Groups of numbers, in this order. */
enum {
	GROUP_DEAD, GROUP_PATH, GROUP_SOCKET, GROUP_BYTES, GROUP_REFUSED, GROUP_MQTT, GROUP_PEM, GROUP_FLASH, GROUP_AT,
	GROUP_PLMN, GROUP_SUBSCRIBER, GROUP_CONGESTED, GROUP_STALE, GROUP_BUSY, GROUP_ALERT_CLIENT, GROUP_ALERT_OWN,
	GROUP_PLAN, GROUP_NOT_NOW, GROUP_IP, GROUP_ANSWER, GROUPS
};

static const uint16_t groups[] = {
	/* DEAD: the connection ended, and nothing more is known */
	ERR_MODEM_CLOSED, ERR_MODEM_SOCKET_DEAD, ERR_MODEM_SEND_UNKNOWN, ERR_MODEM_SOCKET, ERR_TLS_CLOSED,
	ERR_TLS_EOF, 0,
	/* PATH: what a lost network or data connection looks like from above */
	ERR_MODEM_CLOSED, ERR_MODEM_SOCKET_DEAD, ERR_MODEM_SEND_UNKNOWN, ERR_MODEM_SOCKET, ERR_TLS_CLOSED,
	ERR_MODEM_STALLED,
	ERR_MODEM_PDP_LOST, ERR_MODEM_DNS, ERR_MODEM_CONNECT, ERR_MODEM_OPEN_TIMEOUT, ERR_MODEM_NTP, ERR_TLS_TIMEOUT,
	ERR_MQTT_PING_TIME, ERR_MQTT_CONNACK_TIME, ERR_MQTT_ACK_TIME, ERR_MQTT_SUBACK_TIME, 0,
	/* SOCKET: it did not open */
	ERR_MODEM_CONNECT, ERR_MODEM_OPEN_TIMEOUT, 0,
	/* BYTES: what lost or changed bytes look like */
	ERR_AT_PROTOCOL, ERR_AT_TIMEOUT, ERR_AT_NO_PROMPT, ERR_TLS_CORRUPT, ERR_TLS_PROTOCOL, ERR_TLS_CERT,
	ERR_TLS_NOT_TLS,
	ERR_MQTT_TYPE, ERR_MQTT_FLAGS, ERR_MQTT_LENGTH, 0,
	/* REFUSED: a login, by a code that covers many causes */
	ERR_MQTT_CONNACK_4, ERR_MQTT_CONNACK_5, 0,
	/* MQTT: the other end breaks its rules */
	ERR_MQTT_TYPE, ERR_MQTT_FLAGS, ERR_MQTT_LENGTH, ERR_MQTT_ORDER, ERR_MQTT_UTF8, ERR_MQTT_TOPIC, ERR_MQTT_ID,
	ERR_MQTT_INBOUND, ERR_MQTT_SESSION, ERR_MQTT_LEVEL, 0,
	/* PEM */
	ERR_PEM_FORMAT, ERR_PEM_LABEL, ERR_PEM_HEADER, ERR_PEM_FOOTER, ERR_PEM_BASE64, ERR_PEM_MISMATCH, ERR_PEM_CUT,
	0,
	/* FLASH */
	ERR_FLASH_RANGE, ERR_FLASH_PROGRAM, ERR_FLASH_IO, ERR_FLASH_VERIFY, ERR_STORE_FULL, ERR_STORE_CORRUPT, 0,
	/* AT: a command was refused */
	ERR_AT_ERROR, ERR_AT_CME, ERR_AT_PROTOCOL, ERR_MODEM_SOCKET, 0,
	/* PLMN: 24.301 9.9.3.9, the network does not serve this subscriber here */
	11, 12, 13, 14, 15, 0,
	/* SUBSCRIBER */
	2, 3, 5, 6, 7, 8, 9, 10, 0,
	/* CONGESTED */
	17, 22, 42, 0,
	/* STALE: codes of AT+QIGETERROR, and of the next */
	554, 556, 563, 574, 0,
	551, 564, 568, 0,
	/* ALERT_CLIENT: a certificate of ours is wanted */
	40, 41, 42, 43, 46, 116, 0,
	/* ALERT_OWN: ours is not liked */
	42, 43, 44, 45, 46, 48, 49, 51, 0,
	/* PLAN: 24.301 9.9.4.4, 27.007 9.2: the subscription */
	8, 30, 31, 32, 33, 133, 0,
	/* NOT_NOW: 24.301 9.9.4.4, the network's own troubles */
	26, 34, 38, 39, 0,
	/* IP: 24.301 9.9.4.4, another version than the one asked for */
	28, 50, 51, 57, 58, 61, 0,
	/* ANSWER: of the modem, not as it should be */
	ERR_AT_PROTOCOL, ERR_AT_TIMEOUT, ERR_AT_NO_PROMPT, 0,
};

static const uint8_t rules[] = {
	/* ---- a start, a notice ---- */
	RULE(RESET_1), IS(subject, EVIDENCE_START), IS(reset, EVIDENCE_RESET_STACK),
	RULE(POWER_1), IS(subject, EVIDENCE_START), IS(reset, EVIDENCE_RESET_BROWN_OUT),
			    LEAST(last_step, EVIDENCE_AT_MODEM),
	RULE(POWER_2), IS(subject, EVIDENCE_START), IS(reset, EVIDENCE_RESET_BROWN_OUT),
	RULE(RESET_2), IS(subject, EVIDENCE_START), LEAST(resets, 3), IS(last_step, EVIDENCE_AT_SEARCH),
	RULE(RESET_3), IS(subject, EVIDENCE_START), IS(reset, EVIDENCE_RESET_WATCHDOG),
	RULE(RESET_4), IS(subject, EVIDENCE_START), IS(reset, EVIDENCE_RESET_FAULT),
	RULE(NONE),    IS(subject, EVIDENCE_START),
	RULE(SIM_CHANGED_1), IS(subject, EVIDENCE_NOTICE), KNOWN(iccid), KNOWN(iccid_before),
	RULE(QUEUE_1), IS(subject, EVIDENCE_NOTICE), KNOWN(dropped),
	RULE(WEAR_1),  IS(subject, EVIDENCE_NOTICE), LEAST(erases_day, 20),
	RULE(CLOCK_3), IS(subject, EVIDENCE_NOTICE), LEAST(clock_jump_s, 3),
	RULE(CLOCK_3), IS(subject, EVIDENCE_NOTICE), MOST(clock_jump_s, -3),
	RULE(SIZE_CLOUD_1), ERR(IOTCORE_CONFIG_SIZE),
	RULE(SIZE_CLOUD_1), ERR(IOTCORE_COMMAND_SIZE),
	RULE(NONE),    IS(subject, EVIDENCE_NOTICE),

	/* ---- nothing failed, or as planned ---- */
	RULE(NONE), ERR(OK),
	RULE(NONE), ERR(IOTCORE_RENEW),

	/* ---- before a byte is sent ---- */
	RULE(HOST_DEAD_1),  ERR(DEVICE_HOST_DEAD),
	RULE(ID_PROJECT_1), ERR(IOTCORE_PROJECT), KNOWN(value), BITS(shape, EVIDENCE_CAPITALS),
	RULE(ID_PROJECT_2), ERR(IOTCORE_PROJECT), KNOWN(value), BITS(shape, EVIDENCE_DIGITS),
	RULE(ID_PATH_1),    LEAST(err, ERR_IOTCORE_PROJECT), MOST(err, ERR_IOTCORE_DEVICE), KNOWN(value),
			    KNOWN(setting),
			    BITS(shape, EVIDENCE_SLASHES),
	RULE(ID_1), LEAST(err, ERR_IOTCORE_PROJECT), MOST(err, ERR_IOTCORE_CONNSTR), KNOWN(value), KNOWN(setting),
	RULE(ID_1), LEAST(err, ERR_IOTCORE_GOOG), MOST(err, ERR_IOTCORE_KEY_MISSING), KNOWN(value), KNOWN(setting),
	RULE(ID_1), ERR(FORMAT), KNOWN(value), KNOWN(setting),
	RULE(ID_1), ERR(ARG), KNOWN(value), KNOWN(setting),
	RULE(ID_1), ERR(TOO_LONG), KNOWN(value), KNOWN(setting),
	RULE(ID_2), LEAST(err, ERR_IOTCORE_PROJECT), MOST(err, ERR_IOTCORE_CONNSTR),
	RULE(ID_2), LEAST(err, ERR_IOTCORE_GOOG), MOST(err, ERR_IOTCORE_KEY_MISSING),
	RULE(ID_2), ERR(FORMAT), KNOWN(setting),
	RULE(ID_2), ERR(ARG), KNOWN(setting),
	RULE(SETTING_1),   ERR(DEVICE_SETTING),
	RULE(STORE_1),     AMONG(err, FLASH),
	RULE(RANDOM_1),    ERR(RNG_UNSEEDED),
	RULE(RANDOM_2),    ERR(RNG_SEED),
	RULE(RANDOM_3),    ERR(RNG_FAILED),
	RULE(RANDOM_3),    ERR(RNG_NOISE),
	RULE(KEY_NONE_1),  ERR(KEY_MISSING),
	RULE(KEY_PUBLIC_1), ERR(KEY_PUBLIC),
	RULE(KEY_CERT_1),  ERR(KEY_CERT),
	RULE(KEY_PASSWORD_1), ERR(KEY_ENCRYPTED),
	RULE(KEY_CURVE_1), ERR(KEY_CURVE),
	RULE(KEY_TYPE_1),  ERR(KEY_TYPE),
	RULE(KEY_TYPE_1),  ERR(KEY_SIZE),
	RULE(KEY_PAIR_1),  ERR(KEY_PAIR),
	RULE(KEY_PEM_1),   AMONG(err, PEM),
	RULE(KEY_PEM_2),   ERR(KEY_FORMAT),
	RULE(ROOT_CA_1),   ERR(CERT_NOT_CA),
	RULE(TLS_ROOT_7),  ERR(ROOTS_EMPTY),
	RULE(TLS_ROOT_9),  ERR(DEVICE_ROOTS_ENDED), KNOWN(roots),
	RULE(TLS_HOST_1),  ERR(TLS_HOST),
	RULE(TOKEN_LIFE_1), ERR(JWT_ARG), KNOWN(have),
	RULE(TOKEN_SELF_1), ERR(JWT_ARG),
	RULE(TOKEN_SELF_1), ERR(JWT_SIGN),
	RULE(TOKEN_SELF_2), ERR(JWT_SIGNATURE),
	RULE(TOKEN_SELF_3), ERR(JWT_FORMAT),
	RULE(SIZE_LOGIN_1), ERR(TOO_LONG),
	RULE(SIZE_MESSAGE_1), ERR(IOTCORE_EVENT_SIZE),
	RULE(SIZE_MESSAGE_1), ERR(IOTCORE_STATE_SIZE),
	RULE(QOS_1),       ERR(MQTT_QOS),

	/* ---- modem and its line ---- */
	RULE(MODEM_LINE_1), LEAST(modem_lost, 1), AMONG(err, BYTES),
	RULE(MODEM_HANG_1), ERR(MODEM_SILENT), LEAST(step, EVIDENCE_AT_SIM),
	RULE(MODEM_HANG_1), ERR(MODEM_SILENT), KNOWN(model),
	RULE(MODEM_GARBLED_1), ERR(MODEM_SILENT), KNOWN(modem_noise),
	RULE(MODEM_GARBLED_1), ERR(MODEM_SILENT), KNOWN(modem_bytes),
	RULE(MODEM_SILENT_3), ERR(MODEM_SILENT), IS(modem_pin, EVIDENCE_PIN_OFF),
	RULE(MODEM_SILENT_2), ERR(MODEM_SILENT), IS(modem_pin, EVIDENCE_PIN_ON),
	RULE(MODEM_SILENT_1), ERR(MODEM_SILENT),
	RULE(MODEM_REBOOT_1), ERR(MODEM_REBOOT),
	RULE(MODEM_SLEEP_1), ERR(MODEM_ASLEEP),
	RULE(MODEM_MODEL_1), ERR(MODEM_MODEL),
	RULE(MODEM_SILENT_3), ERR(MODEM_SWITCH), IS(modem_pin, EVIDENCE_PIN_OFF),
	RULE(MODEM_SWITCH_1), ERR(MODEM_SWITCH),
	RULE(MODEM_HANG_1), ERR(AT_TIMEOUT), LEAST(timeouts, 2),

	/* ---- SIM ---- */
	RULE(SIM_1),     ERR(MODEM_SIM_MISSING),
	RULE(SIM_PUK_1), ERR(MODEM_SIM_PUK),
	RULE(SIM_PIN_2), ERR(MODEM_SIM_PIN_BAD),
	RULE(SIM_PIN_1), ERR(MODEM_SIM_PIN),
	RULE(SIM_2),     ERR(MODEM_SIM_FAILED),

	/* ---- radio ---- */
	RULE(RADIO_OFF_1), ERR(MODEM_NO_NETWORK), IS(cfun, 0),
	RULE(RADIO_OFF_1), ERR(MODEM_NO_NETWORK), IS(cfun, 4),
	RULE(REG_DENIED_1), ERR(MODEM_REG_DENIED), AMONG(reject, PLMN),
	RULE(REG_DENIED_2), ERR(MODEM_REG_DENIED), AMONG(reject, SUBSCRIBER),
	RULE(REG_DENIED_3), ERR(MODEM_REG_DENIED), AMONG(reject, CONGESTED),
	RULE(DATA_1), ERR(MODEM_REG_DENIED), IS(reject, 19),   /* ESM failure: it brings the data connection */
	RULE(REG_DENIED_4), ERR(MODEM_REG_DENIED),
	RULE(REG_DENIED_1), AMONG(err, PATH), IS(reg, EVIDENCE_REG_DENIED), AMONG(reject, PLMN),
	RULE(REG_DENIED_2), AMONG(err, PATH), IS(reg, EVIDENCE_REG_DENIED), AMONG(reject, SUBSCRIBER),
	RULE(REG_DENIED_4), AMONG(err, PATH), IS(reg, EVIDENCE_REG_DENIED),
	RULE(MODEM_COMMAND_1), ERR(MODEM_NO_NETWORK), UNKNOWN(reg), KNOWN(failed),
	RULE(REG_LOST_1), ERR(MODEM_NO_NETWORK), UNKNOWN(search_s), LEAST(step, EVIDENCE_AT_OPEN), KNOWN(reg),
	RULE(RADIO_WEAK_1), ERR(MODEM_NO_NETWORK), MOST(rssi_dbm, -107),
	RULE(RADIO_WEAK_1), ERR(MODEM_NO_NETWORK), MOST(rsrp_dbm, -120),
	RULE(RADIO_NETWORK_1), ERR(MODEM_NO_NETWORK), KNOWN(rssi_dbm),
	RULE(RADIO_SEARCH_1), ERR(MODEM_NO_NETWORK), IS(reg, EVIDENCE_REG_SEARCHING), LEAST(search_s, 1),
			    MOST(search_s, 299),
	RULE(RADIO_SIGNAL_1), ERR(MODEM_NO_NETWORK),
	RULE(REG_LOST_1), AMONG(err, PATH), LEAST(reg, EVIDENCE_REG_IDLE), MOST(reg, EVIDENCE_REG_DENIED),

	/* ---- data connection ---- */
	RULE(DATA_APN_1), ERR(MODEM_APN),
	RULE(DATA_APN_1), ERR(MODEM_PDP_REFUSED), IS(code, 573),
	RULE(DATA_APN_1), ERR(MODEM_PDP_REFUSED), IS(esm, 27), UNKNOWN(apn),
	RULE(DATA_APN_2), ERR(MODEM_PDP_REFUSED), IS(esm, 27), KNOWN(apn),
	RULE(DATA_LOGIN_1), ERR(MODEM_PDP_REFUSED), IS(esm, 29),
	RULE(DATA_PLAN_1), ERR(MODEM_PDP_REFUSED), AMONG(esm, PLAN),
	RULE(DATA_PLAN_1), ERR(MODEM_PDP_REFUSED), IS(cme, 133),
	RULE(DATA_2), ERR(MODEM_PDP_REFUSED), AMONG(esm, NOT_NOW),
	RULE(DATA_3), ERR(MODEM_PDP_REFUSED), AMONG(esm, IP),
	RULE(DATA_1), ERR(MODEM_PDP_REFUSED),
	RULE(DATA_LOST_2), ERR(MODEM_PDP_LOST), LEAST(context_losses, 10),
	RULE(DATA_LOST_1), ERR(MODEM_PDP_LOST),
	RULE(DATA_LOST_1), AMONG(err, PATH), NO(context), LEAST(step, EVIDENCE_AT_OPEN),
	RULE(DATA_LOST_1), AMONG(err, PATH), IS(code, 570),
	RULE(DATA_PLAN_2), AMONG(err, PATH), NO(other_name), NO(other_host),
	RULE(DATA_PLAN_2), ERR(MODEM_OPEN_TIMEOUT), NO(other_host), NO(other_port), UNKNOWN(other_name),
	RULE(DATA_PLAN_2), ERR(MODEM_CONNECT), NO(other_host), NO(other_port), UNKNOWN(other_name),
			    LEAST(after_ms, 20000),   /* a refusal would have come at once */

	/* ---- name and TCP ---- */
	RULE(SOCKET_STALE_1), AMONG(code, STALE), MOST(step, EVIDENCE_AT_OPEN), LEAST(err, ERR_MODEM_DNS),
			    MOST(err, ERR_MODEM_SOCKET),
	RULE(SOCKET_BUSY_1), AMONG(code, BUSY), MOST(step, EVIDENCE_AT_OPEN), LEAST(err, ERR_MODEM_DNS),
			    MOST(err, ERR_MODEM_SOCKET),
	RULE(SOCKET_MEMORY_1), IS(code, 553), LEAST(err, ERR_MODEM_DNS), MOST(err, ERR_MODEM_SOCKET),
	RULE(DNS_NONE_1), ERR(MODEM_DNS), NO(other_name), YES(other_host),
	RULE(DNS_HOST_1), ERR(MODEM_DNS), YES(other_name),
	RULE(DNS_1),      ERR(MODEM_DNS),
	RULE(MODEM_COMMAND_1), AMONG(err, AT), IS(code, 552),
	RULE(MODEM_COMMAND_1), AMONG(err, AT), IS(code, 555),
	RULE(TCP_PORT_1), AMONG(err, SOCKET), YES(other_port),
	RULE(TCP_HOST_1), AMONG(err, SOCKET), YES(other_host),
	RULE(RADIO_WEAK_1), ERR(MODEM_OPEN_TIMEOUT), MOST(rssi_dbm, -107),
	RULE(RADIO_WEAK_1), ERR(TLS_TIMEOUT), MOST(rssi_dbm, -107),
	RULE(RADIO_WEAK_1), ERR(MODEM_STALLED), MOST(rssi_dbm, -107),
	RULE(RADIO_WEAK_1), ERR(MQTT_PING_TIME), MOST(rssi_dbm, -107),
	RULE(TCP_REFUSED_1), ERR(MODEM_CONNECT),
	RULE(TCP_TIME_1), ERR(MODEM_OPEN_TIMEOUT),
	RULE(SOCKET_STALL_1), ERR(MODEM_STALLED),

	/* ---- TLS ---- */
	RULE(TLS_PORTAL_1), ERR(TLS_NOT_TLS), IS(voice, EVIDENCE_VOICE_HTTP),
	RULE(TLS_PLAIN_1),  ERR(TLS_NOT_TLS), LEAST(voice, EVIDENCE_VOICE_MQTT),
	RULE(TLS_SILENT_1), ERR(TLS_TIMEOUT), MOST(state, 2), UNKNOWN(bytes_in),
	RULE(TLS_SLOW_1),   ERR(TLS_TIMEOUT),
	RULE(TLS_VERSION_1), ERR(TLS_VERSION),
	RULE(TLS_VERSION_1), ERR(TLS_ALERT), IS(alert_in, 70),
	RULE(TLS_CIPHER_1), ERR(TLS_ALERT), IS(alert_in, 40), MOST(state, 3),
	RULE(TLS_CIPHER_1), ERR(TLS_ALERT), IS(alert_in, 71),
	RULE(TLS_CLIENT_1), ERR(TLS_ALERT), YES(cert_asked), AMONG(alert_in, ALERT_CLIENT),
	RULE(TLS_CLIENT_1), ERR(TLS_ALERT), IS(alert_in, 116),
	RULE(TLS_CLIENT_2), ERR(TLS_ALERT), AMONG(alert_in, ALERT_OWN), LEAST(state, 4),   /* behind its hello */
	RULE(TLS_NAME_2),   ERR(TLS_ALERT), IS(alert_in, 112),
	RULE(TLS_ALPN_1),   ERR(TLS_ALERT), IS(alert_in, 120),
	RULE(TLS_SERVER_1), ERR(TLS_ALERT), IS(alert_in, 80),
	RULE(TLS_DAMAGED_1), ERR(TLS_ALERT), IS(alert_in, 20),
	RULE(TLS_ALERT_1),  ERR(TLS_ALERT), KNOWN(alert_in),
	RULE(TLS_MEMORY_1), ERR(CRYPTO_MEMORY), KNOWN(arena_largest), BEFORE(arena_largest, arena_asked),
			    BEFORE(arena_asked, arena_free),
	RULE(TLS_MEMORY_2), ERR(CRYPTO_MEMORY),
	RULE(TLS_RECORD_1), ERR(TLS_RECORD_SIZE),
	RULE(TLS_FRAGMENT_1), ERR(TLS_INTERNAL), IS(mbedtls, -0x7080),
	RULE(TLS_LIBRARY_1), ERR(TLS_INTERNAL), IS(mbedtls, -0x6c00),
	RULE(TLS_LIBRARY_2), ERR(TLS_INTERNAL), KNOWN(mbedtls),

	/* ---- certificates: a clock that is wrong makes all else look wrong ---- */
	RULE(CLOCK_2),       AMONG(err, DEAD), BEFORE(now, build),
	RULE(CLOCK_2),       ERR(TLS_FUTURE), BEFORE(now, build),
	RULE(CLOCK_2),       ERR(DEVICE_CLOCK), BEFORE(now, build),
	RULE(CLOCK_2),       AMONG(err, REFUSED), BEFORE(now, build),
	RULE(CLOCK_4),       ERR(DEVICE_CLOCK), KNOWN(told),
	RULE(CLOCK_4),       ERR(MODEM_NTP), KNOWN(told),
	RULE(CLOCK_1),       ERR(DEVICE_CLOCK),
	RULE(CLOCK_1),       ERR(MODEM_NTP),
	RULE(TLS_FUTURE_2),  ERR(TLS_FUTURE), YES(clock_agrees), KNOWN(newest),
	RULE(TLS_FUTURE_1),  ERR(TLS_FUTURE),
	RULE(TLS_EXPIRED_2), ERR(TLS_EXPIRED), NO(clock_agrees),
	RULE(TLS_ROOT_10),   ERR(TLS_EXPIRED), LEAST(clock, EVIDENCE_CLOCK_NTP), LEAST(depth, 1),
			     SAME(subject_name, issuer), KNOWN(not_after), KNOWN(now),
	RULE(TLS_EXPIRED_3), ERR(TLS_EXPIRED), LEAST(clock, EVIDENCE_CLOCK_NTP), LEAST(depth, 1), KNOWN(subject_name),
			     KNOWN(not_after), KNOWN(now),
	RULE(TLS_EXPIRED_1), ERR(TLS_EXPIRED), YES(clock_agrees), KNOWN(not_after), KNOWN(now),
	RULE(TLS_EXPIRED_4), ERR(TLS_EXPIRED), LEAST(clock, EVIDENCE_CLOCK_NTP), KNOWN(not_after), KNOWN(now),
	RULE(TLS_EXPIRED_2), ERR(TLS_EXPIRED),
	RULE(TLS_NAME_1),    ERR(TLS_NAME), KNOWN(names),
	RULE(TLS_NAME_3),    ERR(TLS_NAME),
	RULE(TLS_MITM_1),    ERR(TLS_ROOT), YES(issuer_elsewhere), KNOWN(issuer),
	RULE(TLS_ROOT_6),    ERR(TLS_ROOT), KNOWN(roots), SAME(roots, roots_bad),
	RULE(TLS_CHAIN_1),   ERR(TLS_ROOT), YES(issuer_sent), KNOWN(issuer),
	RULE(TLS_ROOT_2),    ERR(TLS_ROOT), LEAST(roots_named, 1), KNOWN(root),
	RULE(TLS_ROOT_3),    ERR(TLS_ROOT), KNOWN(good_issuer), KNOWN(issuer),
	RULE(TLS_ROOT_5),    ERR(TLS_ROOT), SAME(issuer, subject_name), IS(depth, 0),
	RULE(TLS_ROOT_8),    ERR(TLS_ROOT), IS(chain, 1), LEAST(sent, 2), KNOWN(issuer),
	RULE(TLS_ROOT_4),    ERR(TLS_ROOT), IS(chain, 1), IS(depth, 0), KNOWN(issuer),
	RULE(TLS_ROOT_1),    ERR(TLS_ROOT), KNOWN(issuer), KNOWN(roots),
	RULE(TLS_ROOT_8),    ERR(TLS_ROOT),
	RULE(TLS_WEAK_1),    ERR(TLS_WEAK), BITS(flags, 0x4000),
	RULE(TLS_WEAK_2),    ERR(TLS_WEAK),
	RULE(TLS_WEAK_2),    ERR(CERT_KEY),
	RULE(TLS_USAGE_1),   ERR(TLS_USAGE),
	RULE(TLS_CERT_1),    ERR(TLS_CERT),
	RULE(TLS_DAMAGED_1), ERR(TLS_CORRUPT),
	RULE(TLS_DAMAGED_1), ERR(TLS_PROTOCOL),

	/* ---- login: elimination ---- */
	RULE(LOGIN_VERSION_1), ERR(MQTT_CONNACK_1),
	RULE(LOGIN_ID_1),    ERR(MQTT_CONNACK_2),
	RULE(LOGIN_BUSY_1),  ERR(MQTT_CONNACK_3),
	RULE(TOKEN_SELF_2),  AMONG(err, REFUSED), NO(token_ok),
	RULE(LOGIN_CLOCK_1), AMONG(err, REFUSED), NO(clock_agrees), KNOWN(now),
	RULE(LOGIN_CLOCK_2), AMONG(err, REFUSED), LEAST(clock, EVIDENCE_CLOCK_KEPT), UNKNOWN(clock_agrees),
	RULE(LOGIN_1),       AMONG(err, REFUSED), KNOWN(good_login_at),
	RULE(LOGIN_2),       AMONG(err, REFUSED), YES(ids_ok), YES(token_ok), YES(clock_agrees),
	RULE(LOGIN_3),       AMONG(err, REFUSED),
	RULE(LOGIN_CODE_1),  ERR(MQTT_CONNACK),
	RULE(LOGIN_CLOCK_1), AMONG(err, DEAD), IS(step, EVIDENCE_AT_LOGIN), MOST(after_ms, 5000), NO(clock_agrees),
			    KNOWN(now),
	RULE(LOGIN_CLOCK_2), AMONG(err, DEAD), IS(step, EVIDENCE_AT_LOGIN), MOST(after_ms, 5000),
			    LEAST(clock, EVIDENCE_CLOCK_KEPT), UNKNOWN(clock_agrees),
	RULE(LOGIN_1),       AMONG(err, DEAD), IS(step, EVIDENCE_AT_LOGIN), MOST(after_ms, 5000), KNOWN(good_login_at),
	RULE(LOGIN_4),       AMONG(err, DEAD), IS(step, EVIDENCE_AT_LOGIN), LEAST(after_ms, 1), MOST(after_ms, 5000),
			     YES(ids_ok), YES(token_ok), YES(clock_agrees),
	RULE(LOGIN_3),       AMONG(err, DEAD), IS(step, EVIDENCE_AT_LOGIN), MOST(after_ms, 5000),
	RULE(LOGIN_LATE_1),  AMONG(err, DEAD), IS(step, EVIDENCE_AT_LOGIN),
	RULE(LOGIN_TIME_1),  ERR(MQTT_CONNACK_TIME),
	RULE(LOGIN_MQTT_1),  AMONG(err, MQTT), IS(step, EVIDENCE_AT_LOGIN),

	/* ---- a session ---- */
	RULE(MQTT_TOPIC_2),  AMONG(err, DEAD), IS(step, EVIDENCE_AT_ONLINE), LEAST(topic_closes, 2), YES(state_works),
			    KNOWN(topic),
	RULE(MQTT_TOPIC_1),  AMONG(err, DEAD), IS(step, EVIDENCE_AT_ONLINE), LEAST(topic_closes, 2), KNOWN(topic),
	RULE(MQTT_TOKEN_1),  AMONG(err, DEAD), IS(step, EVIDENCE_AT_ONLINE), LEAST(token_left_s, -660),
			    MOST(token_left_s, 660),
	RULE(MQTT_TWIN_1),   AMONG(err, DEAD), IS(step, EVIDENCE_AT_ONLINE), LEAST(kicks, 3),
	RULE(KEEPALIVE_1),   AMONG(err, DEAD), IS(step, EVIDENCE_AT_ONLINE), LEAST(keepalive_s, 1200),
			    LEAST(up_s, 1200),
	RULE(MQTT_CLOSED_1), AMONG(err, DEAD), IS(step, EVIDENCE_AT_ONLINE),
	RULE(MQTT_PING_1),   ERR(MQTT_PING_TIME),
	RULE(SOCKET_STALL_1), ERR(MQTT_ACK_TIME), KNOWN(unacked),
	RULE(MQTT_ACK_1),    ERR(MQTT_ACK_TIME),
	RULE(MQTT_SUBSCRIBE_1), ERR(MQTT_SUBSCRIBE),
	RULE(MQTT_ACK_1),    ERR(MQTT_SUBACK_TIME),
	RULE(MQTT_RULES_1),  AMONG(err, MQTT),

	/* ---- a dead socket of which no more is known ---- */
	RULE(SOCKET_1),      ERR(MODEM_SOCKET_DEAD), IS(step, EVIDENCE_AT_TLS), IS(code, 550),
	RULE(TLS_CLOSED_1),  AMONG(err, DEAD), IS(step, EVIDENCE_AT_TLS), MOST(state, 2), UNKNOWN(bytes_in),
	RULE(TLS_CLOSED_2),  AMONG(err, DEAD), IS(step, EVIDENCE_AT_TLS),
	RULE(SOCKET_2),      AMONG(err, DEAD), IS(step, EVIDENCE_AT_OPEN),
	RULE(SOCKET_1),      AMONG(err, DEAD),
	RULE(MODEM_LINE_2),  AMONG(err, ANSWER),
	RULE(MODEM_COMMAND_1), AMONG(err, AT), KNOWN(failed),
	RULE(UNKNOWN_1), LEAST(err, 1),
	OP_END
};

/* ---- reading it --------------------------------------------------------------- */

static bool among(int64_t value, unsigned group)
{
	const uint16_t *g = groups;

	for (; group > 0; group--) {
		while (*g != 0)
			g++;
		g++;
	}
	while (*g != 0 && *g != value)
		g++;
	return *g != 0;
}

static bool same(const struct evidence *e, enum evidence_id one, enum evidence_id two)
{
	if (evidence_kind(one) == EVIDENCE_TEXT)
		return bytes_equal(bytes_of(evidence_text(e, one)), bytes_of(evidence_text(e, two)));
	return evidence_number(e, one) == evidence_number(e, two);
}

static int64_t operand(const uint8_t *p)
{
	return (int16_t)(uint16_t)(p[0] | p[1] << 8);
}

/* Bytes of a condition. */
static size_t size_of(uint8_t op)
{
	return op == OP_IS || op == OP_LEAST || op == OP_MOST || op == OP_BITS ? 4 :
	       op == OP_ERR || op == OP_BEFORE || op == OP_SAME || op == OP_AMONG ? 3 : 2;
}

/* Of a condition that names a field. */
static bool field_holds(const struct evidence *e, const uint8_t *p)
{
	enum evidence_id id = (enum evidence_id)p[1];
	int64_t value = evidence_number(e, id);
	bool known = evidence_known(e, id);
	bool both = (p[0] == OP_BEFORE || p[0] == OP_SAME) && known && evidence_known(e, (enum evidence_id)p[2]);

	switch (p[0]) {
	case OP_KNOWN:   return known;
	case OP_UNKNOWN: return !known;
	case OP_YES:     return value == EVIDENCE_YES;
	case OP_NO:      return value == EVIDENCE_NO;
	case OP_IS:      return value == operand(p + 2);
	case OP_LEAST:   return known && value >= operand(p + 2);
	case OP_MOST:    return known && value <= operand(p + 2);
	case OP_BITS:    return (value & operand(p + 2)) != 0;
	case OP_BEFORE:  return both && value < evidence_number(e, (enum evidence_id)p[2]);
	case OP_SAME:    return both && same(e, id, (enum evidence_id)p[2]);
	default:         return among(value, p[2]);
	}
}

static bool holds(const struct evidence *e, const uint8_t *p)
{
	return p[0] == OP_ERR ? e->err == operand(p + 1) : field_holds(e, p);
}

static bool is_condition(uint8_t op)
{
	return op != OP_RULE && op != OP_END;
}

/* The rule behind P. */
static const uint8_t *next(const uint8_t *p)
{
	for (p += 2; is_condition(*p); p += size_of(*p))
		;
	return p;
}

static const uint8_t *rule(unsigned index)
{
	const uint8_t *p = rules;

	while (index-- > 0 && *p != OP_END)
		p = next(p);
	return p;
}

static bool all_hold(const struct evidence *e, const uint8_t *p)
{
	for (p += 2; is_condition(*p); p += size_of(*p))
		if (!holds(e, p))
			return false;
	return true;
}

bool rules_at(unsigned index, enum verdict *v)
{
	const uint8_t *p = rule(index);

	*v = *p == OP_END ? VERDICT_NONE : (enum verdict)p[1];
	return *p != OP_END;
}

bool rules_hold(const struct evidence *e, unsigned index)
{
	const uint8_t *p = rule(index);

	return *p != OP_END && all_hold(e, p);
}

enum verdict rules_decide(const struct evidence *e, unsigned *matched)
{
	const uint8_t *p = rules;
	unsigned n = 0;

	for (; *p != OP_END && !all_hold(e, p); p = next(p))
		n++;
	if (matched != NULL)
		*matched = n;
	return *p == OP_END ? VERDICT_UNKNOWN_1 : (enum verdict)p[1];
}
