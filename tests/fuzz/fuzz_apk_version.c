/* SPDX-License-Identifier: Apache-2.0 */
#include "version/apk.h"
#include "versions.h"

enum { PRE, END, REVISION, HASH, SUFFIX_NUMBER, POST, LETTER, NUMBER };

static const char *const suffixes[] = { "alpha", "beta", "pre", "rc", "cvs",
	"svn", "git", "hg", "p" };

#define N_PRE      4
#define N_SUFFIXES (sizeof(suffixes) / sizeof(suffixes[0]))

static bool
skip(struct slice *rest, struct slice prefix)
{
	if (!slice_starts_with(*rest, prefix))
		return false;
	*rest = slice_after(*rest, prefix.len);
	return true;
}

/* False where there are no digits. */
static bool
value_next(struct slice *rest, struct key *key)
{
	struct slice digits = digits_next(rest);
	uint64_t value = 0;

	for (size_t i = 0; i < digits.len; i++)
		value = 10 * value + (uint64_t)(digits.ptr[i] - '0');
	key_put_u64(key, value);
	return digits.len > 0;
}

static bool
number_next(struct slice *rest, struct key *key)
{
	struct slice ahead = *rest;
	struct slice digits = digits_next(&ahead);
	bool is_text = digits.len > 0 && digits.ptr[0] == '0';

	key_put(key, NUMBER);
	key_put(key, is_text ? 0 : 1);
	if (!is_text)
		return value_next(rest, key);
	key_put_text(key, digits);
	*rest = ahead;
	return true;
}

static bool
suffix_next(struct slice *rest, struct key *key)
{
	struct slice name = span_next(rest, 'a', 'z', 'a', 'z');

	for (size_t i = 0; i < N_SUFFIXES; i++) {
		if (!slice_eq(name, slice_of_string(suffixes[i])))
			continue;
		key_put(key, i < N_PRE ? PRE : POST);
		key_put(key, (uint8_t)i);
		if (rest->len == 0 || rest->ptr[0] < '0' || rest->ptr[0] > '9')
			return true;
		key_put(key, SUFFIX_NUMBER);
		return value_next(rest, key);
	}
	return false;
}

static bool
hash_next(struct slice *rest, struct key *key)
{
	struct slice hash = span_next(rest, '0', '9', 'a', 'f');

	key_put(key, HASH);
	key_put_text(key, hash);
	return hash.len > 0;
}

/* number{.number}[letter]{_suffix[number]}[~hash][-rN]; false for others. */
static bool
key_of(struct slice rest, struct key *key)
{
	if (!value_next(&rest, key))
		return false;
	while (skip(&rest, SLICE(".")))
		if (!number_next(&rest, key))
			return false;
	if (rest.len > 0 && rest.ptr[0] >= 'a' && rest.ptr[0] <= 'z') {
		key_put(key, LETTER);
		key_put(key, (uint8_t)rest.ptr[0]);
		rest = slice_after(rest, 1);
	}
	while (skip(&rest, SLICE("_")))
		if (!suffix_next(&rest, key))
			return false;
	if (skip(&rest, SLICE("~")) && !hash_next(&rest, key))
		return false;
	if (skip(&rest, SLICE("-r"))) {
		key_put(key, REVISION);
		if (!value_next(&rest, key))
			return false;
	}
	key_put(key, END);
	return rest.len == 0;
}

static bool
begins_with(const struct key *key, const struct key *prefix)
{
	return key->len >= prefix->len - 1 &&
	    !memcmp(key->bytes, prefix->bytes, prefix->len - 1);
}

static void
check(struct slice a, struct slice b)
{
	struct key key_a = { .len = 0 };
	struct key key_b = { .len = 0 };
	int order = sign_of(version_apk_compare(a, b));
	int prefix = sign_of(version_apk_compare_prefix(a, b));

	if (prefix != 0 && prefix != order)
		abort();
	bool is_valid = key_of(a, &key_a);
	if (is_valid != version_apk_is_valid(a))
		abort();
	if (!is_valid || !key_of(b, &key_b))
		return;
	if (order != sign_of(key_cmp(&key_a, &key_b)) ||
	    (prefix == 0) != begins_with(&key_a, &key_b))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_versions(data, size, version_apk_compare, check);
	return 0;
}
