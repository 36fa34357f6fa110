/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err.h - the device's one list of errors: code, number, meaning.
 *
 * A code says what happened, never what to do about it.  The first error of a
 * connection sticks; what follows from it is an echo.
 *
 * Numbers are stable for ever: they are stored in flash, sent to the cloud and
 * printed in the field.  Append, never renumber.  100 numbers a module:
 * 0 any, 100 at, 200 modem, 300 crypto, 400 mqtt, 500 iotcore, 600 store,
 * 700 device.
 */
#ifndef TERN_BASE_ERR_H
#define TERN_BASE_ERR_H

#define ERR_LIST(X)                                                                       \
	X(ERR_OK,                      0, "no error")                                     \
	X(ERR_FULL,                    1, "no room in the buffer now")                    \
	X(ERR_STATE,                   2, "call not allowed in this state")               \
	X(ERR_AGAIN,                   3, "nothing to be had now, ask again later")       \
	X(ERR_ARG,                     4, "argument outside its range")                   \
	X(ERR_TOO_LONG,                5, "longer than the place it must fit")            \
	X(ERR_NOT_FOUND,               6, "no such entry")                                \
	X(ERR_FORMAT,                  8, "text is not of the expected form")             \
                                                                                          \
	X(ERR_AT_TIMEOUT,            100, "the modem did not answer a command in time")   \
	X(ERR_AT_ERROR,              101, "the modem answered ERROR")                     \
	X(ERR_AT_CME,                102, "the modem answered +CME ERROR")                \
	X(ERR_AT_PROTOCOL,           103, "the modem's answer is not of the documented form") \
	X(ERR_AT_NO_PROMPT,          104, "the modem gave no prompt for the payload")     \
                                                                                          \
	X(ERR_MODEM_SILENT,          200, "the modem does not answer at all")             \
	X(ERR_MODEM_REBOOT,          201, "the modem restarted by itself")                \
	X(ERR_MODEM_SIM_MISSING,     202, "no SIM card is readable")                      \
	X(ERR_MODEM_SIM_PIN,         203, "the SIM card asks for a PIN that is not set")  \
	X(ERR_MODEM_SIM_PIN_BAD,     204, "the SIM card refused the PIN")                 \
	X(ERR_MODEM_SIM_PUK,         205, "the SIM card is locked and asks for its PUK")  \
	X(ERR_MODEM_SIM_FAILED,      206, "the SIM card reports a failure")               \
	X(ERR_MODEM_NO_NETWORK,      207, "no network registered the modem in time")      \
	X(ERR_MODEM_REG_DENIED,      208, "the network denied registration")              \
	X(ERR_MODEM_PDP_REFUSED,     209, "the network refused the data connection (PDP context)") \
	X(ERR_MODEM_PDP_LOST,        210, "the network took the data connection away")    \
	X(ERR_MODEM_DNS,             211, "the host name did not resolve")                \
	X(ERR_MODEM_CONNECT,         212, "the TCP connection was refused or failed")     \
	X(ERR_MODEM_OPEN_TIMEOUT,    213, "the TCP connection was not made in time")      \
	X(ERR_MODEM_CLOSED,          214, "the other end closed the TCP connection")      \
	X(ERR_MODEM_SOCKET_DEAD,     215, "the modem's socket is dead, though nothing was reported closed") \
	X(ERR_MODEM_STALLED,         216, "sent bytes stay unacknowledged: the path is dead") \
	X(ERR_MODEM_SEND_UNKNOWN,    217, "the fate of a send is unknown, so its socket was closed") \
	X(ERR_MODEM_SOCKET,          218, "the modem refused the socket for another reason") \
	X(ERR_MODEM_NTP,             219, "the time server did not answer through the modem") \
	X(ERR_MODEM_MODEL,           220, "the modem is of a kind that this driver does not know") \
	X(ERR_MODEM_APN,             221, "the modem says that no APN is set")            \
	X(ERR_MODEM_SWITCH,          222, "the modem's switch has no effect")             \
	X(ERR_MODEM_ASLEEP,          223, "the modem switched itself off to save power (PSM)") \
                                                                                          \
	X(ERR_CRYPTO_MEMORY,         300, "the TLS memory is too small for this step")    \
	X(ERR_RNG_UNSEEDED,          301, "no random seed is stored, nor can noise make one: store one with 'seed'") \
	X(ERR_RNG_FAILED,            302, "the random generator reports a failure")       \
	X(ERR_PEM_FORMAT,            303, "text is not PEM: header, base64 or footer is damaged") \
	X(ERR_PEM_LABEL,             304, "PEM holds another kind of object than expected") \
	X(ERR_KEY_FORMAT,            305, "the private key does not parse")               \
	X(ERR_KEY_TYPE,              306, "the key is neither EC P-256 nor RSA")          \
	X(ERR_KEY_CURVE,             307, "the EC key is not on curve P-256")             \
	X(ERR_KEY_SIZE,              308, "the RSA key is shorter than 2048 or longer than 4096 bits") \
	X(ERR_KEY_ENCRYPTED,         309, "the private key is encrypted with a password") \
	X(ERR_KEY_PUBLIC,            310, "a public key stands where the private one belongs") \
	X(ERR_KEY_MISSING,           311, "no private key is stored")                     \
	X(ERR_CERT_FORMAT,           312, "the certificate does not parse")               \
	X(ERR_ROOTS_EMPTY,           313, "no root certificate is stored")                \
	X(ERR_ROOTS_FULL,            314, "no room for another root certificate")         \
	X(ERR_CERT_KEY,              315, "the certificate's key is of a kind or size that is not accepted") \
	X(ERR_CERT_NOT_CA,           316, "the certificate is a server's own, not an authority's") \
	X(ERR_TLS_ROOT,              320, "no stored root vouches for the server's certificate chain") \
	X(ERR_TLS_NAME,              321, "the server's certificate is for another host name") \
	X(ERR_TLS_EXPIRED,           322, "a certificate of the server has expired by the device's clock") \
	X(ERR_TLS_FUTURE,            323, "a certificate of the server is not yet valid by the device's clock") \
	X(ERR_TLS_WEAK,              324, "the server's certificate uses a key or hash that is too weak") \
	X(ERR_TLS_USAGE,             325, "the server's certificate is not meant for a server") \
	X(ERR_TLS_ALERT,             326, "the server ended TLS with an alert")           \
	X(ERR_TLS_CLOSED,            327, "the server closed the connection during the TLS handshake") \
	X(ERR_TLS_NOT_TLS,           328, "the other end does not speak TLS")             \
	X(ERR_TLS_TIMEOUT,           329, "the TLS handshake was not finished in time")   \
	X(ERR_TLS_RECORD_SIZE,       330, "the server sent a TLS record larger than the buffer") \
	X(ERR_TLS_CORRUPT,           331, "a TLS record arrived damaged")                 \
	X(ERR_TLS_PROTOCOL,          332, "the server broke the rules of TLS")            \
	X(ERR_TLS_EOF,               333, "the server closed the TLS session in order")   \
	X(ERR_TLS_INTERNAL,          334, "the TLS library reports an internal error")    \
	X(ERR_TLS_HOST,              335, "no host name is given that the server could prove") \
	X(ERR_TLS_VERSION,           336, "the server chose a TLS version that this build does not speak") \
	X(ERR_TLS_CERT,              337, "a certificate of the server does not parse")   \
	X(ERR_JWT_ARG,               340, "the token's claims are out of their range")    \
	X(ERR_JWT_SIGN,              341, "the token could not be signed")                \
	X(ERR_JWT_FORMAT,            342, "text is not a token of three base64url parts") \
	X(ERR_JWT_SIGNATURE,         343, "the token's signature does not verify")        \
	X(ERR_PEM_HEADER,            350, "the text has no '-----BEGIN ...-----' line")   \
	X(ERR_PEM_FOOTER,            351, "the '-----END ...-----' line is missing")      \
	X(ERR_PEM_BASE64,            352, "the PEM has a character that is not base64, or wrong padding") \
	X(ERR_PEM_MISMATCH,          353, "the BEGIN and END lines of the PEM name different things") \
	X(ERR_PEM_CUT,               354, "the PEM's content is not as long as it says: a line was lost or doubled") \
	X(ERR_KEY_CERT,              356, "a certificate stands where the private key belongs") \
	X(ERR_KEY_PAIR,              357, "the private key's two halves do not belong together") \
	X(ERR_RNG_SEED,              358, "the random seed is a pattern, not random")     \
	X(ERR_RNG_NOISE,             359, "a noise source fails its health test or is silent") \
                                                                                          \
	X(ERR_MQTT_TYPE,             400, "packet type that a broker may not send")       \
	X(ERR_MQTT_FLAGS,            401, "reserved header flags set")                    \
	X(ERR_MQTT_LENGTH,           402, "packet length is wrong for its type")          \
	X(ERR_MQTT_ORDER,            403, "packet legal, but not in this state")          \
	X(ERR_MQTT_UTF8,             404, "text is not well-formed UTF-8")                \
	X(ERR_MQTT_TOPIC,            405, "topic is empty or has a wildcard where none may be") \
	X(ERR_MQTT_ID,               406, "packet identifier is zero or not in use")      \
	X(ERR_MQTT_QOS,              407, "quality of service that is not supported here") \
	X(ERR_MQTT_HEADER_ROOM,      408, "topic of an incoming message is longer than the buffer") \
	X(ERR_MQTT_LEVEL,            409, "protocol is not MQTT 3.1.1")                   \
	X(ERR_MQTT_CONNACK_1,        411, "broker refuses the protocol version (CONNACK 1)") \
	X(ERR_MQTT_CONNACK_2,        412, "broker refuses the client identifier (CONNACK 2)") \
	X(ERR_MQTT_CONNACK_3,        413, "broker is not available (CONNACK 3)")          \
	X(ERR_MQTT_CONNACK_4,        414, "broker refuses user name or password (CONNACK 4)") \
	X(ERR_MQTT_CONNACK_5,        415, "broker does not authorise this client (CONNACK 5)") \
	X(ERR_MQTT_CONNACK,          416, "broker refuses the login with an unknown code") \
	X(ERR_MQTT_CONNACK_TIME,     420, "broker did not answer the login in time")      \
	X(ERR_MQTT_PING_TIME,        421, "broker did not answer a ping in time")         \
	X(ERR_MQTT_SUBSCRIBE,        422, "broker refuses a subscription")                \
	X(ERR_MQTT_ACK_TIME,         423, "broker did not acknowledge a message in time") \
	X(ERR_MQTT_SUBACK_TIME,      424, "broker did not answer a subscription in time") \
	X(ERR_MQTT_INBOUND,          425, "more QoS 2 messages came at once than can be remembered") \
	X(ERR_MQTT_SESSION,          426, "broker claims a stored session where a clean one was asked for") \
                                                                                          \
	X(ERR_IOTCORE_PROJECT,       500, "project id is not of the form 'my-project-123456'") \
	X(ERR_IOTCORE_REGION,        501, "cloud region is not of the form 'europe-west1'") \
	X(ERR_IOTCORE_REGISTRY,      502, "registry id is not a letter and 2 to 254 of letters, digits, -._+~%") \
	X(ERR_IOTCORE_DEVICE,        503, "device id is not a letter and 2 to 254 of letters, digits, -._+~%") \
	X(ERR_IOTCORE_CONNSTR,    504,                                                    \
	  "connection string is not 'project-id=...;registry-id=...;device-id=...;cloud-region=...'") \
	X(ERR_IOTCORE_CONFIG_SIZE,   505, "configuration from the cloud is larger than the device can hold") \
	X(ERR_IOTCORE_EVENT_SIZE,    506, "telemetry message is larger than the contract or the buffer allows") \
	X(ERR_IOTCORE_STATE_SIZE,    507, "state is larger than the contract or the buffer allows") \
	X(ERR_IOTCORE_SUBFOLDER,     508, "subfolder has a character that a topic may not have") \
	X(ERR_IOTCORE_RENEW,         509, "planned reconnect: the token is about to expire") \
	X(ERR_IOTCORE_GOOG,          510, "id starts with 'goog', which the contract forbids") \
	X(ERR_IOTCORE_KEY,           511, "connection string has an unknown key")         \
	X(ERR_IOTCORE_KEY_TWICE,     512, "connection string has a key twice")            \
	X(ERR_IOTCORE_KEY_MISSING,   513, "connection string lacks a key")                \
	X(ERR_IOTCORE_COMMAND_SIZE,  514, "command from the cloud is larger than the device can hold") \
	X(ERR_IOTCORE_TOPIC,         515, "message from the cloud on a topic that was not subscribed to") \
                                                                                          \
	X(ERR_FLASH_RANGE,           600, "flash address or length out of range or misaligned") \
	X(ERR_FLASH_PROGRAM,         601, "flash cell was not erased before it was written") \
	X(ERR_FLASH_IO,              602, "flash controller reports a failure")           \
	X(ERR_FLASH_VERIFY,          603, "flash reads back other bytes than were written") \
	X(ERR_STORE_FULL,            604, "no room in the settings")                      \
	X(ERR_STORE_CORRUPT,         605, "stored data is damaged")                       \
	X(ERR_OUTBOX_FULL,           606, "no room in the outbox")                        \
                                                                                          \
	X(ERR_DEVICE_SETTING,        700, "a setting that is needed to connect is missing") \
	X(ERR_DEVICE_CLOCK,          701, "the clock is not set: neither network nor time server told the time") \
	X(ERR_DEVICE_HOST_DEAD,      702, "this host was shut down with Google IoT Core on 2023-08-16") \
	X(ERR_DEVICE_ROOTS_ENDED,    703, "every root certificate that is stored has ended by the clock")

#define ERR_ENUM(name, number, text) name = number,
enum err { ERR_LIST(ERR_ENUM) };
#undef ERR_ENUM

/* The result must be looked at. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* Built once, where the linker would build it into each of its callers. */
#define OUT_OF_LINE __attribute__((noinline))

/* "TLS_ROOT" for ERR_TLS_ROOT and its meaning in words; for a number that is
 * not on the list "UNLISTED".  Static strings, never NULL. */
const char *err_name(enum err e);
const char *err_text(enum err e);

#endif
