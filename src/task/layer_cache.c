/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two kinds of entries:
 *
 *	layer FORM LEVEL HEX   of the bytes of a layer: its diff ID, and the
 *	                       SHA-256 of its inventory, 32 bytes each
 *	inventory HEX          the inventory that has this SHA-256
 */
#include "task/layer_cache.h"

#include "base/bytes.h"
#include "base/memory.h"

/* Changes with what inventories hold. */
#define INVENTORY_FORM "5"

static char *
layer_key(const struct sha256 *sum, enum inventory_level level)
{
	char hex[SHA256_HEX_SIZE];

	sha256_to_string(sum, hex);
	return string_format("layer " INVENTORY_FORM " %s %s",
	    inventory_level_to_string(level), hex);
}

static char *
inventory_key(const struct sha256 *sum)
{
	char hex[SHA256_HEX_SIZE];

	sha256_to_string(sum, hex);
	return string_format("inventory %s", hex);
}

int
layer_cache_load(const struct fetch *cache, const struct sha256 *sum,
    enum inventory_level level, struct sha256 *ret_diff_id, struct buf *ret,
    struct error *err)
{
	CLEANUP(string_free) char *key = layer_key(sum, level);
	CLEANUP(string_free) char *key_inventory = NULL;
	CLEANUP(buf_clear) struct buf alias = { 0 };
	struct sha256 diff_id, inventory;

	if (!key)
		return error_nomem(err);
	if (cache_load(cache, key, &alias, err) < 0)
		return -1;

	struct bytes_reader in = bytes_reader_of(buf_slice(&alias));
	if (!bytes_sha256(&in, &diff_id) || !bytes_sha256(&in, &inventory) ||
	    in.rest.len > 0)
		return error_set(err, ERROR_NOT_FOUND, "damaged");
	key_inventory = inventory_key(&inventory);
	if (!key_inventory)
		return error_nomem(err);
	if (cache_load(cache, key_inventory, ret, err) < 0)
		return -1;
	*ret_diff_id = diff_id;
	return 0;
}

void
layer_cache_save(const struct fetch *cache, const struct layer_record *record)
{
	struct sha256 inventory = sha256_of(record->inventory);
	CLEANUP(string_free)
	char *key = layer_key(&record->sum, record->level);
	CLEANUP(string_free) char *key_inventory = inventory_key(&inventory);
	CLEANUP(buf_clear) struct buf alias = { 0 };
	struct error ignored;

	buf_put_sha256(&alias, &record->diff_id);
	buf_put_sha256(&alias, &inventory);
	if (!key || !key_inventory || alias.failed)
		return;
	/* The alias last: it promises that the other is there. */
	if (cache_save(cache, key_inventory, record->inventory, &ignored) == 0)
		ERROR_IGNORE(
		    cache_save(cache, key, buf_slice(&alias), &ignored));
}
