/* SPDX-License-Identifier: Apache-2.0 */
/* commands.c - the table: every command and every option, with its help. */
#include "cli/command.h"
#include "cli/families.h"

static const struct option_info options[OPTIONS] = {
	[OPT_BRIDGE]      = { "bridge", "URL", false, "its admin interface (TERN_BRIDGE_URL, http://127.0.0.1:8080)" },
	[OPT_TOKEN_FILE]  = { "token-file", "FILE", false, "the admin token (TERN_BRIDGE_TOKEN_FILE)" },
	[OPT_CA]          = { "ca", "FILE", false, "its root, PEM (TERN_BRIDGE_CA; else the system's roots)" },
	[OPT_PROJECT]     = { "project", "ID", false, "project (TERN_PROJECT)" },
	[OPT_REGION]      = { "region", "ID", false, "region (TERN_REGION)" },
	[OPT_REGISTRY]    = { "registry", "ID", false, "registry (TERN_REGISTRY); by default the only one there is" },
	[OPT_JSON]        = { "json", NULL, false, "JSON, for scripts: the bridge's, where it was asked" },
	[OPT_LIMIT]       = { "limit", "N", false, "at most so many" },
	[OPT_KEY]         = { "key", "FILE", true, "public key or certificate; of a private key, its public half" },
	[OPT_EXPIRES]     = { "expires", "TIME", true,
			      "of the --key before it: 2027-12-31, 90d, 2027-12-31T12:00:00Z" },
	[OPT_FINGERPRINT] = { "fingerprint", "HEX", true, "the first digits of a key's fingerprint, 8 at least" },
	[OPT_METADATA]    = { "metadata", "KEY=VALUE", true, "words that the bridge keeps for you" },
	[OPT_BLOCKED]     = { "blocked", NULL, false, "it may not connect yet" },
	[OPT_LOG_LEVEL]   = { "log-level", "LEVEL", false, "what is logged: none, error, info, debug" },
	[OPT_CERTIFICATE] = { "certificate", "FILE", true, "devices need certificates that this one has signed" },
	[OPT_PUBLIC]      = { "public", "FILE", false, "write the public half to FILE, too" },
	[OPT_FILE]        = { "file", "FILE", false, "the bytes are in FILE; - is standard input" },
	[OPT_IF_VERSION]  = { "if-version", "N", false, "only if N is the latest version now" },
	[OPT_WAIT]        = { "wait", "SECONDS", false, "then wait until the device has acknowledged it" },
	[OPT_VERSION_OF]  = { "version", "N", false, "this one of the last ten, and not the latest" },
	[OPT_SUBFOLDER]   = { "subfolder", "NAME", false, "subfolder, as the contract has it" },
	[OPT_CURSOR]      = { "cursor", "N", false, "what comes behind N; 0: from the oldest that is kept" },
	[OPT_CURSOR_FILE] = { "cursor-file", "FILE", false, "go on where FILE says, and keep it up to date" },
	[OPT_KIND]        = { "kind", "KIND", false, "only event, only state" },
	[OPT_DRY_RUN]     = { "dry-run", NULL, false, "only tell what would be done" },
	[OPT_FROM]        = { "from", "URL", false, "live, from the IoT Core v1 REST interface at URL" },
	[OPT_FROM_TOKEN_FILE] = { "from-token-file", "FILE", false, "its token (TERN_FROM_TOKEN, the token itself)" },
	[OPT_FROM_CA]     = { "from-ca", "FILE", false, "its root, PEM" },
	[OPT_SYSTEM_KEY]  = { "system-key", "KEY", false, "URL is ClearBlade's, and this the project's system key" },
	[OPT_SERVICE_ACCOUNT] = { "service-account", "FILE", false,
				  "live, from ClearBlade: URL, key and token as its console saves them" },
	[OPT_FROM_REGISTRY] = { "from-registry", "NAME", false, "there: projects/P/locations/L/registries/R" },
	[OPT_HOST]        = { "host", "NAME", false, "the server: are its usual roots there?" },
	[OPT_HELP]        = { "help", NULL, false, "this text" },
};

const struct option_info *option_info(enum option_id id)
{
	return &options[id];
}

#define BRIDGE   (OPT(OPT_BRIDGE) | OPT(OPT_TOKEN_FILE) | OPT(OPT_CA))
#define PLACE    (BRIDGE | OPT(OPT_PROJECT) | OPT(OPT_REGION))
#define REGISTRY (PLACE | OPT(OPT_REGISTRY) | OPT(OPT_JSON))
#define KEYS     (OPT(OPT_KEY) | OPT(OPT_EXPIRES))
#define PAYLOAD  OPT(OPT_FILE)
#define READER   (REGISTRY | OPT(OPT_CURSOR) | OPT(OPT_LIMIT))
#define MESSAGES (OPT(OPT_KIND) | OPT(OPT_SUBFOLDER))
#define SOURCE   (OPT(OPT_FROM) | OPT(OPT_FROM_TOKEN_FILE) | OPT(OPT_FROM_CA) | OPT(OPT_SYSTEM_KEY) | \
		  OPT(OPT_SERVICE_ACCOUNT) | OPT(OPT_FROM_REGISTRY))

static const char key_text[] =
	"The file is for its owner only and never written over; the public half goes to standard output. A board with\n"
	"Tern's firmware needs none of this: 'tern provision' has the key made on the device, where it stays.";
static const char check_text[] =
	"Asks no bridge. FILE (- is standard input) is read as a device reads what is pasted; each finding has a\n"
	"code, a line and a sentence. Nothing of a private key is shown but the fingerprint of its public half.";
static const char token_text[] =
	"Asks no bridge. FILE (- or nothing is standard input) holds the token and nothing else; times are held\n"
	"against this computer's clock. A token is a login until it expires: it is read from a file, and its\n"
	"signature never shown.";
static const char tail_text[] =
	"One line each until Ctrl-C, from now on or from --cursor. While the bridge is away it is tried again, and\n"
	"nothing that is kept is missed. --json: the bridge's lines of JSON, {\"lost\":\"12\"} among them where\n"
	"retention was faster.";
static const char import_text[] =
	"FILE (- is standard input) is what 'gcloud iot registries list|describe' or 'gcloud iot devices\n"
	"list|describe' printed with --format=json: an object, an array, or several of them. Keys, numeric ids,\n"
	"metadata, blocked, log level and config come along, so that devices need a new host name and root only.\n"
	"Project, region and registry are those of the file unless options say others. A device that is there\n"
	"already is compared, not changed; the same command again goes on where it ended.";

static const char explain_text[] =
	"CODE and FACTs are those of a verdict on a failure: TLS-ROOT-1 issuer='GTS Root R1' flags=0x8. Without\n"
	"them a log is read: a device's own lines, mbedTLS, AT traces, X-CUBE-GCP, Arduino, Zephyr. No bridge is\n"
	"asked.";

static const struct command commands[] = {
	{ "registry create", "ID", "make a registry",
	  PLACE | OPT(OPT_JSON) | OPT(OPT_LOG_LEVEL) | OPT(OPT_CERTIFICATE), run_registry_create, NULL },
	{ "registry list", "", "list the registries",
	  PLACE | OPT(OPT_JSON) | OPT(OPT_LIMIT), run_registry_list, NULL },
	{ "registry show", "[ID]", "show a registry",
	  REGISTRY, run_registry_show, NULL },
	{ "registry delete", "ID", "delete a registry that has no devices",
	  PLACE, run_registry_delete, NULL },

	{ "device create", "ID", "make a device known",
	  REGISTRY | KEYS | OPT(OPT_METADATA) | OPT(OPT_BLOCKED) | OPT(OPT_LOG_LEVEL), run_device_create, NULL },
	{ "device list", "", "list the devices",
	  REGISTRY | OPT(OPT_LIMIT), run_device_list, NULL },
	{ "device show", "ID", "show all about a device",
	  REGISTRY, run_device_show, NULL },
	{ "device update", "ID", "change metadata (KEY= takes it away) and log level",
	  REGISTRY | OPT(OPT_METADATA) | OPT(OPT_LOG_LEVEL), run_device_update, NULL },
	{ "device block", "ID", "cut its connection and refuse it from now on",
	  REGISTRY, run_device_block, NULL },
	{ "device unblock", "ID", "let it connect again",
	  REGISTRY, run_device_unblock, NULL },
	{ "device delete", "ID", "forget a device, its keys, configs and states",
	  REGISTRY, run_device_delete, NULL },

	{ "credential list", "DEVICE", "list a device's keys",
	  REGISTRY, run_credential_list, NULL },
	{ "credential add", "DEVICE", "give a device another key, three at most",
	  REGISTRY | KEYS, run_credential_add, NULL },
	{ "credential remove", "DEVICE", "take keys from a device",
	  REGISTRY | OPT(OPT_KEY) | OPT(OPT_FINGERPRINT), run_credential_remove, NULL },

	{ "key new", "FILE", "make a P-256 key pair on this computer",
	  OPT(OPT_PUBLIC), run_key_new, key_text },
	{ "key show", "FILE", "print the public half and fingerprint of a key",
	  0, run_key_show, NULL },
	{ "key check", "FILE [OTHER]", "find out what is wrong with a key, and whether another file is its other half",
	  OPT(OPT_JSON), run_key_check, check_text },

	{ "roots check", "FILE", "find out whether root certificates are of use, and for how long",
	  OPT(OPT_JSON) | OPT(OPT_HOST), run_roots_check, check_text },

	{ "token decode", "[FILE]", "show what a device's token says, and what is wrong with it",
	  OPT(OPT_JSON) | OPT(OPT_KEY), run_token_decode, token_text },

	{ "config set", "DEVICE [TEXT]", "store a config for a device, which gets it at once or when it connects",
	  REGISTRY | PAYLOAD | OPT(OPT_IF_VERSION) | OPT(OPT_WAIT), run_config_set, NULL },
	{ "config get", "DEVICE", "print a device's config, byte for byte",
	  REGISTRY | OPT(OPT_VERSION_OF), run_config_get, NULL },
	{ "config history", "DEVICE", "list the last ten configs and when they were acknowledged",
	  REGISTRY, run_config_history, NULL },

	{ "command send", "DEVICE [TEXT]", "send a command to a connected device",
	  REGISTRY | PAYLOAD | OPT(OPT_SUBFOLDER), run_command_send, NULL },
	{ "state list", "DEVICE", "list the last ten states of a device",
	  REGISTRY, run_state_list, NULL },

	{ "log list", "[DEVICE]", "list what happened to a device, or to all",
	  READER, run_log_list, NULL },
	{ "log tail", "[DEVICE]", "watch what happens to a device, or to all",
	  READER | OPT(OPT_CURSOR_FILE), run_log_tail, tail_text },
	{ "telemetry list", "[DEVICE]", "list messages of a device, or of all",
	  READER | MESSAGES, run_telemetry_list, NULL },
	{ "telemetry tail", "[DEVICE]", "watch messages of a device, or of all",
	  READER | MESSAGES | OPT(OPT_CURSOR_FILE), run_telemetry_tail, tail_text },

	{ "import", "[FILE]", "bring registries and devices from Google's or ClearBlade's service",
	  REGISTRY | OPT(OPT_DRY_RUN) | SOURCE, run_import, import_text },

	{ "explain", "[CODE] [FACT...]", "say a device's code, or the log on standard input, in words",
	  0, run_explain, explain_text },
};

const struct command *command_at(size_t index)
{
	return index < sizeof commands / sizeof commands[0] ? &commands[index] : NULL;
}
