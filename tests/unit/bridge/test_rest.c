/* SPDX-License-Identifier: Apache-2.0 */
/* test_rest.c - the admin interface as its callers see it: a request, a status, what stands in the answer. */
#include "unit/cmocka_all.h"

#include "bridge/rest_internal.h"
#include "unit/bridge/rest_rig.h"

#include <cjson/cJSON.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "-----BEGIN PUBLIC KEY-----\\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\\n-----END PUBLIC KEY-----\\n"

static int setup(void **state)
{
	static struct rest_rig rig;

	rest_rig_init(&rig, false);
	*state = &rig;
	return 0;
}

static int setup_messages(void **state)
{
	static struct rest_rig rig;

	rest_rig_init(&rig, true);
	*state = &rig;
	return 0;
}

static int teardown(void **state)
{
	rest_rig_free(*state);
	return 0;
}

/* tests/data/keys/NAME as a JSON string without its quotes. */
static const char *pem(const char *name)
{
	static char out[4096];
	char file[128], text[4096];
	size_t n, o = 0;
	FILE *f;

	snprintf(file, sizeof file, "tests/data/keys/%s", name);
	f = fopen(file, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof text, f);
	fclose(f);
	for (size_t i = 0; i < n && o + 3 < sizeof out; i++) {
		out[o++] = text[i] == '\n' ? '\\' : text[i];
		if (text[i] == '\n')
			out[o++] = 'n';
	}
	out[o] = '\0';
	return out;
}

/* A session as a script: each row builds upon those before.  In a body %P is the P-256 key, %R the
 * RSA key, and ' stands for ". */
struct row { const char *name, *method, *target, *body; int status; const char *holds, *lacks; };

static const struct row session[] = {
	{ "no registry yet", "GET", RIG_R, "", 200, "{\"deviceRegistries\":[]}", NULL },
	{ "a registry is made", "POST", RIG_R, "{'id':'fleet','logLevel':'INFO'}", 200,
	  "\"name\":\"projects/my-project-1/locations/europe-west1/registries/fleet\"", NULL },
	{ "it is enabled by default", "GET", RIG_G, "", 200, "\"mqttConfig\":{\"mqttEnabledState\":\"MQTT_ENABLED\"}",
	  NULL },
	{ "twice", "POST", RIG_R, "{'id':'fleet'}", 409, "\"status\":\"ALREADY_EXISTS\"", NULL },
	{ "an id of no form", "POST", RIG_R, "{'id':'1fleet'}", 400, "1fleet", NULL },
	{ "listed", "GET", RIG_R "?pageSize=1", "", 200, "\"id\":\"fleet\"", "nextPageToken" },
	{ "changed by mask, in snake_case", "PATCH", RIG_G "?updateMask=log_level,mqtt_config",
	  "{'log_level':'DEBUG','mqtt_config':{'mqtt_enabled_state':'MQTT_DISABLED'},"
	  "'httpConfig':{'httpEnabledState':'HTTP_DISABLED'}}",
	  200, "\"logLevel\":\"DEBUG\"", "HTTP_DISABLED" },
	{ "and back", "PATCH", RIG_G "?updateMask=mqttConfig.mqttEnabledState", "{}", 200, "MQTT_ENABLED", NULL },
	{ "topics are kept", "PATCH", RIG_G "?updateMask=eventNotificationConfigs",
	  "{'eventNotificationConfigs':[{'subfolder_matches':'a','pubsubTopicName':'projects/p/topics/t'}]}", 200,
	  "\"eventNotificationConfigs\":[{\"subfolderMatches\":\"a\",\"pubsubTopicName\":\"projects/p/topics/t\"}]",
	  NULL },
	{ "a patch without mask", "PATCH", RIG_G, "{}", 400, "updateMask", NULL },
	{ "an id cannot be changed", "PATCH", RIG_G "?updateMask=id", "{'id':'x'}", 400, "'id' cannot be changed",
	  NULL },

	{ "no device yet", "GET", RIG_D, "", 200, "{\"devices\":[]}", NULL },
	{ "a device is made", "POST", RIG_D,
	  "{'id':'pump%7','credentials':[{'publicKey':{'format':'ES256_PEM','key':'%P'},"
	  "'expirationTime':'2030-01-01T00:00:00+01:00'}],"
	  "'config':{'binaryData':'aGVsbG8='},'metadata':{'site':'north','a_b':'c'},'numId':'1234567890123456'}", 200,
	  "\"name\":\"projects/my-project-1/locations/europe-west1/registries/fleet/devices/1234567890123456\"", NULL },
	{ "its key has an end", "GET", RIG_D "/pump%257", "", 200, "\"expirationTime\":\"2029-12-31T23:00:00Z\"",
	  NULL },
	{ "metadata keys are not renamed", "GET", RIG_D "/pump%257", "", 200, "\"a_b\":\"c\"", NULL },
	{ "by number", "GET", RIG_D "/1234567890123456?fieldMask=blocked", "", 200,
	  "{\"id\":\"pump%7\",\"numId\":\"1234567890123456\",\"blocked\":false}", NULL },
	{ "version 1 of its config", "GET", RIG_D "/pump%257?fieldMask=config", "", 200,
	  "\"config\":{\"version\":\"1\",\"cloudUpdateTime\":\"2023-11-14T22:13:20Z\",\"binaryData\":\"aGVsbG8=\"}",
	  NULL },
	{ "decoded once only", "GET", RIG_D "/pump%25257", "", 404, "NOT_FOUND", NULL },
	{ "not encoded at all", "GET", RIG_D "/pump%7", "", 400, "two hex digits", NULL },
	{ "a slash in an id", "GET", RIG_D "/a%2Fb", "", 404, "a/b", NULL },
	{ "a zero in an id", "GET", RIG_D "/pump%00", "", 400, "0x00", NULL },
	{ "plus stands for itself", "GET", RIG_D "/a+b", "", 404, "a+b", NULL },
	{ "a second device, RSA, never expires", "POST", RIG_D,
	  "{'id':'valve','credentials':[{'public_key':{'format':'RSA_PEM','key':'%R'},"
	  "'expirationTime':'1970-01-01T00:00:00Z'}],'lastEventTime':null}",
	  200, "\"expirationTime\":\"1970-01-01T00:00:00Z\"", NULL },
	{ "lists tell ids only", "GET", RIG_D, "", 200, "\"id\":\"pump%7\"", "credentials" },
	{ "lists tell what is asked for", "GET", RIG_D "?fieldMask=credentials,metadata", "", 200, "BEGIN PUBLIC KEY",
	  "config" },
	{ "a page of one", "GET", RIG_D "?pageSize=1", "", 200, "\"nextPageToken\":\"cHVtcCU3\"", "valve" },
	{ "the page behind it", "GET", RIG_D "?page_size=1&page_token=cHVtcCU3", "", 200, "valve", "nextPageToken" },
	{ "by ids", "GET", RIG_D "?deviceIds=valve&deviceIds=nobody", "", 200, "valve", "pump" },
	{ "by numeric ids", "GET", RIG_D "?deviceNumIds=1234567890123456", "", 200, "pump", "valve" },
	{ "no gateways", "GET", RIG_D "?gatewayListOptions.gatewayType=GATEWAY", "", 200, "{}", "pump" },
	{ "all but gateways", "GET", RIG_D "?gateway_list_options.gateway_type=NON_GATEWAY", "", 200, "pump", NULL },
	{ "devices of a gateway", "GET", RIG_D "?gatewayListOptions.associationsGatewayId=g", "", 501, "UNIMPLEMENTED",
	  NULL },

	{ "blocked", "PATCH", RIG_D "/valve?updateMask=blocked", "{'blocked':true}", 200, "\"blocked\":true", NULL },
	{ "only what the mask names", "PATCH", RIG_D "/valve?updateMask=logLevel",
	  "{'blocked':false,'logLevel':'ERROR'}", 200,
	  "\"blocked\":true", NULL },
	{ "what the mask names and the body has not becomes empty", "PATCH", RIG_D "/valve?updateMask=credentials",
	  "{}", 200,
	  "\"credentials\":[]", NULL },

	{ "a config", "POST", RIG_D "/valve:modifyCloudToDeviceConfig", "{'versionToUpdate':'1','binaryData':'_-8'}",
	  200,
	  "{\"version\":\"2\",\"cloudUpdateTime\":\"2023-11-14T22:13:20Z\",\"binaryData\":\"/+8=\"}", NULL },
	{ "another one at once", "POST", RIG_D "/valve:modifyCloudToDeviceConfig", "{'binaryData':''}", 429,
	  "RESOURCE_EXHAUSTED", NULL },
	{ "its versions", "GET", RIG_D "/valve/configVersions", "", 200, "{\"deviceConfigs\":[{\"version\":\"2\"",
	  NULL },
	{ "one of them", "GET", RIG_D "/valve/configVersions?numVersions=1", "", 200, "\"version\":\"2\"",
	  "\"version\":\"1\"" },
	{ "no state yet", "GET", RIG_D "/valve/states", "", 200, "{\"deviceStates\":[]}", NULL },
	{ "a registry with devices stays", "DELETE", RIG_G, "", 400, "FAILED_PRECONDITION", NULL },
	{ "deleted", "DELETE", RIG_D "/valve", "", 200, "{}", NULL },
	{ "gone", "GET", RIG_D "/valve", "", 404, "valve", NULL },
	{ "nothing to delete", "DELETE", RIG_D "/valve", "", 404, "valve", NULL },
	{ "the other, too", "DELETE", RIG_D "/1234567890123456", "", 200, "{}", NULL },
	{ "the registry", "DELETE", RIG_G, "", 200, "{}", NULL },
	{ "of no registry", "GET", RIG_D, "", 404, "The project 'my-project-1' is unknown", NULL },
};

static void fill(char *out, size_t size, const char *body)
{
	size_t n = 0;

	for (; *body != '\0' && n + 1 < size; body++) {
		if (strncmp(body, "%P", 2) == 0 || strncmp(body, "%R", 2) == 0)
			n += (size_t)snprintf(out + n, size - n, "%s",
				pem(*++body == 'P' ? "p256_public.pem" : "rsa2048_public.pem"));
		else
			out[n++] = *body == '\'' ? '"' : *body;
	}
	out[n] = '\0';
}

static void play(struct rest_rig *g, const struct row *rows, size_t count)
{
	char body[8192];

	for (size_t i = 0; i < count; i++) {
		fill(body, sizeof body, rows[i].body);
		rest_rig_call(g, rows[i].method, rows[i].target, body);
		if (g->status != rows[i].status || (rows[i].holds != NULL && strstr(g->body, rows[i].holds) == NULL) ||
		    (rows[i].lacks != NULL && strstr(g->body, rows[i].lacks) != NULL))
			fail_msg("%s: %d %s", rows[i].name, g->status, g->body);
	}
}

static void a_session(void **state)
{
	play(*state, session, sizeof session / sizeof session[0]);
	assert_int_equal(rest_rig_node.config_changed, 1);
	assert_int_equal(rest_rig_node.device_changed, 2 + 3 + 2);
	assert_int_equal(rest_rig_node.registry_changed, 3 + 1);
}

static void make_fleet(struct rest_rig *g)
{
	assert_int_equal(rest_rig_call(g, "POST", RIG_R, "{\"id\":\"fleet\"}"), 200);
	assert_int_equal(rest_rig_call(g, "POST", RIG_D, "{\"id\":\"valve\"}"), 200);
}

/* Each is refused, names the offending member, and changes nothing. */
static const struct row refused[] = {
	{ "no body", "POST", RIG_D, "", 400, "is empty", NULL },
	{ "an array", "POST", RIG_D, "[]", 400, "not an object", NULL },
	{ "text behind", "POST", RIG_D, "{'id':'abc'} x", 400, "not JSON", NULL },
	{ "a member twice", "POST", RIG_D, "{'id':'abc','id':'abd'}", 400, "'id' twice", NULL },
	{ "a member twice, deeper", "POST", RIG_D, "{'metadata':{'k':'1','k':'2'}}", 400, "'k' twice", NULL },
	{ "a member in both spellings", "POST", RIG_D, "{'logLevel':'INFO','log_level':'INFO'}", 400,
	  "log_level: stands there twice", NULL },
	{ "an unknown member", "POST", RIG_D, "{'id':'abc','colour':1}", 400, "colour: there is no such member", NULL },
	{ "an id that is a number", "POST", RIG_D, "{'id':17}", 400, "id: is not a string", NULL },
	{ "blocked as text", "POST", RIG_D, "{'id':'abc','blocked':'yes'}", 400,
	  "blocked 'yes': is neither true nor false", NULL },
	{ "a level of no name", "POST", RIG_D, "{'id':'abc','logLevel':'LOUD'}", 400, "logLevel 'LOUD'", NULL },
	{ "metadata of a number", "POST", RIG_D, "{'id':'abc','metadata':{'k':5}}", 400, "metadata.k: is not a string",
	  NULL },
	{ "credentials as an object", "POST", RIG_D, "{'id':'abc','credentials':{}}", 400,
	  "credentials: is not an array", NULL },
	{ "a credential without key", "POST", RIG_D, "{'id':'abc','credentials':[{}]}", 400,
	  "credentials[0]: needs a publicKey", NULL },
	{ "a format of no name", "POST", RIG_D, "{'id':'abc','credentials':[{'publicKey':{'format':'PGP','key':''}}]}",
	  400,
	  "credentials[0].publicKey.format 'PGP'", NULL },
	{ "a key cut short", "POST", RIG_D, "{'id':'abc','credentials':[{'publicKey':{'format':'ES256_PEM','key':'"
	  KEY "'}}]}", 400,
	  "credentials[0].publicKey.key", NULL },
	{ "an RSA key as EC", "POST", RIG_D,
	  "{'id':'abc','credentials':[{'publicKey':{'format':'ES256_PEM','key':'%R'}}]}", 400,
	  "credentials[0].publicKey.key", NULL },
	{ "an expiry of no form", "POST", RIG_D,
	  "{'id':'abc','credentials':[{'publicKey':{'format':'ES256_PEM','key':'%P'},'expirationTime':'tomorrow'}]}",
	  400,
	  "credentials[0].expirationTime 'tomorrow'", NULL },
	{ "four keys", "POST", RIG_D, "{'id':'abc','credentials':[{'publicKey':{'format':'ES256_PEM','key':'%P'}},"
	  "{'publicKey':{'format':'ES256_PEM','key':'%P'}},{'publicKey':{'format':'ES256_PEM','key':'%P'}},{}]}", 400,
	  "credentials: has more than 3 elements.", NULL },
	{ "config of no base64", "POST", RIG_D, "{'id':'abc','config':{'binaryData':'a*b'}}", 400,
	  "config.binaryData: is not base64", NULL },
	{ "a gateway", "POST", RIG_D, "{'id':'abc','gatewayConfig':{'gatewayType':'GATEWAY'}}", 501,
	  "gateways are not part", NULL },
	{ "a number of a device", "POST", RIG_D, "{'id':'abc','numId':'-5'}", 400, "numId '-5'", NULL },
	{ "an id too short", "POST", RIG_D, "{'id':'ab'}", 400, "ab", NULL },
	{ "an id of goog", "POST", RIG_D, "{'id':'google-x'}", 400, "goog", NULL },
	{ "there already", "POST", RIG_D, "{'id':'valve'}", 409, "valve", NULL },
	{ "in no registry", "POST", RIG_R "/other/devices", "{'id':'abc'}", 404, "other", NULL },
	{ "no depth without end", "POST", RIG_D, "{'a':[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]}", 400, "16 levels",
	  NULL },
	{ "a zero in a string", "POST", RIG_D, "{'id':'valve2\\u0000x'}", 400, "zero character", NULL },
	{ "not UTF-8", "POST", RIG_D, "{'id':'\xff'}", 400, "not UTF-8", NULL },
	{ "a number with a zero before it", "POST", RIG_D, "{'numId':012}", 400, "number of no form", NULL },
	{ "half a version", "POST", RIG_D "/valve:modifyCloudToDeviceConfig", "{'versionToUpdate':1.5}", 400,
	  "versionToUpdate", NULL },
	{ "a version that is not the latest", "POST", RIG_D "/valve:modifyCloudToDeviceConfig",
	  "{'versionToUpdate':'7'}", 400,
	  "FAILED_PRECONDITION", NULL },
	{ "a config for nobody", "POST", RIG_D "/nobody:modifyCloudToDeviceConfig", "{'binaryData':''}", 404, "nobody",
	  NULL },
	{ "a subfolder with a wildcard", "POST", RIG_D "/valve:sendCommandToDevice", "{'subfolder':'a/#'}", 400,
	  "subfolder 'a/#'", NULL },
	{ "a mask of nothing", "PATCH", RIG_D "/valve?updateMask=", "{}", 400, "updateMask", NULL },
	{ "a mask of what is the server's", "PATCH", RIG_D "/valve?updateMask=blocked,state", "{}", 400,
	  "'state' cannot be changed", NULL },
	{ "a field mask of no member", "GET", RIG_D "?fieldMask=colour", "", 400, "'colour' is no member", NULL },
	{ "an unknown parameter", "GET", RIG_D "?colour=red", "", 400, "no parameter 'colour'", NULL },
	{ "a token in the query", "GET", RIG_D "?access_token=s3cret", "", 400, "no parameter 'accessToken'",
	  "s3cret" },
	{ "a parameter twice", "GET", RIG_D "?pageSize=1&page_size=2", "", 400, "'pageSize' stands there twice", NULL },
	{ "a page of no number", "GET", RIG_D "?pageSize=-1", "", 400, "pageSize", NULL },
	{ "a page token of somebody else", "GET", RIG_D "?pageToken=*", "", 400, "pageToken", NULL },
	{ "eleven versions", "GET", RIG_D "/valve/configVersions?numVersions=11", "", 400, "numVersions: '11'", NULL },
	{ "no such path", "GET", "/v2/projects", "", 404, "There is nothing at '/v2/projects'", NULL },
	{ "a trailing slash", "GET", RIG_D "/", "", 404, "There is nothing", NULL },
	{ "no such verb", "POST", RIG_D "/valve:explode", "{}", 404, "There is nothing", NULL },
	{ "another method", "PUT", RIG_D "/valve", "{}", 405, "GET, PATCH, DELETE", NULL },
	{ "gateways", "POST", RIG_G ":bindDeviceToGateway", "{}", 501, "UNIMPLEMENTED", NULL },
	{ "policies", "POST", RIG_G ":getIamPolicy", "{}", 501, "UNIMPLEMENTED", NULL },
	{ "messages without a log", "GET", "/v1/messages", "", 400, "FAILED_PRECONDITION", NULL },
	{ "a cursor of another log", "GET", RIG_G "/logEntries?cursor=999", "", 400, "beyond the newest", NULL },
	{ "a wait without end", "GET", RIG_G "/logEntries?wait=3600", "", 400, "wait: '3600'", NULL },
	{ "entries of nobody", "GET", RIG_D "/nobody/logEntries", "", 404, "nobody", NULL },
};

static void refusals_name_the_member_and_change_nothing(void **state)
{
	struct rest_rig *g = *state;
	char before[4096];

	make_fleet(g);
	rest_rig_call(g, "GET", RIG_D "/valve", "");
	snprintf(before, sizeof before, "%s", g->body);
	memset(&rest_rig_node, 0, sizeof rest_rig_node);
	play(g, refused, sizeof refused / sizeof refused[0]);
	assert_int_equal(rest_rig_node.config_changed + rest_rig_node.device_changed + rest_rig_node.registry_changed +
			 rest_rig_node.commands, 0);
	rest_rig_call(g, "GET", RIG_D "/valve", "");
	assert_string_equal(g->body, before);
	rest_rig_call(g, "GET", RIG_D, "");
	assert_null(strstr(g->body, "abc"));
}

/* The documented object, and a sentence: a capital letter first, a full stop last. */
static void errors_are_objects_with_a_sentence(void **state)
{
	struct rest_rig *g = *state;
	char body[8192];

	make_fleet(g);
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		cJSON *json, *error;
		const char *message;

		fill(body, sizeof body, refused[i].body);
		rest_rig_call(g, refused[i].method, refused[i].target, body);
		json = cJSON_Parse(g->body);
		error = cJSON_GetObjectItem(json, "error");
		message = cJSON_GetStringValue(cJSON_GetObjectItem(error, "message"));
		assert_non_null(message);
		assert_int_equal((int)cJSON_GetObjectItem(error, "code")->valuedouble, refused[i].status);
		if (message[strlen(message) - 1] != '.' || (message[0] == ' ') || strstr(message, "..") != NULL)
			fail_msg("%s: '%s'", refused[i].name, message);
		cJSON_Delete(json);
	}
}

/* ---- Who may -------------------------------------------------------------- */

static void a_token_is_needed(void **state)
{
	static const char *const wrong[] = { "", "Bearer", "Bearer ", "Basic " RIG_TOKEN, "Bearer " RIG_TOKEN "x",
		RIG_TOKEN };
	struct rest_rig *g = *state;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		snprintf(g->peer, sizeof g->peer, "192.0.2.%zu:1", i);
		g->authorization = wrong[i];
		assert_int_equal(rest_rig_call(g, "GET", RIG_R, ""), 401);
		assert_true(g->head.authenticate);
		assert_non_null(strstr(g->body, "UNAUTHENTICATED"));
		assert_null(strstr(g->body, "deviceRegistries"));
	}
	g->authorization = "bearer  " RIG_TOKEN;
	assert_int_equal(rest_rig_call(g, "GET", RIG_R, ""), 200);
}

static void wrong_tokens_wait_longer_and_longer_and_the_owner_never(void **state)
{
	struct rest_rig *g = *state;
	uint32_t waits = 0;

	strcpy(g->peer, "[2001:db8::1]:1");
	g->authorization = "Bearer guess";
	for (int i = 0; i < AUTH_FREE; i++)
		assert_int_equal(rest_rig_call(g, "GET", RIG_R, ""), 401);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(rest_rig_call(g, "GET", RIG_R, ""), 429);
		assert_true(g->head.retry_after_s >= waits);
		waits = g->head.retry_after_s;
		strcpy(g->peer, i % 2 ? "[2001:db8::1]:7" : "[2001:db8::ffff]:9");     /* one /64 */
		g->t.now_ms += waits * 1000;
		assert_int_equal(rest_rig_call(g, "GET", RIG_R, ""), 401);
	}
	assert_int_equal(waits, 60);
	g->authorization = "Bearer " RIG_TOKEN;
	assert_int_equal(rest_rig_call(g, "GET", RIG_R, ""), 200);
	g->authorization = "Bearer guess";
	strcpy(g->peer, "[2001:db8:0:1::1]:1");
	assert_int_equal(rest_rig_call(g, "GET", RIG_R, ""), 401);                /* another /64 */
}

static void a_flood_of_addresses_is_bounded(void **state)
{
	struct rest_rig *g = *state;

	g->authorization = "Bearer guess";
	for (unsigned i = 0; i < 5 * AUTH_ADDRESSES; i++) {
		snprintf(g->peer, sizeof g->peer, "10.0.%u.%u:1", i >> 8, i & 255);
		g->t.now_ms++;
		assert_int_equal(rest_rig_call(g, "GET", RIG_R, ""), 401);
	}
}

static void another_token_may_be_set(void **state)
{
	struct rest_rig *g = *state;
	uint8_t hash[REST_TOKEN_HASH] = { 1 };

	rest_set_token(g->rest, hash);
	assert_int_equal(rest_rig_call(g, "GET", RIG_R, ""), 401);
}

static void a_rebound_name_gets_nowhere(void **state)
{
	static const struct { const char *host; int status; } rows[] = {
		{ "localhost", 200 }, { "LOCALHOST:8080", 200 }, { "127.0.0.1:8080", 200 }, { "127.9.9.9", 200 },
		  { "[::1]:8080", 200 },
		{ "", 200 }, { "evil.example", 403 }, { "evil.example:8080", 403 }, { "localhost.evil.example", 403 },
		{ "192.0.2.7", 403 }, { "[::2]", 403 }, { "[", 403 }, { "[::1", 403 }, { ":8080", 403 },
		  { "127.0.0.1.evil.example", 403 },
	};
	struct rest_rig *g = *state;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		g->host = rows[i].host;
		if (rest_rig_call(g, "GET", "/healthz", "") != rows[i].status)
			fail_msg("'%s': %d", rows[i].host, g->status);
	}
}

static void health_needs_no_token_and_says_little_without(void **state)
{
	struct rest_rig *g = *state;

	assert_int_equal(rest_rig_call(g, "GET", "/healthz", ""), 200);
	assert_non_null(strstr(g->body, "\"node\":{\"connections\":\"3\""));
	assert_non_null(strstr(g->body, "\"sinks\":[]"));
	g->authorization = "";
	g->lines = 0;
	assert_int_equal(rest_rig_call(g, "GET", "/healthz", ""), 200);
	assert_string_equal(g->body, "{\"ok\":true}");
	assert_int_equal(g->lines, 0);
	rest_stop(g->rest, g->t);
	assert_int_equal(rest_rig_call(g, "GET", "/healthz", ""), 503);
}

/* ---- Audit ---------------------------------------------------------------- */

static void every_call_is_a_line_without_secrets(void **state)
{
	struct rest_rig *g = *state;

	make_fleet(g);
	g->t.wall_ms += 5000;
	rest_rig_call(g, "POST", RIG_D "/valve:modifyCloudToDeviceConfig", "{\"binaryData\":\"c2VjcmV0\"}");
	rest_rig_call(g, "GET", RIG_D "/valve", "");
	rest_rig_call(g, "GET", RIG_D "/no\nbody?pageToken=hidden", "");
	assert_int_equal(g->lines, 5);
	assert_non_null(strstr(g->journal, "\"change\":\"device valve: config version 2, 6 bytes\""));
	assert_non_null(strstr(g->journal, "\"change\":\"registry fleet created\""));
	assert_non_null(strstr(g->journal, "\"from\":\"127.0.0.1:5000\",\"token\":\""));
	assert_non_null(strstr(g->journal, "no\\\\x0abody"));
	assert_null(strstr(g->journal, "c2VjcmV0"));
	assert_null(strstr(g->journal, "secret"));
	assert_null(strstr(g->journal, RIG_TOKEN));
	assert_null(strstr(g->journal, "hidden"));
}

static void a_device_s_log_keeps_what_was_changed(void **state)
{
	struct rest_rig *g = *state;

	make_fleet(g);
	assert_true(registry_flush(g->registry, 5000));
	assert_int_equal(rest_rig_call(g, "GET", RIG_D "/valve/logEntries", ""), 200);
	assert_non_null(strstr(g->body, "\"entry\":{\"eventType\":\"ADMIN\""));
	assert_non_null(strstr(g->body, "device valve created"));
	assert_int_equal(rest_rig_call(g, "GET", RIG_G "/logEntries?cursor=end", ""), 200);
	assert_non_null(strstr(g->body, "{\"logEntries\":[],\"nextCursor\":\""));
}

/* ---- Commands ------------------------------------------------------------- */

static const struct { const char *name; enum node_command_result result; int status; const char *holds; } outcomes[] = {
	{ "acknowledged", NODE_COMMAND_DELIVERED, 200, "{}" },
	{ "sent", NODE_COMMAND_SENT, 200, "{}" },
	{ "not connected", NODE_COMMAND_NOT_CONNECTED, 400, "the device is not connected" },
	{ "not subscribed", NODE_COMMAND_NOT_SUBSCRIBED, 400, "FAILED_PRECONDITION" },
	{ "no subfolders", NODE_COMMAND_NO_SUBFOLDERS, 400, "FAILED_PRECONDITION" },
	{ "no answer", NODE_COMMAND_NO_ANSWER, 504, "DEADLINE_EXCEEDED" },
	{ "lost", NODE_COMMAND_LOST, 400, "FAILED_PRECONDITION" },
	{ "busy", NODE_COMMAND_BUSY, 429, "RESOURCE_EXHAUSTED" },
};

static void a_command_s_outcome_is_told_at_once_or_later(void **state)
{
	struct rest_rig *g = *state;

	make_fleet(g);
	for (size_t i = 0; i < 2 * sizeof outcomes / sizeof outcomes[0]; i++) {
		struct rest_exchange *x;

		rest_rig_node.answers_at_once = i % 2;
		rest_rig_node.result = outcomes[i / 2].result;
		x = rest_rig_begin(g, "POST", RIG_D "/valve:sendCommandToDevice",
				   bytes_of("{\"binaryData\":\"aGVsbG8\",\"subfolder\":\"a/b\"}"));
		if (i % 2 == 0) {
			assert_null(rest_head(x));
			assert_null(rest_next_ready(g->rest));
			rest_rig_node.done(rest_rig_node.to, outcomes[i / 2].result);
			assert_ptr_equal(rest_next_ready(g->rest), x);
		}
		assert_null(rest_next_ready(g->rest));
		assert_true(rest_rig_take(g, x));
		rest_end(x);
		if (g->status != outcomes[i / 2].status || strstr(g->body, outcomes[i / 2].holds) == NULL)
			fail_msg("%s: %d %s", outcomes[i / 2].name, g->status, g->body);
		assert_string_equal(rest_rig_node.device, "valve");
		assert_string_equal(rest_rig_node.subfolder, "a/b");
		assert_int_equal(rest_rig_node.command_len, 5);
	}
	assert_int_equal(rest_rig_node.forgotten, 0);
	assert_non_null(strstr(g->journal, "\"status\":400,\"change\":\"device valve: command of 5 bytes in a/b: "
					   "the device is not connected\""));
}

static void who_leaves_is_forgotten_and_audited(void **state)
{
	struct rest_rig *g = *state;

	make_fleet(g);
	rest_end(rest_rig_begin(g, "POST", RIG_D "/valve:sendCommandToDevice",
		bytes_of("{\"binaryData\":\"aGVsbG8=\"}")));
	assert_int_equal(rest_rig_node.forgotten, 1);
	assert_non_null(strstr(g->journal, "\"status\":499,\"change\":\"device valve: command of 5 bytes\""));
}

static void who_leaves_a_long_poll_or_a_stream_is_no_error(void **state)
{
	struct rest_rig *g = *state;

	make_fleet(g);
	assert_true(registry_flush(g->registry, 5000));
	rest_end(rest_rig_begin(g, "GET", RIG_G "/logEntries?cursor=end&wait=50", bytes_of("")));
	assert_non_null(strstr(g->journal, "\"status\":499"));
	rest_end(rest_rig_begin(g, "GET", RIG_G "/logEntries:stream?cursor=end", bytes_of("")));
	assert_non_null(strstr(g->journal, "/logEntries:stream\",\"status\":200"));
	assert_null(strstr(g->journal, "\"severity\":\"ERROR\""));
}

static void a_command_without_outcome_ends(void **state)
{
	struct rest_rig *g = *state;
	struct rest_exchange *x;

	make_fleet(g);
	x = rest_rig_begin(g, "POST", RIG_D "/valve:sendCommandToDevice", bytes_of("{}"));
	assert_int_equal(rest_deadline(g->rest), g->t.now_ms + REST_COMMAND_MS);
	g->t.now_ms += REST_COMMAND_MS;
	rest_step(g->rest, g->t);
	assert_ptr_equal(rest_next_ready(g->rest), x);
	rest_rig_take(g, x);
	assert_int_equal(g->status, 504);
	rest_end(x);
	assert_int_equal(rest_rig_node.forgotten, 1);
}

/* ---- Messages ------------------------------------------------------------- */

static void messages_are_read_by_cursor(void **state)
{
	struct rest_rig *g = *state;

	make_fleet(g);
	rest_rig_call(g, "POST", RIG_D, "{\"id\":\"pump\"}");
	rest_rig_message(g, "valve", "", "one");
	rest_rig_message(g, "pump", "sub/folder", "two");
	rest_rig_message(g, "valve", "sub", "three");
	assert_int_equal(rest_rig_call(g, "GET", "/v1/messages?max=2", ""), 200);
	assert_non_null(strstr(g->body,
		"{\"cursor\":\"1\",\"kind\":\"event\",\"publishTime\":\"2023-11-14T22:13:20"
			"Z\",\"data\":\"b25l\",\"qos\":1,"
			"\"attributes\":{\"deviceId\":\"valve\",\"deviceNumId\":\"7\",\"deviceRegistryId\":\"fleet\","
			"\"deviceRegistryLocation\":\"europe-west1\",\"projectId\":\"my-project-1\"}}"));
	assert_non_null(strstr(g->body, "\"subFolder\":\"sub/folder\""));
	assert_non_null(strstr(g->body, "],\"nextCursor\":\"2\",\"lost\":\"0\"}"));
	assert_int_equal(rest_rig_call(g, "GET", RIG_G "/messages?cursor=2", ""), 200);
	assert_non_null(strstr(g->body, "\"data\":\"dGhyZWU=\""));
	assert_null(strstr(g->body, "b25l"));
	assert_int_equal(rest_rig_call(g, "GET", RIG_D "/pump/messages", ""), 200);
	assert_non_null(strstr(g->body, "dHdv"));
	assert_null(strstr(g->body, "valve"));
	assert_non_null(strstr(g->body, "\"nextCursor\":\"3\""));
	assert_int_equal(rest_rig_call(g, "GET", RIG_G "/messages?subFolder=sub", ""), 200);
	assert_non_null(strstr(g->body, "\"messages\":[{\"cursor\":\"3\""));
	assert_int_equal(rest_rig_call(g, "GET", RIG_G "/messages?kind=state", ""), 200);
	assert_string_equal(g->body, "{\"messages\":[],\"nextCursor\":\"3\",\"lost\":\"0\"}");
	assert_int_equal(rest_rig_call(g, "GET", RIG_R "/other/messages", ""), 404);
	assert_int_equal(rest_rig_call(g, "GET", RIG_G "/messages?cursor=4", ""), 400);
}

static void a_long_poll_waits_for_news_or_its_end(void **state)
{
	struct rest_rig *g = *state;
	struct rest_exchange *x;

	make_fleet(g);
	x = rest_rig_begin(g, "GET", RIG_D "/valve/messages?cursor=end&wait=10", bytes_of(""));
	assert_false(rest_rig_take(g, x));
	rest_rig_message(g, "pump", "", "not hers");
	rest_messages_arrived(g->rest);
	g->t.now_ms += 50;
	rest_step(g->rest, g->t);
	assert_false(rest_rig_take(g, x));
	rest_rig_message(g, "valve", "", "hers");
	rest_messages_arrived(g->rest);
	assert_true(rest_deadline(g->rest) <= g->t.now_ms + 50);
	g->t.now_ms += 50;
	rest_step(g->rest, g->t);
	assert_ptr_equal(rest_next_ready(g->rest), x);
	assert_true(rest_rig_take(g, x));
	assert_non_null(strstr(g->body, "aGVycw=="));
	rest_end(x);
	x = rest_rig_begin(g, "GET", RIG_G "/messages?cursor=end&wait=10", bytes_of(""));
	g->t.now_ms += 9999;
	rest_step(g->rest, g->t);
	assert_false(rest_rig_take(g, x));
	g->t.now_ms += 1;
	rest_step(g->rest, g->t);
	assert_true(rest_rig_take(g, x));
	assert_string_equal(g->body, "{\"messages\":[],\"nextCursor\":\"2\",\"lost\":\"0\"}");
	rest_end(x);
	assert_int_equal(rest_deadline(g->rest), UINT64_MAX);
}

/* Nobody said rest_messages_arrived(): another process may have written. */
static void a_long_poll_finds_news_by_itself(void **state)
{
	struct rest_rig *g = *state;
	struct rest_exchange *x;

	make_fleet(g);
	x = rest_rig_begin(g, "GET", RIG_G "/messages?wait=10", bytes_of(""));
	assert_false(rest_rig_take(g, x));
	rest_rig_message(g, "valve", "", "one");
	g->t.now_ms += REST_POLL_MS;
	rest_step(g->rest, g->t);
	assert_true(rest_rig_take(g, x));
	rest_end(x);
}

static void a_stream_goes_on_and_beats(void **state)
{
	struct rest_rig *g = *state;
	struct rest_exchange *x;

	make_fleet(g);
	rest_rig_message(g, "valve", "", "one");
	x = rest_rig_begin(g, "GET", RIG_G "/messages:stream", bytes_of(""));
	assert_true(rest_rig_take(g, x));
	assert_int_equal(g->status, 200);
	assert_true(g->head.stream);
	assert_non_null(strstr(g->body, "{\"message\":{\"cursor\":\"1\""));
	assert_int_equal(g->body[strlen(g->body) - 1], '\n');
	rest_rig_take(g, x);
	assert_string_equal(g->body, "");
	rest_rig_message(g, "valve", "", "two");
	rest_messages_arrived(g->rest);
	g->t.now_ms += 50;
	rest_step(g->rest, g->t);
	assert_ptr_equal(rest_next_ready(g->rest), x);
	rest_rig_take(g, x);
	assert_non_null(strstr(g->body, "{\"message\":{\"cursor\":\"2\""));
	g->t.now_ms += REST_BEAT_MS;
	rest_step(g->rest, g->t);
	assert_ptr_equal(rest_next_ready(g->rest), x);
	rest_rig_take(g, x);
	assert_string_equal(g->body, "{\"nextCursor\":\"2\"}\n");
	assert_true(rest_deadline(g->rest) > g->t.now_ms);
	rest_stop(g->rest, g->t);
	assert_ptr_equal(rest_next_ready(g->rest), x);
	assert_true(rest_whole(x));
	rest_end(x);
}

static void a_stream_ends_with_the_token_it_was_opened_with(void **state)
{
	struct rest_rig *g = *state;
	uint8_t hash[REST_TOKEN_HASH];
	struct rest_exchange *x;

	make_fleet(g);
	x = rest_rig_begin(g, "GET", RIG_G "/messages:stream", bytes_of(""));
	rest_rig_take(g, x);
	SHA256((const uint8_t *)RIG_TOKEN, strlen(RIG_TOKEN), hash);
	rest_set_token(g->rest, hash);
	assert_null(rest_next_ready(g->rest));        /* the same token: it goes on */
	hash[0] ^= 1;
	rest_set_token(g->rest, hash);
	assert_ptr_equal(rest_next_ready(g->rest), x);
	assert_true(rest_whole(x));
	rest_end(x);
}

/* A client that does not read its stream must not keep the loop busy. */
static void a_slow_stream_costs_no_spinning(void **state)
{
	struct rest_rig *g = *state;
	struct rest_exchange *x;
	unsigned steps = 0;
	uint64_t end;

	make_fleet(g);
	rest_rig_message(g, "valve", "", "one");
	x = rest_rig_begin(g, "GET", RIG_G "/messages:stream", bytes_of(""));
	for (end = g->t.now_ms + 60000; g->t.now_ms < end; steps++) {
		uint64_t at = rest_deadline(g->rest);

		g->t.now_ms = at > g->t.now_ms ? at : g->t.now_ms;
		rest_step(g->rest, g->t);
		while (rest_next_ready(g->rest) != NULL)
			;
	}
	assert_true(steps <= 60000 / REST_POLL_MS + 8);
	rest_end(x);
}

static void a_long_log_is_read_in_bounded_pages(void **state)
{
	struct rest_rig *g = *state;
	char large[8000];

	memset(large, 'x', sizeof large - 1);
	large[sizeof large - 1] = '\0';
	make_fleet(g);
	for (int i = 0; i < 100; i++)
		rest_rig_message(g, "valve", "", large);
	assert_int_equal(rest_rig_call(g, "GET", RIG_G "/messages?max=200", ""), 200);
	assert_true(strlen(g->body) < 2 * REST_READ_BYTES);
	assert_non_null(strstr(g->body, "\"cursor\":\"30\""));
	assert_null(strstr(g->body, "\"cursor\":\"40\""));
}

static void pages_of_devices_are_bounded(void **state)
{
	struct rest_rig *g = *state;
	char body[4096], target[512], *token, pairs[3000];
	size_t seen = 0, pages = 0;

	make_fleet(g);
	memset(pairs, 'm', sizeof pairs - 1);
	pairs[sizeof pairs - 1] = '\0';
	assert_int_equal(registry_begin(g->registry), REGISTRY_OK);
	for (int i = 0; i < 700; i++) {
		snprintf(body, sizeof body, "{\"id\":\"dev%03d\",\"metadata\":{\"k\":\"%s\"}}", i, pairs);
		assert_int_equal(rest_rig_call(g, "POST", RIG_D, body), 200);
	}
	assert_int_equal(registry_commit(g->registry), REGISTRY_OK);
	snprintf(target, sizeof target, RIG_D "?fieldMask=metadata&pageSize=10000");
	do {
		assert_int_equal(rest_rig_call(g, "GET", target, ""), 200);
		assert_true(strlen(g->body) < REST_PAGE_BYTES + 100000);
		for (char *p = g->body; (p = strstr(p, "\"id\":\"")) != NULL; p++)
			seen++;
		token = strstr(g->body, "\"nextPageToken\":\"");
		if (token != NULL)
			snprintf(target, sizeof target, RIG_D "?fieldMask=metadata&pageSize=10000&pageToken=%.*s",
				 (int)strcspn(token + 17, "\""), token + 17);
	} while (token != NULL && ++pages < 100);
	assert_int_equal(seen, 701);
	assert_true(pages >= 2);
}

static void who_stops_answers_everybody(void **state)
{
	struct rest_rig *g = *state;
	struct rest_exchange *poll, *command;

	make_fleet(g);
	poll = rest_rig_begin(g, "GET", RIG_G "/messages?wait=60", bytes_of(""));
	command = rest_rig_begin(g, "POST", RIG_D "/valve:sendCommandToDevice", bytes_of("{}"));
	rest_stop(g->rest, g->t);
	assert_true(rest_rig_take(g, poll));
	assert_int_equal(g->status, 200);
	assert_true(rest_rig_take(g, command));
	assert_int_equal(g->status, 503);
	rest_end(poll);
	rest_end(command);
	assert_int_equal(rest_rig_call(g, "GET", RIG_R, ""), 503);
}

#define REST_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define LOG_TEST(name)  cmocka_unit_test_setup_teardown(name, setup_messages, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		REST_TEST(a_session),
		REST_TEST(refusals_name_the_member_and_change_nothing),
		REST_TEST(errors_are_objects_with_a_sentence),
		REST_TEST(a_token_is_needed),
		REST_TEST(wrong_tokens_wait_longer_and_longer_and_the_owner_never),
		REST_TEST(a_flood_of_addresses_is_bounded),
		REST_TEST(another_token_may_be_set),
		REST_TEST(a_rebound_name_gets_nowhere),
		REST_TEST(health_needs_no_token_and_says_little_without),
		REST_TEST(every_call_is_a_line_without_secrets),
		REST_TEST(a_device_s_log_keeps_what_was_changed),
		REST_TEST(a_command_s_outcome_is_told_at_once_or_later),
		REST_TEST(who_leaves_is_forgotten_and_audited),
		REST_TEST(who_leaves_a_long_poll_or_a_stream_is_no_error),
		REST_TEST(a_command_without_outcome_ends),
		REST_TEST(pages_of_devices_are_bounded),
		LOG_TEST(messages_are_read_by_cursor),
		LOG_TEST(a_long_poll_waits_for_news_or_its_end),
		LOG_TEST(a_long_poll_finds_news_by_itself),
		LOG_TEST(a_stream_goes_on_and_beats),
		LOG_TEST(a_stream_ends_with_the_token_it_was_opened_with),
		LOG_TEST(a_slow_stream_costs_no_spinning),
		LOG_TEST(a_long_log_is_read_in_bounded_pages),
		LOG_TEST(who_stops_answers_everybody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
