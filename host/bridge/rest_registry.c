/* SPDX-License-Identifier: Apache-2.0 */
/* rest_registry.c - projects.locations.registries */
#include "bridge/rest_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 32 };

static struct registry *store(const struct rest_call *c)
{
	return c->rest->cfg.registry;
}

/* The registry of the path as it is now. */
static void answer_registry(struct rest_call *c, const char *id)
{
	struct registry_path path = { c->name.in.project, c->name.in.location, id };
	struct registry_info info = { .id = "" };
	enum registry_result result = registry_get(store(c), path, &info);

	if (result == REGISTRY_OK)
		rest_answer(c->x, model_registry(path, &info));
	else
		rest_refuse_registry(c->x, result);
	registry_info_clear(&info);
}

void rest_get_registry(struct rest_call *c)
{
	answer_registry(c, c->name.in.registry);
}

/* INFOS to PAGE; returns how many, which are fewer when the page is full. */
static size_t add_registries(struct json_text *page, struct registry_path parent, struct registry_info *infos,
			     size_t count, char last[REGISTRY_ID])
{
	size_t i = 0;

	for (; i < count && page->len < REST_PAGE_BYTES; i++) {
		cJSON *json = model_registry(parent, &infos[i]);

		json_add_text(page, ",", page->text[page->len - 1] != '[');
		json_add_json(page, json);
		cJSON_Delete(json);
		strcpy(last, infos[i].id);
		if (page->failed)
			break;
	}
	return i;
}

void rest_list_registries(struct rest_call *c)
{
	struct json_text page = { .text = NULL };
	uint64_t left;
	char last[REGISTRY_ID];
	bool more = true, full = false;

	if (!rest_page_read(c, &left, last))
		return;
	json_add_text(&page, "{\"deviceRegistries\":[", 21);
	while (left > 0 && more && !full && !page.failed) {
		struct registry_info infos[BATCH];
		size_t found = 0, added;
		enum registry_result result;

		memset(infos, 0, sizeof infos);
		result = registry_list(store(c), c->name.in, last[0] != '\0' ? last : NULL, infos,
				       left < BATCH ? (size_t)left : BATCH, &found, &more);
		if (result != REGISTRY_OK) {
			json_text_free(&page);
			rest_refuse_registry(c->x, result);
			return;
		}
		added = add_registries(&page, c->name.in, infos, found, last);
		full = added < found;
		more |= full;
		left -= added;
		for (size_t i = 0; i < found; i++)
			registry_info_clear(&infos[i]);
	}
	rest_page_end(c->x, &page, last, more);
}

/* One read of at most BATCH; *COUNT of them came to PAGE. */
static enum registry_result add_batch(struct rest_call *c, struct json_text *page, uint64_t left, uint64_t *after,
				      uint64_t *count, bool *more)
{
	struct registry_place places[BATCH];
	struct registry_info infos[BATCH];
	size_t found = 0;
	enum registry_result result;

	memset(infos, 0, sizeof infos);
	*count = 0;
	result = registry_list_all(store(c), *after, infos, places, left < BATCH ? (size_t)left : BATCH, &found, more);
	for (size_t i = 0; i < found; i++) {
		char last[REGISTRY_ID];
		struct registry_path parent = { places[i].project, places[i].location, NULL };

		*more |= page->len >= REST_PAGE_BYTES;
		if (page->len < REST_PAGE_BYTES && !page->failed) {
			*count += add_registries(page, parent, &infos[i], 1, last);
			*after = places[i].key;
		}
		registry_info_clear(&infos[i]);
	}
	return result;
}

void rest_list_all_registries(struct rest_call *c)
{
	struct json_text page = { .text = NULL };
	uint64_t left, count, after = 0;
	char last[REGISTRY_ID], *end;
	bool more = true;

	if (!rest_page_read(c, &left, last))
		return;
	after = strtoull(last, &end, 10);
	if (*end != '\0') {
		rest_refuse_with(c->x, REST_INVALID, "pageToken: it is not one that was given here.");
		return;
	}
	json_add_text(&page, "{\"deviceRegistries\":[", 21);
	do {
		enum registry_result result = add_batch(c, &page, left, &after, &count, &more);

		if (result != REGISTRY_OK) {
			json_text_free(&page);
			rest_refuse_registry(c->x, result);
			return;
		}
		left -= count;
	} while (left > 0 && more && page.len < REST_PAGE_BYTES && !page.failed);
	snprintf(last, sizeof last, "%llu", (unsigned long long)after);
	rest_page_end(c->x, &page, last, more);
}

void rest_create_registry(struct rest_call *c)
{
	struct model_error error;
	struct registry_info info;
	enum registry_result result;

	if (!model_read_registry(c->body, &info, &error)) {
		rest_refuse_model(c->x, &error);
		return;
	}
	result = registry_create(store(c), c->name.in, &info);
	if (result == REGISTRY_OK) {
		rest_change(c->x, "registry %s created", info.id);
		answer_registry(c, info.id);
	} else {
		rest_refuse_registry(c->x, result);
	}
	registry_info_clear(&info);
}

/* What the mask names, into what is stored. */
static void store_registry(struct rest_call *c, struct registry_info *info)
{
	const char *mask = query_get(&c->query, "updateMask");
	struct registry_info old = { .id = "" };
	struct model_error error;
	enum registry_result result = registry_get(store(c), c->name.in, &old);

	if (result == REGISTRY_OK && !model_merge_registry(mask, &old, info, &error)) {
		rest_refuse_model(c->x, &error);
		registry_info_clear(&old);
		return;
	}
	if (result == REGISTRY_OK)
		result = registry_update(store(c), c->name.in, &old);
	registry_info_clear(&old);
	if (result != REGISTRY_OK) {
		rest_refuse_registry(c->x, result);
		return;
	}
	node_registry_changed(c->rest->cfg.node, c->name.in, c->rest->t);
	rest_change(c->x, "registry %s: %.200s changed", c->name.in.registry, mask);
	answer_registry(c, c->name.in.registry);
}

void rest_patch_registry(struct rest_call *c)
{
	struct model_error error;
	struct registry_info info;

	if (!model_read_registry(c->body, &info, &error)) {
		rest_refuse_model(c->x, &error);
		return;
	}
	store_registry(c, &info);
	registry_info_clear(&info);
}

void rest_delete_registry(struct rest_call *c)
{
	enum registry_result result = registry_delete(store(c), c->name.in);

	if (result != REGISTRY_OK) {
		rest_refuse_registry(c->x, result);
		return;
	}
	node_registry_changed(c->rest->cfg.node, c->name.in, c->rest->t);
	rest_change(c->x, "registry %s deleted", c->name.in.registry);
	rest_answer(c->x, cJSON_CreateObject());
}
