/* SPDX-License-Identifier: Apache-2.0 */
#include "version/dpkg.h"
#include "versions.h"

enum { TILDE, END, LETTER, OTHER };

/* Text and a number, N_PAIRS times: what is not there is empty, and is 0. */
#define N_PAIRS (MODEL_MAX / 2 + 1)

static bool
is_text(struct slice rest)
{
	return rest.len > 0 && (rest.ptr[0] < '0' || rest.ptr[0] > '9');
}

static void
key_put_byte(struct key *key, char c)
{
	bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

	key_put(key, c == '~' ? TILDE : is_letter ? LETTER : OTHER);
	key_put(key, (uint8_t)c);
}

static void
key_put_part(struct key *key, struct slice rest)
{
	for (size_t i = 0; i < N_PAIRS; i++) {
		for (; is_text(rest); rest = slice_after(rest, 1))
			key_put_byte(key, rest.ptr[0]);
		key_put(key, END);
		key_put_digits(key, digits_next(&rest));
	}
	if (rest.len > 0)
		abort();
}

/* Of a valid version: a colon there ends an epoch. */
static void
key_of(struct slice text, struct key *key)
{
	struct slice epoch = { 0 };
	const char *colon = memchr(text.ptr, ':', text.len);

	if (colon) {
		epoch = slice_first(text, (size_t)(colon - text.ptr));
		text = slice_after(text, epoch.len + 1);
	}
	size_t dash = text.len;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '-')
			dash = i;
	key_put_digits(key, epoch);
	key_put_part(key, slice_first(text, dash));
	key_put_part(key, slice_after(text, dash + 1));
}

static void
check(struct slice a, struct slice b)
{
	struct key key_a = { .len = 0 };
	struct key key_b = { .len = 0 };

	if (!version_dpkg_is_valid(a) || !version_dpkg_is_valid(b))
		return;
	key_of(a, &key_a);
	key_of(b, &key_b);
	if (sign_of(version_dpkg_compare(a, b)) !=
	    sign_of(key_cmp(&key_a, &key_b)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_versions(data, size, version_dpkg_compare, check);
	return 0;
}
