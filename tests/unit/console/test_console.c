/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "store/settings.h"
#include "unit/console/rig.h"
#include "unit/console/samples.h"

#include <stdio.h>
#include <string.h>

#define SEED "e87d824c9bd78ee2896d2eb08d1c8600095ddb275b56f227e08b4f496576fe18"
#define IDS  "project-id=acme-iot-123456;registry-id=lab;device-id=dev-1;cloud-region=europe-west1"
#define EC_SAID "key: EC P-256 (ES256)\r\npublic half: sha256 " SAMPLE_EC_FINGERPRINT "\r\n"
#define ROOT_1_SAID "root 1: Example Root 1 (Example Trust), until 2046-11-17\r\n"
#define PASTE_CA "paste certificates of authorities, PEM; any command ends this\r\n"
#define PASTE_KEY "paste the private key, PEM; it is not echoed\r\n"
#define MEMORY "45056"    /* of a rig on a machine of 64 bits */
#define PROMPT "tern> "
#define ASK_ERASE "factory-reset\r\nerase every setting, the key, the roots and the seed? Type 'yes'\r\n" \
	"yes/no> yes\r\nIt cannot be undone.  Type 'erase', or the device's id, to do it\r\nerase> "
#define MAKE_P256 "make one with 'openssl ecparam -name prime256v1 -genkey -noout -out key.pem' and register its " \
	"public half. Nothing stored. "
#define ENCRYPTED "The private key (line 1) is encrypted with a password, which a device cannot type: take it off " \
	"with 'openssl pkey -in FILE -out key.pem' and give what that writes. Nothing stored. [KEY-ENCRYPTED]\r\n"
#define KEY_USAGE \
	"error: usage: key new [--replace] | key public | key, then paste the private key on the lines after it\r\n"

struct row {
	const char *name;
	const char *before;     /* typed first; what it says is not looked at */
	const char *in;
	const char *said;       /* exactly, from the first echoed byte to the last prompt */
};

static const struct row rows[] = {
	/* ---- lines */
	{ "an empty line gives a new prompt", NULL, "\r", "\r\n" PROMPT },
	{ "blanks give a new prompt", NULL, "   \r\n", "   \r\n" PROMPT },
	{ "a remark is passed over", NULL, "# set port 1\r", "# set port 1\r\n" PROMPT },
	{ "an unknown command is named", NULL, "dial now\r",
	  "dial now\r\nerror: no command 'dial'; 'help' lists them\r\n" PROMPT },
	{ "Ctrl-C gives a line up", NULL, "set port 1\x03version\r",
	  "set port 1^C\r\n" PROMPT "version\r\nTern 0.0.0\r\n" PROMPT },
	{ "Ctrl-U begins a line again", NULL, "set\x15version\r",
	  "set\r\x1b[K" PROMPT "version\r\nTern 0.0.0\r\n" PROMPT },
	{ "a command may be corrected", NULL, "versoin\b\b\bion\r",
	  "versoin\b \b\b \b\b \bion\r\nTern 0.0.0\r\n" PROMPT },
	{ "case does not matter in names", NULL, "SET Port 443\r",
	  "SET Port 443\r\nport          443\r\n" PROMPT },
	{ "help for one command", NULL, "help seed\r",
	  "help seed\r\nseed                        store the random seed, 64 hexadecimal digits\r\n" PROMPT },

	/* ---- set, get, unset */
	{ "a host is stored", NULL, "set host iot.acme.example\n",
	  "set host iot.acme.example\r\nhost          iot.acme.example\r\n" PROMPT },
	{ "a value between quotes", NULL, "set host \"iot.acme.example\"\r",
	  "set host \"iot.acme.example\"\r\nhost          iot.acme.example\r\n" PROMPT },
	{ "a wrong port is named", NULL, "set port 88833\r",
	  "set port 88833\r\n"
	  "error: The port '88833' is no number from 1 to 65535: set 8883, or 443 where a firewall lets nothing else "
	  "through.\r\n" PROMPT },
	{ "a wrong value changes nothing", "set port 443\r", "set port x\rget port\r",
	  "set port x\r\n"
	  "error: The port 'x' is no number from 1 to 65535: set 8883, or 443 where a firewall lets nothing else "
	  "through.\r\n" PROMPT
	  "get port\r\nport          443\r\n" PROMPT },
	{ "a dead host is refused", NULL, "set host mqtt.googleapis.com\r",
	  "set host mqtt.googleapis.com\r\n"
	  "error: The host 'mqtt.googleapis.com' is Google's, which ended its IoT service on 2023-08-16: set that of a "
	  "bridge of your own, or ClearBlade's (europe-west1-g5-mqtt.clearblade.com); ids and keys can stay.\r\n" PROMPT },
	{ "a project's name is not its id", NULL, "set project My First Project\r",
	  "set project My First Project\r\n"
	  "error: The project id 'My First Project' is not an id (capitals or blanks): that is the project's NAME; the id "
	  "is such as 'my-project-123456', and stands beside it in the cloud console.\r\n" PROMPT },
	{ "a remark stands below the value", NULL, "set port 1883\r",
	  "set port 1883\r\nport          1883\r\n"
	  "warning: The port 1883 is where MQTT without TLS is usual, and Tern speaks TLS only: most likely 8883 is "
	  "meant.\r\n" PROMPT },
	{ "defaults say so", NULL, "get port\rget interval\r",
	  "get port\r\nport          8883 (default)\r\n" PROMPT
	  "get interval\r\ninterval      5 s (default)\r\n" PROMPT },
	{ "unset", "set interval 60\r", "unset interval\rget interval\r",
	  "unset interval\r\ninterval is not set any more\r\n" PROMPT
	  "get interval\r\ninterval      5 s (default)\r\n" PROMPT },
	{ "an unknown setting is named", NULL, "set hots x\r",
	  "set hots x\r\nerror: no setting 'hots'; there are host, port, project, region, registry, device, apn, "
	  "apn-user, apn-password, pin, ntp, interval, baud, probe\r\n" PROMPT },
	{ "a value is missing", NULL, "set host\r",
	  "set host\r\nerror: usage: set NAME VALUE ('get' lists the names)\r\n" PROMPT },
	{ "a wrong value cannot write to the terminal", NULL, "set host a\xff\r",
	  "set host a\xff\r\nerror: The host 'a\\xff' is no host name: set one such as iot.example.com.\r\n" PROMPT },
	{ "a PIN is neither echoed nor shown", NULL, "set pin 4711\rget pin\r",
	  "set pin \r\npin           set\r\n" PROMPT "get pin\r\npin           set\r\n" PROMPT },
	{ "a wrong PIN is not repeated", NULL, "set  PIN 47x1\r",
	  "set  PIN \r\nerror: The SIM PIN is not 4 to 8 digits: set it as it stands on the SIM's letter, or "
	  "switch the PIN off in a phone.\r\n" PROMPT },
	{ "a PIN can be corrected before it begins", NULL, "set pin 47\b\b\b\b\b\bort 443\r",
	  "set pin \b \b\b \b\b \b\b \bort 443\r\nerror: no setting 'ort'; there are host, port, project, region, "
	  "registry, device, apn, apn-user, apn-password, pin, ntp, interval, baud, probe\r\n" PROMPT },
	{ "a password may have blanks", NULL, "set apn-password open sesame\rget apn-password\r",
	  "set apn-password \r\napn-password  set\r\n" PROMPT "get apn-password\r\napn-password  set\r\n" PROMPT },

	/* ---- connection string */
	{ "a connection string at the prompt", NULL, IDS "\rget device\r",
	  IDS "\r\nproject, region, registry and device are set\r\n" PROMPT "get device\r\ndevice        dev-1\r\n" PROMPT },
	{ "a connection string by set", NULL, "set connection \"" IDS ";\"\r",
	  "set connection \"" IDS ";\"\r\nproject, region, registry and device are set\r\n" PROMPT },
	{ "a connection string lacks a part", NULL, "project-id=acme-iot-123456;device-id=dev-1\r",
	  "project-id=acme-iot-123456;device-id=dev-1\r\n"
	  "error: connection string has no 'registry-id=...'\r\n" PROMPT },
	{ "a connection string has a part twice", NULL, "device-id=dev-1;device-id=dev-2\r",
	  "device-id=dev-1;device-id=dev-2\r\nerror: connection string has more than one 'device-id=...'\r\n" PROMPT },
	{ "a connection string has an unknown part", NULL, "project=acme-iot-123456\r",
	  "project=acme-iot-123456\r\nerror: connection string: 'project' is none of project-id=..., "
	  "registry-id=..., device-id=..., cloud-region=...\r\n" PROMPT },
	{ "a connection string with the project's name", NULL,
	  "project-id=My First Project;registry-id=lab;device-id=dev-1;cloud-region=europe-west1\r",
	  "project-id=My First Project;registry-id=lab;device-id=dev-1;cloud-region=europe-west1\r\n"
	  "error: The project id 'My First Project' is not an id (capitals or blanks): that is the project's NAME; the id "
	  "is such as 'my-project-123456', and stands beside it in the cloud console.\r\n" PROMPT },
	{ "a wrong connection string changes nothing", IDS "\r",
	  "project-id=other-project;registry-id=lab;device-id=?;cloud-region=x\rget project\r",
	  "project-id=other-project;registry-id=lab;device-id=?;cloud-region=x\r\n"
	  "error: The device id '?' has '?' as its character 1, and ids are of letters, digits and - . _ + ~ % only: "
	  "compare it with the cloud console.\r\n" PROMPT
	  "get project\r\nproject       acme-iot-123456\r\n" PROMPT },

	/* ---- seed */
	{ "a seed is asked for and not echoed", NULL, "seed\r" SEED "\rget seed\r",
	  "seed\r\n64 hexadecimal digits from 'openssl rand -hex 32'; they are not echoed\r\n"
	  "seed> \r\nseed stored\r\n" PROMPT "get seed\r\nset\r\n" PROMPT },
	{ "a seed on one line is not echoed", NULL, "seed " SEED "\r", "seed \r\nseed stored\r\n" PROMPT },
	{ "a short seed", NULL, "seed 00ff\r",
	  "seed \r\nerror: the seed has 4 characters instead of 64 hexadecimal digits; nothing changed\r\n" PROMPT },
	{ "a seed with a letter too much", NULL,
	  "seed\rg87d824c9bd78ee2896d2eb08d1c8600095ddb275b56f227e08b4f496576fe18\r",
	  "seed\r\n64 hexadecimal digits from 'openssl rand -hex 32'; they are not echoed\r\nseed> \r\n"
	  "error: the seed has a character that is no hexadecimal digit; nothing changed\r\n" PROMPT },
	{ "a seed that is a pattern", NULL,
	  "seed 0000000000000000000000000000000000000000000000000000000000000000\r",
	  "seed \r\nerror: the seed is a pattern, not random: 'openssl rand -hex 32' makes one; nothing changed\r\n" PROMPT },
	{ "a seed given up", NULL, "seed\re87d82\x03get seed\r",
	  "seed\r\n64 hexadecimal digits from 'openssl rand -hex 32'; they are not echoed\r\nseed> ^C\r\n" PROMPT
	  "get seed\r\nnot set\r\n" PROMPT },
	{ "a seed pasted at the prompt stops being echoed", NULL, SEED "\r",
	  "e87d824c9bd78ee28\r\nerror: no command 'e87d824c9bd78ee2'...; 'help' lists them\r\n" PROMPT },

	/* ---- key */
	{ "a key is stored and shown by its public half", NULL, "key\r" SAMPLE_EC_KEY "get key\r",
	  "key\r\n" PASTE_KEY "key> \r\n" EC_SAID PROMPT
	  "get key\r\nEC P-256 (ES256), sha256 d3d0871e3aa2f705...\r\n" PROMPT },
	{ "a key is known by its markers", NULL, SAMPLE_EC_KEY_PKCS8, "-----BEGIN \r\n" EC_SAID PROMPT },
	{ "what openssl prints behind a key is neither echoed nor taken", NULL,
	  "key\r" SAMPLE_EC_KEY "ASN1 OID: prime256v1\r    0a:ba:9a:84\rget port\rfoo\r",
	  "key\r\npaste the private key, PEM; it is not echoed\r\nkey> \r\n" EC_SAID PROMPT
	  "\r\nerror: what stands behind '-----END' is no command, and is skipped\r\n" PROMPT "    \r\n" PROMPT
	  "get port\r\nport          8883 (default)\r\n" PROMPT
	  "foo\r\nerror: no command 'foo'; 'help' lists them\r\n" PROMPT },
	{ "a key behind its command", NULL, "key " SAMPLE_EC_KEY, "key \r\n" EC_SAID PROMPT },
	{ "EC PARAMETERS before a key are passed over", NULL, "key\r" SAMPLE_EC_KEY_WITH_PARAMETERS,
	  "key\r\n" PASTE_KEY "key> \r\nEC PARAMETERS is not needed: passed over\r\nkey> \r\n" EC_SAID PROMPT },
	{ "an RSA key", NULL, SAMPLE_RSA2048_KEY,
	  "-----BEGIN \r\nkey: RSA 2048 (RS256)\r\npublic half: sha256 " SAMPLE_RSA2048_FINGERPRINT "\r\n" PROMPT },
	{ "an RSA key that is too short", NULL, SAMPLE_RSA1024_KEY,
	  "-----BEGIN \r\nerror: PEM 1: The key is RSA of 1024 bits, and 2048 is the least that is safe: make an EC P-256 key "
	  "with 'openssl ecparam -name prime256v1 -genkey -noout -out key.pem' or RSA with 'openssl genrsa -out key.pem "
	  "2048'. Nothing stored. [KEY-RSA-SMALL]\r\n" PROMPT },
	{ "a public key in the place of the key", NULL, "key\r" SAMPLE_PUBLIC_KEY,
	  "key\r\n" PASTE_KEY "key> \r\nerror: key: A PUBLIC key ('BEGIN PUBLIC KEY', line 1) stands where the private "
	  "one belongs: paste the file that begins with 'BEGIN EC PRIVATE KEY' or 'BEGIN PRIVATE KEY'. Nothing stored. "
	  "[KEY-IS-PUBLIC]\r\n" PROMPT },
	{ "a certificate in the place of the key", NULL, "key\r" SAMPLE_ROOT_1,
	  "key\r\n" PASTE_KEY "key> \r\nerror: key: A certificate ('BEGIN CERTIFICATE', line 1) stands where the key "
	  "belongs: give the key, which is a file of its own beside the certificate. Nothing stored. "
	  "[KEY-IS-CERT]\r\n" PROMPT },
	{ "an encrypted key", NULL, SAMPLE_ENCRYPTED_PKCS8,
	  "-----BEGIN \r\nerror: PEM 1: " ENCRYPTED PROMPT },
	{ "an encrypted key of the old kind", NULL, SAMPLE_ENCRYPTED_SEC1,
	  "-----BEGIN \r\nerror: PEM 1: " ENCRYPTED PROMPT },
	{ "a key on another curve", NULL, SAMPLE_SECP256K1_KEY,
	  "-----BEGIN \r\nerror: PEM 1: The key is EC secp256k1, and ES256 tokens need EC P-256 (prime256v1): " MAKE_P256
	  "[KEY-CURVE]\r\n" PROMPT },
	{ "a key of another kind", NULL, SAMPLE_ED25519_KEY,
	  "-----BEGIN \r\nerror: PEM 1: The key is Ed25519, and tokens need EC P-256 (prime256v1) or RSA: " MAKE_P256
	  "[KEY-TYPE]\r\n" PROMPT },
	{ "a wrong key leaves the old one", SAMPLE_EC_KEY, SAMPLE_P384_KEY "get key\r",
	  "-----BEGIN \r\nerror: PEM 2: The key is EC P-384, and ES256 tokens need EC P-256 (prime256v1): " MAKE_P256
	  "[KEY-CURVE]\r\n" PROMPT
	  "get key\r\nEC P-256 (ES256), sha256 d3d0871e3aa2f705...\r\n" PROMPT },

	{ "a public half", SAMPLE_EC_KEY, "key public\r",
	  "key public\r\n-----BEGIN PUBLIC KEY-----\r\n"
	  "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEnDXo23c1aLSbTiiXHWQX6GfFDcmv\r\n"
	  "KgprTwP8Vs0/BFnISdj0SX3OJ+NkOB2Z0N9lHxAWdXWcnSa+VJfZoHcCgQ==\r\n-----END PUBLIC KEY-----\r\n" PROMPT },
	{ "no public half", NULL, "key public\r", "key public\r\nerror: key: no private key is stored\r\n" PROMPT },
	{ "a key cannot be made without a seed", NULL, "key make\r",
	  "key make\r\nerror: key: no random seed is stored, nor can noise make one: store one with 'seed'\r\n" PROMPT },
	{ "a key that is stored is not replaced by one that is made", "seed " SEED "\r" SAMPLE_EC_KEY, "key make\rget key\r",
	  "key make\r\nerror: a key is stored, and may be registered: 'key new --replace' makes another in its place; "
	  "nothing changed\r\n" PROMPT
	  "get key\r\nEC P-256 (ES256), sha256 d3d0871e3aa2f705...\r\n" PROMPT },
	{ "what stands behind key is echoed only as far as it is a word", NULL, "key mak\r",
	  "key mak\r\n" KEY_USAGE PROMPT },
	{ "what may be part of a key is not echoed", NULL, "key maMHcCAQEEIBbA\r",
	  "key ma\r\n" KEY_USAGE PROMPT },

	/* ---- check */
	{ "a device that is new", NULL, "check\r",
	  "check\r\nboard 756e69742074657374\r\n"
	  "error:   host          not set: 'set host VALUE'\r\n"
	  "ok:      port          8883 (default)\r\n"
	  "error:   project       not set: 'set project VALUE'\r\n"
	  "error:   region        not set: 'set region VALUE'\r\n"
	  "error:   registry      not set: 'set registry VALUE'\r\n"
	  "error:   device        not set: 'set device VALUE'\r\n"
	  "note:    apn           not set: the network's own is taken; most SIM providers\r\n"
	  "                       name one\r\n"
	  "error:   key           not set: 'key new', then register what 'key public'\r\n"
	  "                       prints\r\n"
	  "error:   roots         not set: paste the root of your server after 'ca'\r\n"
	  "error:   seed          not set: 'seed', then the line that 'openssl rand -hex\r\n"
	  "                       32' prints\r\n"
	  "note:    clock         not set: a start asks the network\r\n"
	  "ok:      memory        " MEMORY " bytes for TLS\r\n"
	  "8 errors: not ready to connect\r\n" PROMPT },
	{ "a device that has all", "set host iot.acme.example\rset apn internet\r" IDS "\rseed " SEED "\r" SAMPLE_EC_KEY
	  SAMPLE_ROOT_1, "check\r",
	  "check\r\nboard 756e69742074657374\r\n"
	  "ok:      host          iot.acme.example\r\n"
	  "ok:      port          8883 (default)\r\n"
	  "ok:      project       acme-iot-123456\r\n"
	  "ok:      region        europe-west1\r\n"
	  "ok:      registry      lab\r\n"
	  "ok:      device        dev-1\r\n"
	  "ok:      apn           internet\r\n"
	  "ok:      key           EC P-256 (ES256), sha256 d3d0871e3aa2f705...\r\n"
	  "ok:      login         token signed, and verified with the key's own public\r\n"
	  "                       half; the login takes 308 of 1120 bytes\r\n"
	  "ok:      root 1        Example Root 1 (Example Trust), until 2046-11-17, sha256\r\n"
	  "                       " SAMPLE_ROOT_1_SHORT "...\r\n"
	  "ok:      seed          set\r\n"
	  "note:    clock         not set: a start asks the network\r\n"
	  "ok:      memory        " MEMORY " bytes for TLS\r\n"
	  "ready to connect\r\n" PROMPT },
	{ "what is wrong, and what may be", "set host europe-west1-mqtt.clearblade.com\rset port 8833\rset pin 12345678\r"
	  "project-id=my-project-123456;registry-id=lab;device-id=dev-1;cloud-region=us-central1\r", "check\r",
	  "check\r\nboard 756e69742074657374\r\n"
	  "warning: host          The host 'europe-west1-mqtt.clearblade.com' is\r\n"
	  "                       ClearBlade's older one, under DigiCert's older root,\r\n"
	  "                       which is being retired: move to\r\n"
	  "                       REGION-g5-mqtt.clearblade.com and its root.\r\n"
	  "warning: port          The port 8833 looks like 8883 with a digit wrong: most\r\n"
	  "                       likely 8883 is meant.\r\n"
	  "warning: project       The project id 'my-project-123456' is most likely an\r\n"
	  "                       example out of a manual: set your own.\r\n"
	  "warning: region        The region 'us-central1' is not that of the host\r\n"
	  "                       'europe-west1-mqtt.clearblade.com': a login goes to the\r\n"
	  "                       host of the registry's own region; change one of the\r\n"
	  "                       two.\r\n"
	  "ok:      registry      lab\r\n"
	  "ok:      device        dev-1\r\n"
	  "note:    apn           not set: the network's own is taken; most SIM providers\r\n"
	  "                       name one\r\n"
	  "warning: pin           The SIM PIN has 8 digits, as a PUK has, and PINs mostly\r\n"
	  "                       have 4: look again before a try is lost.\r\n"
	  "error:   key           not set: 'key new', then register what 'key public'\r\n"
	  "                       prints\r\n"
	  "error:   roots         not set: paste the root of your server after 'ca'\r\n"
	  "error:   seed          not set: 'seed', then the line that 'openssl rand -hex\r\n"
	  "                       32' prints\r\n"
	  "note:    clock         not set: a start asks the network\r\n"
	  "ok:      memory        " MEMORY " bytes for TLS\r\n"
	  "3 errors, 5 warnings: not ready to connect\r\n" PROMPT },

	/* ---- ca */
	{ "a root is stored", NULL, "ca\r" SAMPLE_ROOT_1 "\rca list\r",
	  "ca\r\n" PASTE_CA "ca> -----BEGIN \r\n" ROOT_1_SAID "ca> \r\nca> ca list\r\n" ROOT_1_SAID PROMPT },
	{ "a root is known by its markers", NULL, SAMPLE_ROOT_1, "-----BEGIN \r\n" ROOT_1_SAID PROMPT },
	{ "a bundle with text around", NULL,
	  "ca\r# Example\r\n\r\n" SAMPLE_ROOT_1 "\nsubject=Example\n" SAMPLE_ROOT_2 "version\r",
	  "ca\r\n" PASTE_CA "ca> # Example\r\nnote: text outside of '-----BEGIN' to '-----END' is skipped\r\nca> \r\n"
	  "ca> -----BEGIN \r\n" ROOT_1_SAID "ca> \r\nca> subject=Example\r\nca> -----BEGIN \r\n"
	  "root 2: Example Root 2 (Example Trust), until 2046-11-17\r\nca> version\r\nTern 0.0.0\r\n" PROMPT },
	{ "a root twice is stored once", SAMPLE_ROOT_1 SAMPLE_ROOT_2, SAMPLE_ROOT_1 "ca list\r",
	  "-----BEGIN \r\nroot 1: Example Root 1 (Example Trust), until 2046-11-17 (is stored already)\r\n" PROMPT
	  "ca list\r\n" ROOT_1_SAID "root 2: Example Root 2 (Example Trust), until 2046-11-17\r\n" PROMPT },
	{ "a server's certificate is no root", NULL, SAMPLE_SERVER,
	  "-----BEGIN \r\nerror: Certificate 1 (iot.example.com) is a server's own certificate, not an authority's: install "
	  "that of the authority that issued it, 'iot.example.com'. Nothing stored. [ROOT-NOT-CA]\r\n" PROMPT },
	{ "a key in the place of a root", NULL, "ca\r" SAMPLE_EC_KEY,
	  "ca\r\n" PASTE_CA "ca> -----BEGIN \r\nerror: certificate 1: A key ('BEGIN EC PRIVATE KEY', line 1) stands "
	  "where a root certificate belongs: give the certificate of the authority ('BEGIN CERTIFICATE'), and keep private "
	  "keys secret. Nothing stored. [ROOT-IS-KEY]\r\nca> " },
	{ "no root", NULL, "ca list\r", "ca list\r\nno root is stored; 'ca' adds one\r\n" PROMPT },
	{ "a removed root makes room for another", SAMPLE_ROOT_1 SAMPLE_ROOT_2, "ca remove 1\rca list\r" SAMPLE_ROOT_1,
	  "ca remove 1\r\nroot removed\r\n" PROMPT
	  "ca list\r\nroot 2: Example Root 2 (Example Trust), until 2046-11-17\r\n" PROMPT
	  "-----BEGIN \r\n" ROOT_1_SAID PROMPT },
	{ "a root that is not there", SAMPLE_ROOT_1, "ca remove 2\r",
	  "ca remove 2\r\nerror: root '2' is not stored; 'ca list' shows the numbers\r\n" PROMPT },
	{ "all roots", SAMPLE_ROOT_1 SAMPLE_ROOT_2, "ca clear\rca list\r",
	  "ca clear\r\nall roots removed\r\n" PROMPT "ca list\r\nno root is stored; 'ca' adds one\r\n" PROMPT },

	/* ---- the device */
	{ "start says what is missing", NULL, "start\r",
	  "start\r\nerror: nothing is set yet: 'setup' asks for what is needed\r\n" PROMPT },
	{ "start says that the key is missing", "set host iot.acme.example\r" IDS "\rset apn internet\r", "start\r",
	  "start\r\nerror: not started [KEY_MISSING]\r\n" PROMPT },
	{ "stop when nothing runs", NULL, "stop\r", "stop\r\nstopped already\r\n" PROMPT },
	{ "a word too many changes nothing", "set port 443\r", "unset port host\rget port host\rget port\r",
	  "unset port host\r\nerror: usage: unset NAME\r\n" PROMPT
	  "get port host\r\nerror: usage: get [NAME]\r\n" PROMPT "get port\r\nport          443\r\n" PROMPT },
	{ "nor does it begin anything", NULL, "factory-reset now\rstart now\rca clear all\rca remove 1 2\r",
	  "factory-reset now\r\nerror: factory-reset takes nothing behind it, not 'now'\r\n" PROMPT
	  "start now\r\nerror: start takes nothing behind it, not 'now'\r\n" PROMPT
	  "ca clear all\r\nerror: usage: ca | ca list | ca remove N | ca clear\r\n" PROMPT
	  "ca remove 1 2\r\nerror: usage: ca [list|remove N|clear]\r\n" PROMPT },
	{ "factory-reset asks", "set port 443\r", "factory-reset\rno\rget port\r",
	  "factory-reset\r\nerase every setting, the key, the roots and the seed? Type 'yes'\r\nyes/no> no\r\n"
	  "nothing erased\r\n" PROMPT "get port\r\nport          443\r\n" PROMPT },
	{ "factory-reset asks twice", "set port 443\r", "factory-reset\ryes\ryes\rget port\r",
	  ASK_ERASE "yes\r\nnothing erased\r\n" PROMPT "get port\r\nport          443\r\n" PROMPT },
	{ "the device's id is as good, another's is not", IDS "\r", "factory-reset\ryes\rdev-2\rfactory-reset\ryes\rdev-1\r",
	  ASK_ERASE "dev-2\r\nnothing erased\r\n" PROMPT ASK_ERASE "dev-1\r\nall erased\r\n" PROMPT },
	{ "factory-reset erases", "set port 443\r" SAMPLE_ROOT_1 "seed " SEED "\r",
	  "factory-reset\ryes\rERASE \rget port\rca list\rget seed\r",
	  ASK_ERASE "ERASE \r\nall erased\r\n" PROMPT "get port\r\nport          8883 (default)\r\n" PROMPT
	  "ca list\r\nno root is stored; 'ca' adds one\r\n" PROMPT "get seed\r\nnot set\r\n" PROMPT },
};

static const size_t chunks[] = { 0, 1, 2, 3, 5, 16, 63, 64, 65, 250 };

static struct rig rig;

static void replay(const struct row *row, size_t chunk, size_t drain)
{
	rig_init(&rig);
	if (row->before != NULL)
		rig_say(&rig, row->before);
	rig_forget(&rig);
	rig.drain = drain;
	rig_type(&rig, row->in, strlen(row->in), chunk);
	assert_string_equal(rig.said, row->said);
}

static void every_row_in_every_chunking(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		print_message("         %s\n", rows[i].name);
		for (size_t k = 0; k < sizeof chunks / sizeof chunks[0]; k++)
			replay(&rows[i], chunks[k], 0);
		replay(&rows[i], 0, 1);
		replay(&rows[i], 0, 100);
	}
}

/* ---- properties --------------------------------------------------------- */

static void setup_all(void)
{
	rig_init(&rig);
	rig_say(&rig, "set host iot.acme.example\r" IDS "\rset apn internet\rset pin 4711\r"
		"set apn-password sesame-17\rset interval 60\rseed " SEED "\r");
	rig_say(&rig, SAMPLE_EC_KEY SAMPLE_ROOT_1 SAMPLE_ROOT_2);
}

static void settings_survive_a_restart(void **state)
{
	(void)state;
	setup_all();
	rig_restart(&rig);
	rig_forget(&rig);
	rig_say(&rig, "get\r");
	assert_string_equal(rig.said,
		"get\r\n"
		"host          iot.acme.example\r\n"
		"port          8883 (default)\r\n"
		"project       acme-iot-123456\r\n"
		"region        europe-west1\r\n"
		"registry      lab\r\n"
		"device        dev-1\r\n"
		"apn           internet\r\n"
		"apn-user      not set\r\n"
		"apn-password  set\r\n"
		"pin           set\r\n"
		"ntp           not set\r\n"
		"interval      60 s\r\n"
		"baud          115200 (default)\r\n"
		"probe         not set\r\n"
		"key           EC P-256 (ES256), sha256 d3d0871e3aa2f705...\r\n"
		"seed          set\r\n"
		"root 1: Example Root 1 (Example Trust), until 2046-11-17\r\n"
		"root 2: Example Root 2 (Example Trust), until 2046-11-17\r\n"
		PROMPT);
}

static void status_of_a_stopped_device(void **state)
{
	(void)state;
	rig_init(&rig);
	rig_forget(&rig);
	rig_say(&rig, "status\r");
	assert_non_null(strstr(rig.said, "state         stopped; logins: 0, failures: 0\r\n"));
	assert_non_null(strstr(rig.said, "last error    none since the last success\r\n"));
	assert_non_null(strstr(rig.said, "signal        not known\r\n"));
	assert_non_null(strstr(rig.said, "clock         not set\r\n"));
	assert_non_null(strstr(rig.said, "TLS           no session yet\r\n"));
	assert_non_null(strstr(rig.said, "queue         waiting: 0, acknowledged: 0, given up: 0\r\n"));
	assert_string_equal(rig.said + rig.said_len - strlen(PROMPT), PROMPT);
}

/* None of these may be in anything the console ever says. */
static const char *const secrets[] = {
	"4711", "sesame", "MHcCAQEE", SEED + 17, "e87d824c9bd78ee289"
};

static void no_secret(void)
{
	static const char body[] = SAMPLE_EC_KEY;

	for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
		if (strstr(rig.said, secrets[i]) != NULL)
			fail_msg("%s is in: ...%s", secrets[i], rig.said_len > 200 ? rig.said + rig.said_len - 200 : rig.said);
	for (const char *line = strchr(body, '\n') + 1; *line != '-'; line = strchr(line, '\n') + 1) {
		char start[12] = "";

		memcpy(start, line, 8);
		assert_null(strstr(rig.said, start));
	}
}

/* Sixteen digits of the fingerprint in what "key make" or "get key" said. */
static void fingerprint_said(char short_form[17])
{
	const char *at = strstr(rig.said, "sha256 ");

	assert_non_null(at);
	memcpy(short_form, at + strlen("sha256 "), 16);
	short_form[16] = '\0';
}

static void a_key_that_is_made_is_kept_and_each_is_another(void **state)
{
	char made[17], kept[17], next[17];

	(void)state;
	rig_init(&rig);
	rig_say(&rig, "seed " SEED "\r");
	rig_restart(&rig);                     /* the generator starts from what is stored */
	rig_forget(&rig);
	rig_say(&rig, "key make\r");
	assert_non_null(strstr(rig.said, "key: EC P-256 (ES256)\r\npublic half: sha256 "));
	fingerprint_said(made);
	rig_restart(&rig);
	rig_forget(&rig);
	rig_say(&rig, "get key\r");
	fingerprint_said(kept);
	assert_string_equal(made, kept);
	rig_say(&rig, "unset key\r");
	rig_forget(&rig);
	rig_say(&rig, "key make\r");
	fingerprint_said(next);
	assert_string_not_equal(made, next);
	assert_int_equal(rig.device.crypto.arena.used, 0);
}

static void the_public_half_of_the_longest_key_comes_in_parts(void **state)
{
	(void)state;
	rig_init(&rig);
	rig_say(&rig, SAMPLE_RSA4096_KEY);
	for (rig.drain = 0; rig.drain < 40; rig.drain += 13) {
		rig_forget(&rig);
		rig_say(&rig, "key public\r");
		assert_non_null(strstr(rig.said, "key public\r\n-----BEGIN PUBLIC KEY-----\r\nMIICIjAN"));
		assert_non_null(strstr(rig.said, "EAAQ==\r\n-----END PUBLIC KEY-----\r\n" PROMPT));
		assert_int_equal(rig.said_len, strlen("key public\r\n") + 800 + 14 + strlen(PROMPT));
	}
	rig.drain = 0;
}

static void no_output_holds_a_secret(void **state)
{
	static const char *const wrong[] = {
		"SET PIN 4711\r", "set pin \"4711\r", "set pin 4711x\r", "  set   pin   4711 \r",
		"set\tpin\t4711\r", "SEED " SEED "\r", "seed " SEED "0\r", SEED "\r", "seed\r" SEED "x\r",
		"set apn-password sesame-17\\\r", "unset pin 4711\r",
		"set seed " SEED "\r", "set key MHcCAQEEIAAA\r", "set password sesame-17\r", "set sim-pin 4711\r",
		"key\rMHcCAQEEIAAA\r", "key MHcCAQEEIAAA\r", "factory-reset\rno\r",
	};

	(void)state;
	setup_all();
	rig_say(&rig, "get\rstatus\rhelp\rget pin\rget key\rget seed\rget apn-password\rca list\r");
	no_secret();
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		rig_say(&rig, wrong[i]);
		rig_say(&rig, "\x03");
		no_secret();
	}
}

/* The key as it is, with CR LF, on one line, with a literal \n, without its
 * END, without its BEGIN, damaged in each of its bytes: never a byte of it. */
static void no_damage_makes_a_key_visible(void **state)
{
	static const char key[] = SAMPLE_EC_KEY;
	char text[sizeof key];

	(void)state;
	for (size_t cut = 28; cut < sizeof key - 1; cut++) {
		rig_init(&rig);
		rig_say(&rig, "key\r");
		rig_type(&rig, key, cut, 7);
		rig_wait(&rig, CONSOLE_PASTE_MS);
		no_secret();
	}
	for (size_t i = 0; i < sizeof key - 1; i++) {
		memcpy(text, key, sizeof key);
		text[i] ^= 0x40;
		if (text[i] < ' ')      /* may be Ctrl-C, and is then taken as that */
			continue;
		rig_init(&rig);
		rig_say(&rig, "key\r");
		rig_say(&rig, text);
		rig_say(&rig, "\r\x03");
		no_secret();
	}
}

/* Secrets that were typed do not stay in memory that can be looked at later. */
static void secrets_are_wiped_behind(void **state)
{
	(void)state;
	setup_all();
	rig_say(&rig, "set pin 4711\r");
	assert_int_equal(rig.console.line[0], 0);
	for (size_t i = 0; i < sizeof rig.console.line; i++)
		assert_int_equal(rig.console.line[i], 0);
	rig_say(&rig, SAMPLE_EC_KEY);
	for (size_t i = 0; i < sizeof rig.console.pem; i++)
		assert_int_equal(((const uint8_t *)&rig.console.pem)[i], 0);
	assert_int_equal(rig.device.crypto.arena.used, 0);
	for (size_t i = 0; i + 8 < sizeof rig.arena; i++)
		assert_memory_not_equal(rig.arena + i, "\x30\x77\x02\x01\x01\x04\x20", 7);   /* its first bytes */
}

/* ---- pastes ------------------------------------------------------------- */

static const struct paste {
	const char *name;
	const char *from, *to;    /* each FROM in the key becomes TO */
	const char *said;         /* a part of it */
} pastes[] = {
	{ "as it is", "", "", EC_SAID },
	{ "with CR LF", "\n", "\r\n", EC_SAID },
	{ "with CR", "\n", "\r", EC_SAID },
	{ "with empty lines between", "\n", "\n\n", EC_SAID },
	{ "line ends lost", "\n", "", EC_SAID },
	{ "line ends turned into blanks", "\n", " ", EC_SAID },
	{ "a literal backslash and n", "\n", "\\n", EC_SAID },
	{ "indented", "\n", "\n    ", EC_SAID },
	{ "blanks at the ends of lines", "\n", "  \n", EC_SAID },
	{ "long dashes", "-----", "\xe2\x80\x94", "error: " },
	{ "END missing", "-----END EC PRIVATE KEY-----\n", "", "error: " },
	{ "BEGIN missing", "-----BEGIN EC PRIVATE KEY-----\n", "", "[PEM-NO-BEGIN]" },
	{ "another END", "END EC", "END RSA", "error: " },
	{ "a wrong character", "MHcC", "MH*C",
	  "error: key: The key was most likely shortened for showing ('*' in line 2, column 3)" },
	{ "a line lost", "MHcC", "", "error: " },
};

static size_t replace(char *text, size_t size, const char *in, const char *from, const char *to)
{
	struct text t;

	text_init(&t, text, size);
	while (*in != '\0') {
		if (*from != '\0' && strncmp(in, from, strlen(from)) == 0) {
			text_add(&t, to);
			in += strlen(from);
		} else {
			text_add_char(&t, *in++);
		}
	}
	assert_false(t.overflow);
	return t.len;
}

static void keys_as_they_are_pasted(void **state)
{
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof pastes / sizeof pastes[0]; i++) {
		size_t len = replace(text, sizeof text, SAMPLE_EC_KEY, pastes[i].from, pastes[i].to);

		for (size_t k = 0; k < sizeof chunks / sizeof chunks[0]; k++) {
			rig_init(&rig);
			rig_say(&rig, "key\r");
			rig_type(&rig, text, len, chunks[k]);
			rig_say(&rig, "\r");
			rig_wait(&rig, CONSOLE_PASTE_MS);
			if (strstr(rig.said, pastes[i].said) == NULL)
				fail_msg("%s: %s", pastes[i].name, rig.said);
			assert_int_equal(settings_size(device_settings(&rig.device), SETTINGS_KEY) > 0,
					 strcmp(pastes[i].said, EC_SAID) == 0);
			no_secret();
			rig_forget(&rig);
			rig_say(&rig, "\x03version\r");
			assert_non_null(strstr(rig.said, "version\r\nTern 0.0.0\r\n" PROMPT));
		}
	}
}

/* X-CUBE-GCP wrote up to 8192 bytes of a key into a field of 2048, over the
 * settings of modem and cloud, and echoed it. */
static void xcube_a_4096_bit_key_overwrote_the_settings(void **state)
{
	(void)state;
	setup_all();
	rig_say(&rig, SAMPLE_RSA4096_KEY);
	assert_non_null(strstr(rig.said, "key: RSA 4096 (RS256)\r\n"));
	rig_forget(&rig);
	rig_say(&rig, "get host\rget device\r");
	assert_non_null(strstr(rig.said, "iot.acme.example"));
	assert_non_null(strstr(rig.said, "dev-1"));
}

static void a_paste_of_any_length_ends_in_an_error(void **state)
{
	(void)state;
	rig_init(&rig);
	rig_say(&rig, "-----BEGIN PRIVATE KEY-----\n");
	for (unsigned i = 0; i < 1000; i++)
		rig_say(&rig, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
	rig_say(&rig, "-----END PRIVATE KEY-----\nversion\r");
	assert_non_null(strstr(rig.said, "error: PEM 1: The key "));
	assert_null(strstr(strstr(rig.said, "error: ") + 1, "error: "));
	assert_non_null(strstr(rig.said, "Tern 0.0.0\r\n" PROMPT));
}

/* X-CUBE-GCP took a bundle for bad as a whole when one of it was. */
static void xcube_one_bad_certificate_spoilt_the_bundle(void **state)
{
	static const char in[] =
		"ca\n" SAMPLE_ROOT_1
		"-----BEGIN CERTIFICATE-----\nMIIB*AAA\n-----END CERTIFICATE-----\n"
		SAMPLE_SERVER
		"-----BEGIN CERTIFICATE-----\nMIIB\n"     /* END missing */
		SAMPLE_ROOT_2;

	(void)state;
	for (size_t k = 0; k < sizeof chunks / sizeof chunks[0]; k++) {
		rig_init(&rig);
		rig_type(&rig, in, sizeof in - 1, chunks[k]);
		assert_non_null(strstr(rig.said, ROOT_1_SAID));
		assert_non_null(strstr(rig.said, "error: certificate 2: The certificate was most likely shortened for showing ("));
		assert_non_null(strstr(rig.said, "error: Certificate 3 (iot.example.com) is a server's own "));
		assert_non_null(strstr(rig.said, "error: certificate 4: The '-----END CERTIFICATE-----' line of "));
		assert_non_null(strstr(rig.said, "root 2: Example Root 2 (Example Trust), until 2046-11-17\r\n"));
	}
}

static void certificates_without_a_line_end_between(void **state)
{
	char text[8192], *end;
	size_t len = replace(text, sizeof text, SAMPLE_ROOT_1 SAMPLE_ROOT_2, "-----\n-----", "----------");

	(void)state;
	for (size_t k = 0; k < sizeof chunks / sizeof chunks[0]; k++) {
		rig_init(&rig);
		rig_type(&rig, text, len, chunks[k]);
		assert_non_null(strstr(rig.said, ROOT_1_SAID));
		assert_non_null(strstr(rig.said, "root 2: Example Root 2"));
	}
	len = replace(text, sizeof text, SAMPLE_ROOT_1 SAMPLE_ROOT_2 SAMPLE_SERVER, "\n", "\\n");
	end = text + len;
	*end = '\0';
	rig_init(&rig);
	rig_say(&rig, text);
	rig_say(&rig, "\r");
	assert_non_null(strstr(rig.said, ROOT_1_SAID));
	assert_non_null(strstr(rig.said, "root 2: Example Root 2"));
	assert_non_null(strstr(rig.said, "[ROOT-NOT-CA]"));
}

static void an_expired_root_is_refused_once_the_time_is_known(void **state)
{
	(void)state;
	rig_init(&rig);
	rig_say(&rig, SAMPLE_OLD_ROOT);
	assert_non_null(strstr(rig.said, "root 1: Example Root 0 (Example Trust), until 2021-12-15\r\n"));
	assert_int_equal(clock_set(&rig.device.clock, 1769000000, CLOCK_NETWORK, 0), ERR_OK);
	rig_forget(&rig);
	rig_say(&rig, "ca list\rca clear\r" SAMPLE_OLD_ROOT);
	assert_non_null(strstr(rig.said, "until 2021-12-15 (EXPIRED)\r\n"));
	assert_non_null(strstr(rig.said, "error: Certificate 1 (Example Root 0 (Example Trust)) ended on 2021-12-15, "));
}

static void a_fifth_root_finds_no_room(void **state)
{
	(void)state;
	rig_init(&rig);
	assert_int_equal(settings_set(device_settings(&rig.device), SETTINGS_ROOT_0, "x", 1), ERR_OK);
	assert_int_equal(settings_set(device_settings(&rig.device), SETTINGS_ROOT_3, "x", 1), ERR_OK);
	rig_say(&rig, "ca\r" SAMPLE_ROOT_1 SAMPLE_ROOT_2 SAMPLE_OLD_ROOT "ca list\r");
	assert_non_null(strstr(rig.said, "error: certificate 3: no room: 4 roots are stored; 'ca list' shows them, "
			       "'ca remove N' makes room; nothing stored\r\n"));
	assert_non_null(strstr(rig.said, "root 4: the certificate does not parse\r\n"));
}

static void a_paste_finds_no_memory(void **state)
{
	void *all;

	(void)state;
	rig_init(&rig);
	all = arena_alloc(&rig.device.crypto.arena, arena_largest(&rig.device.crypto.arena) - 1024);
	rig_say(&rig, SAMPLE_EC_KEY "version\r");
	assert_non_null(strstr(rig.said, "error: no memory for a paste while TLS has it: 'stop', then paste again\r\n"
			       PROMPT "version\r\n"));
	arena_free(&rig.device.crypto.arena, all);
	rig_say(&rig, SAMPLE_EC_KEY);
	assert_non_null(strstr(rig.said, EC_SAID));
	assert_int_equal(rig.device.crypto.arena.used, 0);
}

static void a_paste_given_up_gives_its_memory_back(void **state)
{
	static const char *const ends[] = { "\x03", "status\r", "-----BEGIN X-----\n-----END X-----\n", "*\n\x03" };

	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		rig_init(&rig);
		rig_say(&rig, "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n");
		assert_true(rig.device.crypto.arena.used > 2400);
		rig_say(&rig, ends[i]);
		assert_int_equal(rig.device.crypto.arena.used, 0);
	}
}

static void a_command_after_a_lost_end_is_done(void **state)
{
	(void)state;
	rig_init(&rig);
	rig_say(&rig, "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\nset port 443\r");
	assert_non_null(strstr(rig.said, "[PEM-NO-END]\r\nport          443\r\n" PROMPT));
}

static void nothing_waits_for_ever(void **state)
{
	static const struct { const char *in; uint32_t ms; const char *said; } waits[] = {
		{ "-----BEGIN PRIVATE KEY-----\nMIGH", CONSOLE_PASTE_MS, "it was cut off: copy it again, from the "
		  "'-----BEGIN' line to the '-----END' line. Nothing stored. [PEM-NO-END]\r\n" PROMPT },
		{ "key\r", CONSOLE_ASK_MS, "error: no key came; nothing changed\r\n" PROMPT },
		{ "seed\re8", CONSOLE_ASK_MS, "error: no seed came; nothing changed\r\n" PROMPT },
		{ "factory-reset\r", CONSOLE_ASK_MS, "error: no answer came; nothing changed\r\n" PROMPT },
		{ "ca\r", CONSOLE_ASK_MS, PROMPT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
		uint32_t at_ms;

		rig_init(&rig);
		rig_say(&rig, waits[i].in);
		assert_true(console_deadline(&rig.console, &at_ms));
		assert_int_equal(at_ms, rig.now_ms + waits[i].ms);
		rig_forget(&rig);
		rig_wait(&rig, waits[i].ms - 1);
		assert_string_equal(rig.said, "");
		rig_wait(&rig, 1);
		assert_non_null(strstr(rig.said, waits[i].said));
		assert_false(console_deadline(&rig.console, &at_ms));
	}
}

/* ---- lengths ------------------------------------------------------------ */

static void a_line_that_is_too_long_is_refused_whole(void **state)
{
	char line[CONSOLE_LINE_MAX + 200];

	(void)state;
	memset(line, 'x', sizeof line);
	memcpy(line, "set host ", 9);
	for (size_t k = 0; k < sizeof chunks / sizeof chunks[0]; k++) {
		rig_init(&rig);
		rig_type(&rig, line, sizeof line, chunks[k]);
		rig_say(&rig, "\rget host\r");
		assert_non_null(strstr(rig.said, "error: line longer than 672 bytes; nothing changed\r\n" PROMPT
				       "get host\r\nhost          not set\r\n" PROMPT));
	}
}

/* X-CUBE-GCP printed device ids of up to 255 characters into 64 bytes. */
static void xcube_a_long_device_id_overflowed_the_topic(void **state)
{
	char id[256], line[CONSOLE_LINE_MAX];

	(void)state;
	memset(id, 'd', 255);
	id[255] = '\0';
	for (size_t len = 3; len <= 255; len += 4) {
		snprintf(line, sizeof line, "project-id=acme-iot-123456;registry-id=%.*s;device-id=%.*s;"
			 "cloud-region=europe-west1\r", (int)len, id, (int)len, id);
		rig_init(&rig);
		rig_say(&rig, line);
		assert_non_null(strstr(rig.said, "are set\r\n"));
		rig_forget(&rig);
		rig_say(&rig, "get device\r");
		snprintf(line, sizeof line, "get device\r\ndevice        %.*s\r\n" PROMPT, (int)len, id);
		assert_string_equal(rig.said, line);
	}
}

static void output_waits_for_room_and_loses_nothing(void **state)
{
	static const char in[] = "get\rstatus\rhelp\rca list\r";
	static char quick[RIG_SAID_SIZE];
	size_t taken;

	(void)state;
	setup_all();
	rig_forget(&rig);
	rig_say(&rig, in);
	memcpy(quick, rig.said, rig.said_len + 1);
	rig_forget(&rig);
	taken = console_feed(&rig.console, (const uint8_t *)in, sizeof in - 1, 0);
	assert_true(taken < sizeof in - 1);
	assert_int_equal(console_feed(&rig.console, (const uint8_t *)in + taken, 1, 0), 0);
	rig.drain = 1;
	rig_type(&rig, in + taken, sizeof in - 1 - taken, 0);
	assert_string_equal(rig.said, quick);
}

/* ---- lines of the program ----------------------------------------------- */

static void a_line_of_the_program_goes_above_what_is_typed(void **state)
{
	(void)state;
	rig_init(&rig);
	rig_forget(&rig);
	assert_true(console_print(&rig.console, "one"));
	assert_true(console_print(&rig.console, "two"));
	rig_say(&rig, "set pin 47");
	assert_true(console_print(&rig.console, "three"));
	rig_say(&rig, "11\r");
	assert_string_equal(rig.said, "\r\none\r\ntwo\r\nset pin \r\nthree\r\n" PROMPT "set pin \r\n"
			    "pin           set\r\n" PROMPT);
}

static void a_line_of_the_program_does_not_disturb_a_paste(void **state)
{
	static const char key[] = SAMPLE_EC_KEY;

	(void)state;
	rig_init(&rig);
	rig_forget(&rig);
	rig_type(&rig, key, 60, 0);
	assert_true(console_print(&rig.console, "one"));
	rig_type(&rig, key + 60, sizeof key - 61, 0);
	assert_string_equal(rig.said, "-----BEGIN \r\none\r\n" EC_SAID PROMPT);
}

static void the_program_is_told_when_there_is_no_room(void **state)
{
	unsigned printed = 0;

	(void)state;
	rig_init(&rig);
	while (console_print(&rig.console, "0123456789012345678901234567890123456789"))
		printed++;
	assert_true(printed > 3 && printed < CONSOLE_OUTPUT_SIZE / 40);
	assert_int_equal(rig.console.out.lost, 0);
	rig_say(&rig, "version\r");
	assert_true(console_print(&rig.console, "again"));
}

static void what_others_wrote_is_printed_as_it_is(void **state)
{
	static const char strange[] = "\x82%u\xc3\xa9";   /* may look like codes and formats */

	(void)state;
	rig_init(&rig);
	rig_forget(&rig);
	assert_true(console_print(&rig.console, "%u times %s: %r.", UINT32_C(2), "network", strange));
	rig_wait(&rig, 0);
	assert_string_equal(rig.said, "\r\n2 times network: \x82%u\xc3\xa9.\r\n");
}

static void a_line_of_others_is_cut_and_a_longer_one_never_fits(void **state)
{
	char line[CONSOLE_PRINT_MAX + 2];

	(void)state;
	memset(line, 'x', sizeof line);
	line[sizeof line - 1] = '\0';
	rig_init(&rig);
	rig_forget(&rig);
	assert_true(console_print(&rig.console, "%r", line));
	rig_wait(&rig, 0);
	assert_int_equal(strlen(rig.said), OUT_FOREIGN_MAX + 2 * strlen("\r\n"));
	assert_false(console_print(&rig.console, "%s", line));
	assert_int_equal(rig.console.out.lost, 0);
}

static void at_power_on_a_device_that_is_not_set_up_is_no_error(void **state)
{
	(void)state;
	rig_init(&rig);
	console_init(&rig.console, &rig.device, "0.0.0", 0);
	console_start(&rig.console, 0);
	assert_true(console_print(&rig.console, "hello"));
	rig_forget(&rig);
	rig_wait(&rig, 0);
	assert_string_equal(rig.said, "Tern 0.0.0 - 'help' lists the commands\r\n"
			    "note: nothing is set yet: 'setup' asks for what is needed\r\nhello\r\n" PROMPT);
}

static void a_device_that_is_set_up_starts(void **state)
{
	(void)state;
	setup_all();
	rig_restart(&rig);
	rig_forget(&rig);
	console_start(&rig.console, 0);
	rig_say(&rig, "start\rset port 443\rfactory-reset\rstop\rstop\r");
	assert_string_equal(rig.said, "\r\nstarted\r\nstart\r\nstarted already; 'status' shows how far it is\r\n" PROMPT
			    "set port 443\r\nport          443\r\nnote: used after the next 'stop' and 'start'\r\n" PROMPT
			    "factory-reset\r\nerror: the device is started: 'stop' it first\r\n" PROMPT
			    "stop\r\nstopped\r\n" PROMPT "stop\r\nstopped already\r\n" PROMPT);
}

static void reboot_is_asked_for_once_and_after_its_answer(void **state)
{
	(void)state;
	rig_init(&rig);
	assert_false(console_reboot_asked(&rig.console));
	assert_int_equal(console_feed(&rig.console, (const uint8_t *)"reboot\r", 7, 0), 7);
	assert_false(console_reboot_asked(&rig.console));
	rig_say(&rig, "\r");
	assert_non_null(strstr(rig.said, "restarting\r\n"));
	assert_true(console_reboot_asked(&rig.console));
	assert_false(console_reboot_asked(&rig.console));
}

/* ---- what is typed, as a person does ------------------------------------- */

#define UP "\x1b[A"
#define DOWN "\x1b[B"
#define AGAIN "\r\x1b[K" PROMPT

static const struct row typed[] = {
	{ "an arrow brings the last line back", "version\rget port\r", UP "\r",
	  AGAIN "get port\r\nport          8883 (default)\r\n" PROMPT },
	{ "four lines are kept", "get port\rhelp version\rversion\rget seed\rget key\r",
	  UP UP UP UP UP "\x15" UP UP DOWN DOWN "\r",
	  AGAIN "get key" AGAIN "get seed" AGAIN "version" AGAIN "help version" AGAIN "help version"
	  AGAIN AGAIN "get key" AGAIN "get seed" AGAIN "get key" AGAIN "\r\n" PROMPT },
	{ "the same line is kept once", "version\rversion\rversion\r", UP UP "\x15", AGAIN "version" AGAIN "version" AGAIN },
	{ "a line brought back can be mended", "set port 4433\r", UP "\b\r",
	  AGAIN "set port 4433\b \b\r\nport          443\r\n" PROMPT },
	{ "no secret is kept",
	  "version\rset pin 4711\rset apn-password sesame-17\rseed " SEED "\r" SAMPLE_EC_KEY "key MHcCAQEE\r",
	  UP UP "\x15", AGAIN "version" AGAIN "version" AGAIN },
	{ "nor is an answer", "version\rfactory-reset\rno\r", UP UP "\x15", AGAIN "factory-reset" AGAIN "version" AGAIN },
	{ "Tab completes a command", NULL, "vers\t\r", "version \r\nTern 0.0.0\r\n" PROMPT },
	{ "Tab lists commands of which each may be meant", NULL, "s\teed\x03",
	  "s\r\nset  seed  setup  start  stop  status\r\n" PROMPT "seed^C\r\n" PROMPT },
	{ "Tab lists as long as several are meant", NULL, "st\ta\tt\tu\t\x15",
	  "st\r\nstart  stop  status\r\n" PROMPT "sta\r\nstart  status\r\n"
	  PROMPT "stat" "us u" AGAIN },
	{ "Tab completes a setting", NULL, "get po\t\r", "get port \r\nport          8883 (default)\r\n" PROMPT },
	{ "a whole name is done with", NULL, "get apn\t\r", "get apn \r\napn           not set\r\n" PROMPT },
	{ "Tab completes what a command takes", NULL, "ca l\t\r", "ca list \r\nno root is stored; 'ca' adds one\r\n" PROMPT },
	{ "Tab lists what a command takes", NULL, "key \t\x15", "key \r\nnew  public\r\n" PROMPT "key " AGAIN },
	{ "Tab where nothing can follow does nothing", NULL, "version x\t\x15", "version x" AGAIN },
	{ "a command by the beginning of its name", NULL, "ver\r", "ver\r\nTern 0.0.0\r\n" PROMPT },
	{ "a beginning of several names all of them", NULL, "sta\r", "sta\r\nerror: 'sta' may be start, status\r\n" PROMPT },
	{ "a value behind a beginning that is no command is not shown", NULL, "se pin 4711\r",
	  "se \r\nerror: 'se' may be set, seed, setup\r\n" PROMPT },
};

static void every_key_does_what_it_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
		print_message("         %s\n", typed[i].name);
		for (size_t k = 0; k < sizeof chunks / sizeof chunks[0]; k++)
			replay(&typed[i], chunks[k], 0);
		replay(&typed[i], 0, 1);
	}
}

/* ---- a line at full rate -------------------------------------------------- */

#define LOST "error: bytes of what was typed or pasted last were lost on the line"

static const char whole_set_up[] =
	"set host bridge.acme.io\r\n" IDS "\r\nset apn internet\r\nset pin 4711\r\nset apn-password sesame-17\r\n"
	"ca\r\n" SAMPLE_ROOT_1 SAMPLE_ROOT_2 SAMPLE_OLD_ROOT "seed " SEED "\r\n" SAMPLE_EC_KEY "unset pin\r\nget port\r\n";

/* Three certificates, a key and secrets, for each of which an area of flash is erased,
 * without a pause between. */
static void a_paste_at_full_rate_loses_nothing(void **state)
{
	(void)state;
	rig_init(&rig);
	console_hold(&rig.console, true);
	rig_forget(&rig);
	assert_int_equal(rig_send(&rig, whole_set_up, sizeof whole_set_up - 1), 0);
	assert_non_null(strstr(rig.said, "root 1: Example Root 1"));
	assert_non_null(strstr(rig.said, "root 2: Example Root 2"));
	assert_non_null(strstr(rig.said, "root 3: Example Root 0"));
	assert_non_null(strstr(rig.said, "seed stored\r\n"));
	assert_non_null(strstr(rig.said, EC_SAID));
	assert_non_null(strstr(rig.said, "pin is not set any more"));
	assert_string_equal(rig.said + rig.said_len - strlen("port          8883 (default)\r\n" PROMPT),
			    "port          8883 (default)\r\n" PROMPT);
	assert_null(strstr(rig.said, "error"));
	no_secret();
	assert_int_equal(rig.device.crypto.arena.used, 0);
}

/* Without the pause the same paste overruns the UART.  It is said, and nothing is stored
 * of a line that has lost bytes. */
static void what_a_line_loses_is_told_and_not_stored(void **state)
{
	char host[64] = "";
	size_t len;

	(void)state;
	rig_init(&rig);
	rig_forget(&rig);
	assert_true(rig_send(&rig, whole_set_up, sizeof whole_set_up - 1) > 0);
	assert_non_null(strstr(rig.said, LOST));
	assert_null(strstr(strstr(rig.said, LOST) + 1, LOST));
	assert_string_equal(rig.said + rig.said_len - strlen(PROMPT), PROMPT);
	assert_int_equal(settings_size(device_settings(&rig.device), SETTINGS_KEY), 0);
	rig_init(&rig);
	rig_say(&rig, "set host bridge.ac");
	console_lost(&rig.console, rig.now_ms);
	rig_say(&rig, "o\rset port 443\r");
	rig_forget(&rig);
	rig_wait(&rig, CONSOLE_QUIET_MS);
	assert_non_null(strstr(rig.said, LOST));
	rig_say(&rig, "get port\r");
	assert_non_null(strstr(rig.said, "port          8883 (default)\r\n" PROMPT));
	assert_int_equal(settings_get_text(device_settings(&rig.device), SETTINGS_HOST, host, sizeof host, &len),
			 ERR_NOT_FOUND);
}

static void noise_on_a_quiet_line_is_not_worth_a_word(void **state)
{
	(void)state;
	rig_init(&rig);
	rig_forget(&rig);
	console_lost(&rig.console, rig.now_ms);
	rig_wait(&rig, CONSOLE_QUIET_MS);
	assert_string_equal(rig.said, "");
	rig_say(&rig, "version\r");
	assert_string_equal(rig.said, "version\r\nTern 0.0.0\r\n" PROMPT);
}

static void a_held_line_waits_for_a_pause_and_no_longer(void **state)
{
	uint32_t at_ms;

	(void)state;
	rig_init(&rig);
	console_hold(&rig.console, true);
	rig_forget(&rig);
	rig_say(&rig, "version\r");
	assert_string_equal(rig.said, "version");
	assert_true(console_waits(&rig.console));
	assert_true(console_deadline(&rig.console, &at_ms));
	assert_int_equal(at_ms, rig.now_ms + CONSOLE_HOLD_MS);
	rig_wait(&rig, CONSOLE_HOLD_MS - 1);
	rig_say(&rig, "get po");
	rig_wait(&rig, CONSOLE_HOLD_MS - 1);
	assert_string_equal(rig.said, "version");
	rig_wait(&rig, 1);
	assert_string_equal(rig.said, "version\r\nTern 0.0.0\r\n" PROMPT "get po");
	assert_false(console_waits(&rig.console));
	rig_say(&rig, "rt\rversion\r\x03");
	assert_string_equal(strstr(rig.said, "get po"), "get port\r\n" PROMPT);
	assert_int_equal(rig.device.crypto.arena.used, 0);
}

/* A paste that is longer than the memory for it is acted on as it comes. */
static void a_paste_of_any_length_goes_through(void **state)
{
	unsigned roots = 0;

	(void)state;
	rig_init(&rig);
	console_hold(&rig.console, true);
	rig_say(&rig, "ca\r");
	for (unsigned i = 0; i < 40; i++)
		rig_say(&rig, SAMPLE_ROOT_1);
	while (console_waits(&rig.console))
		rig_wait(&rig, CONSOLE_HOLD_MS);
	for (const char *at = rig.said; (at = strstr(at, "root 1: Example")) != NULL; at++)
		roots++;
	assert_int_equal(roots, 40);
	rig_say(&rig, "\x03");
	assert_int_equal(rig.device.crypto.arena.used, 0);
}

static void of_two_keys_in_one_paste_none_is_stored(void **state)
{
	static const char *const twos[] = {
		SAMPLE_EC_KEY SAMPLE_EC_KEY_PKCS8, SAMPLE_EC_KEY "\n\n" SAMPLE_RSA2048_KEY,
		SAMPLE_EC_KEY_WITH_PARAMETERS SAMPLE_EC_KEY_WITH_PARAMETERS,
	};

	(void)state;
	for (size_t i = 0; i < sizeof twos / sizeof twos[0]; i++) {
		rig_init(&rig);
		console_hold(&rig.console, true);
		rig_say(&rig, twos[i]);
		while (console_waits(&rig.console))
			rig_wait(&rig, CONSOLE_HOLD_MS);
		assert_non_null(strstr(rig.said, "There are 2 keys in this text"));
		assert_int_equal(settings_size(device_settings(&rig.device), SETTINGS_KEY), 0);
		assert_null(strstr(rig.said, "public half"));
		rig_say(&rig, SAMPLE_EC_KEY);
		rig_wait(&rig, CONSOLE_HOLD_MS);
		if (strstr(rig.said, EC_SAID) == NULL)
			fail_msg("%s", rig.said);
		assert_int_equal(rig.device.crypto.arena.used, 0);
	}
}

/* ---- setup --------------------------------------------------------------- */

static void answer(const char *text)
{
	rig_wait(&rig, CONSOLE_QUIET_MS);
	rig_say(&rig, text);
	for (unsigned i = 0; i < 4 || console_waits(&rig.console); i++)
		rig_wait(&rig, CONSOLE_HOLD_MS);
}

static void ends_with(const char *text)
{
	size_t n = strlen(text);

	if (rig.said_len < n || strcmp(rig.said + rig.said_len - n, text) != 0)
		fail_msg("not '%s' at the end of: %s", text, rig.said);
}

/* Each answer once wrong, then right: the question stays, or the next one comes. */
static void setup_asks_for_everything_and_takes_nothing_wrong(void **state)
{
	static const struct { const char *type, *prompt, *said; } steps[] = {
		{ "setup\r", "host> ", "at most 8 questions" },
		{ "My Server\r", "host> ", "error: The host 'My Server'" },
		{ SAMPLE_EC_KEY_PKCS8, "host> ", EC_SAID },
		{ "bridge.acme.io\r", "port> ", "host          bridge.acme.io\r\n" },
		{ "x\r", "port> ", "error: The port 'x'" },
		{ "\r", "connection> ", "Now: not set" },
		{ "project-id=x\r", "connection> ", "error: connection string has no" },
		{ IDS "\r", "ca> ", "are set\r\n" },
		{ "hello\r", "ca> ", "note: text outside" },
		{ SAMPLE_SERVER, "ca> ", "[ROOT-NOT-CA]" },
		{ SAMPLE_ROOT_1 "\n# text\n\n" SAMPLE_ROOT_2 "\n\n", "ca> ", "root 2: " },
		{ "\r", "seed> ", "64 hexadecimal digits" },
		{ "00ff\r", "seed> ", "error: the seed has 4 characters" },
		{ SEED "\r", "key> ", "seed stored\r\n" },
		{ SAMPLE_PUBLIC_KEY, "key> ", "[KEY-IS-PUBLIC]" },
		{ SAMPLE_EC_KEY, "apn> ", EC_SAID },
		{ "inter net\r", "apn> ", "error: The APN" },
		{ "internet\r", "pin> ", "apn           internet\r\n" },
		{ "47x1\r", "pin> ", "error: The SIM PIN is not" },
		{ "4711\r", PROMPT, "'start' connects" },
	};

	(void)state;
	for (unsigned hold = 0; hold < 2; hold++) {
		rig_init(&rig);
		console_hold(&rig.console, hold);
		for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
			if (!hold && i == 10)
				continue;   /* a script: there an empty line is an answer */
			rig_forget(&rig);
			answer(steps[i].type);
			if (strstr(rig.said, steps[i].said) == NULL)
				fail_msg("not '%s' in: %s", steps[i].said, rig.said);
			ends_with(steps[i].prompt);
			no_secret();
		}
		assert_non_null(strstr(rig.said, "ready to connect\r\n"));
		assert_int_equal(rig.device.crypto.arena.used, 0);
	}
}

static void setup_can_be_left_anywhere(void **state)
{
	(void)state;
	for (unsigned answers = 0; answers < 8; answers++) {
		rig_init(&rig);
		console_hold(&rig.console, true);
		answer("setup\r");
		for (unsigned i = 0; i < answers; i++)
			answer(i == 0 ? "bridge.acme.io\r" : "\r");
		rig_forget(&rig);
		rig_say(&rig, "x\x03");
		ends_with("^C\r\nsetup left; what was accepted is stored\r\n" PROMPT);
		assert_int_equal(settings_size(device_settings(&rig.device), SETTINGS_HOST) > 0, answers > 0);
		answer("version\r");
		ends_with("version\r\nTern 0.0.0\r\n" PROMPT);
	}
	rig_init(&rig);
	rig_say(&rig, "setup\r");
	rig_forget(&rig);
	rig_wait(&rig, CONSOLE_GUIDE_MS);
	ends_with("setup left; what was accepted is stored\r\n" PROMPT);
}

static void setup_makes_a_key(void **state)
{
	(void)state;
	rig_init(&rig);
	rig_say(&rig, "seed " SEED "\r");
	rig_restart(&rig);
	rig_say(&rig, "setup\rbridge.acme.io\r\r" IDS "\r\r");
	ends_with("key> ");
	rig_forget(&rig);
	rig_say(&rig, "new\r");
	assert_non_null(strstr(rig.said, "-----BEGIN PUBLIC KEY-----\r\n"));
	assert_non_null(strstr(rig.said, "key: EC P-256 (ES256)\r\npublic half: sha256 "));
	ends_with("apn> ");
}

static void help_asks_the_question_again(void **state)
{
	(void)state;
	rig_init(&rig);
	rig_say(&rig, "setup\r");
	rig_forget(&rig);
	rig_say(&rig, "help\r");
	ends_with("help\r\n\r\nThe server: its name, such as iot.example.com, or its IPv4 address.\r\nNow: not set\r\nhost> ");
	rig_say(&rig, "bridge.acme.io\r\r?\r");
	assert_non_null(strstr(rig.said, "connection> ?\r\n\r\nWho the device is"));
	rig_say(&rig, IDS "\r?\r");
	ends_with("ca> ?\r\n\r\nThe server's root certificates: paste PEM, up to four; Enter alone goes on.\r\n"
		  "Now: none\r\nca> ");
}

/* What is pasted where a key belongs, and has no BEGIN line. */
static void what_is_no_pem_is_named(void **state)
{
	static const struct { const char *in, *said; } texts[] = {
		{ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ me@home\r", "[PEM-SSH]" },
		{ "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJ\r", "[PEM-TOKEN]" },
		{ "{ \"private_key\": \"x\" }\r", "[PEM-JSON]" },
		{ "/home/me/key.pem\r", "[PEM-PATH]" },
		{ "MHcCAQEEIBbANTHjZHqf3Fr4qkqqTEDTmL2TGsPuE4CXkmI7kOMboAoGCCqGSM49\r", "[PEM-BARE]" },
		{ "hello\r", "[PEM-NONE]" },
		{ "-----BEGIN\xc2\xa0PRIVATE\xc2\xa0KEY-----\rMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\r"
		  "-----END\xc2\xa0PRIVATE\xc2\xa0KEY-----\r", "[PEM-LABEL-BLANK]" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		rig_init(&rig);
		rig_say(&rig, "key\r");
		rig_say(&rig, texts[i].in);
		rig_wait(&rig, CONSOLE_TEXT_MS);
		assert_non_null(strstr(rig.said, texts[i].said));
		ends_with("key> ");
		rig_say(&rig, SAMPLE_EC_KEY);
		ends_with(EC_SAID PROMPT);
		assert_int_equal(rig.device.crypto.arena.used, 0);
	}
}

/* A script that ends too early. */
static void an_end_in_the_middle_is_said(void **state)
{
	static const struct { const char *in, *said; } ends[] = {
		{ "key\r-----BEGIN PRIVATE KEY-----\rMIGHAgEA", "[PEM-NO-END]" },
		{ "ca\r-----BEGIN CERTIFICATE-----\rMIGHAgEA\r", "[PEM-NO-END]" },
		{ "key\rhello\r", "[PEM-NONE]" },
		{ "key\r", "error: no key came; nothing changed\r\n" },
		{ "seed\r", "error: no seed came; nothing changed\r\n" },
		{ "factory-reset\ryes\r", "error: no answer came; nothing changed\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		rig_init(&rig);
		rig_say(&rig, ends[i].in);
		assert_null(strstr(rig.said, ends[i].said));
		console_end(&rig.console, rig.now_ms);
		rig_wait(&rig, 0);
		assert_non_null(strstr(rig.said, ends[i].said));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_end_in_the_middle_is_said),
		cmocka_unit_test(help_asks_the_question_again),
		cmocka_unit_test(every_row_in_every_chunking),
		cmocka_unit_test(settings_survive_a_restart),
		cmocka_unit_test(status_of_a_stopped_device),
		cmocka_unit_test(a_key_that_is_made_is_kept_and_each_is_another),
		cmocka_unit_test(the_public_half_of_the_longest_key_comes_in_parts),
		cmocka_unit_test(no_output_holds_a_secret),
		cmocka_unit_test(no_damage_makes_a_key_visible),
		cmocka_unit_test(secrets_are_wiped_behind),
		cmocka_unit_test(keys_as_they_are_pasted),
		cmocka_unit_test(xcube_a_4096_bit_key_overwrote_the_settings),
		cmocka_unit_test(a_paste_of_any_length_ends_in_an_error),
		cmocka_unit_test(xcube_one_bad_certificate_spoilt_the_bundle),
		cmocka_unit_test(certificates_without_a_line_end_between),
		cmocka_unit_test(an_expired_root_is_refused_once_the_time_is_known),
		cmocka_unit_test(a_fifth_root_finds_no_room),
		cmocka_unit_test(a_paste_finds_no_memory),
		cmocka_unit_test(a_paste_given_up_gives_its_memory_back),
		cmocka_unit_test(a_command_after_a_lost_end_is_done),
		cmocka_unit_test(nothing_waits_for_ever),
		cmocka_unit_test(a_line_that_is_too_long_is_refused_whole),
		cmocka_unit_test(xcube_a_long_device_id_overflowed_the_topic),
		cmocka_unit_test(output_waits_for_room_and_loses_nothing),
		cmocka_unit_test(a_line_of_the_program_goes_above_what_is_typed),
		cmocka_unit_test(a_line_of_the_program_does_not_disturb_a_paste),
		cmocka_unit_test(the_program_is_told_when_there_is_no_room),
		cmocka_unit_test(what_others_wrote_is_printed_as_it_is),
		cmocka_unit_test(a_line_of_others_is_cut_and_a_longer_one_never_fits),
		cmocka_unit_test(at_power_on_a_device_that_is_not_set_up_is_no_error),
		cmocka_unit_test(a_device_that_is_set_up_starts),
		cmocka_unit_test(reboot_is_asked_for_once_and_after_its_answer),
		cmocka_unit_test(every_key_does_what_it_says),
		cmocka_unit_test(a_paste_at_full_rate_loses_nothing),
		cmocka_unit_test(what_a_line_loses_is_told_and_not_stored),
		cmocka_unit_test(noise_on_a_quiet_line_is_not_worth_a_word),
		cmocka_unit_test(a_held_line_waits_for_a_pause_and_no_longer),
		cmocka_unit_test(a_paste_of_any_length_goes_through),
		cmocka_unit_test(of_two_keys_in_one_paste_none_is_stored),
		cmocka_unit_test(setup_asks_for_everything_and_takes_nothing_wrong),
		cmocka_unit_test(setup_can_be_left_anywhere),
		cmocka_unit_test(setup_makes_a_key),
		cmocka_unit_test(what_is_no_pem_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
