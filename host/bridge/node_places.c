/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_places.c - which connection is a device's, and which is number N.  A
 * device is found by its id and by its number, since the admin may name it by
 * either, also when the registry has forgotten it already.
 */
#include "bridge/node_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOT_BITS = 24 };

bool places_new(struct node *n)
{
	uint32_t most = (1u << SLOT_BITS) - 1, i;
	uint32_t count = n->cfg.connections_max < most ? n->cfg.connections_max : most;

	for (n->place_count = 64; n->place_count < count * (size_t)2; n->place_count *= 2)
		;
	n->places = calloc(n->place_count, sizeof *n->places);
	n->slots = calloc(count, sizeof *n->slots);
	n->free_slots = calloc(count, sizeof *n->free_slots);
	if (n->places == NULL || n->slots == NULL || n->free_slots == NULL)
		return false;
	n->slot_count = n->free_count = count;
	for (i = 0; i < count; i++)
		n->free_slots[i] = count - 1 - i;
	return true;
}

void places_free(struct node *n)
{
	free(n->places);
	free(n->slots);
	free(n->free_slots);
}

/* ---- who is where ---------------------------------------------------------- */

/* FNV-1a, each name with its end. */
static uint64_t hash_add(uint64_t hash, const char *name)
{
	do {
		hash = (hash ^ (uint8_t)*name) * 0x100000001b3;
	} while (*name++ != '\0');
	return hash;
}

static uint64_t hash_of(struct registry_path in, const char *device)
{
	uint64_t hash = hash_add(hash_add(hash_add(0xcbf29ce484222325, in.project), in.location), in.registry);

	return hash_add(hash, device);
}

static bool same_registry(struct registry_path a, struct registry_path b)
{
	return strcmp(a.project, b.project) == 0 && strcmp(a.location, b.location) == 0 &&
	       strcmp(a.registry, b.registry) == 0;
}

static void number_text(char text[24], uint64_t number)
{
	snprintf(text, 24, "%" PRIu64, number);
}

static bool is_named(const struct node_conn *c, const char *device)
{
	char number[24];

	number_text(number, c->num_id);
	return strcmp(c->path.device, device) == 0 || strcmp(number, device) == 0;
}

struct node_conn *node_find(struct node *n, struct registry_device_path path)
{
	uint64_t hash = hash_of(path.in, path.device);
	struct place *p = n->places[hash & (n->place_count - 1)];

	for (; p != NULL; p = p->next)
		if (p->hash == hash && same_registry(p->conn->path.in, path.in) && is_named(p->conn, path.device))
			return p->conn;
	return NULL;
}

static void place_add(struct node_conn *c, struct place *p, const char *device)
{
	struct place **first;

	p->conn = c;
	p->hash = hash_of(c->path.in, device);
	first = &c->node->places[p->hash & (c->node->place_count - 1)];
	p->next = *first;
	*first = p;
}

static void place_remove(struct node_conn *c, struct place *p)
{
	struct place **link;

	if (p->conn == NULL)
		return;
	link = &c->node->places[p->hash & (c->node->place_count - 1)];
	while (*link != p)
		link = &(*link)->next;
	*link = p->next;
	p->conn = NULL;
}

void node_place(struct node_conn *c)
{
	char number[24];

	number_text(number, c->num_id);
	place_add(c, &c->by_id, c->path.device);
	place_add(c, &c->by_number, number);
}

void node_unplace(struct node_conn *c)
{
	place_remove(c, &c->by_id);
	place_remove(c, &c->by_number);
}

/* A connection's number: the slot, and how often the slot was used. */
bool slot_take(struct node_conn *c)
{
	struct node *n = c->node;
	uint32_t slot;

	if (n->free_count == 0)
		return false;
	slot = n->free_slots[--n->free_count];
	n->slots[slot].conn = c;
	c->id = (uint64_t)++n->slots[slot].uses << SLOT_BITS | slot;
	return true;
}

void slot_give(struct node_conn *c)
{
	uint32_t slot = (uint32_t)(c->id & ((1u << SLOT_BITS) - 1));

	c->node->slots[slot].conn = NULL;
	c->node->free_slots[c->node->free_count++] = slot;
}

struct node_conn *node_by_id(struct node *n, uint64_t id)
{
	uint64_t slot = id & ((1u << SLOT_BITS) - 1);

	if (slot >= n->slot_count || n->slots[slot].uses != id >> SLOT_BITS)
		return NULL;
	return n->slots[slot].conn;
}
