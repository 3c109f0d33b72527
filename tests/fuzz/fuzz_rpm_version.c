/* SPDX-License-Identifier: Apache-2.0 */
#include "version/rpm.h"
#include "versions.h"

enum { TILDE, END, CARET, LETTERS, DIGITS };

static void
key_put_part(struct key *key, struct slice rest)
{
	while (rest.len > 0) {
		struct slice run = digits_next(&rest);
		if (run.len > 0) {
			key_put(key, DIGITS);
			key_put_digits(key, run);
			continue;
		}
		run = span_next(&rest, 'a', 'z', 'A', 'Z');
		if (run.len > 0) {
			key_put(key, LETTERS);
			key_put_text(key, run);
			continue;
		}
		if (rest.ptr[0] == '~')
			key_put(key, TILDE);
		if (rest.ptr[0] == '^')
			key_put(key, CARET);
		rest = slice_after(rest, 1);
	}
	key_put(key, END);
}

static struct slice
epoch_next(struct slice *rest)
{
	struct slice after = *rest;
	struct slice epoch = digits_next(&after);

	if (after.len == 0 || after.ptr[0] != ':')
		return (struct slice){ 0 };
	*rest = slice_after(after, 1);
	return epoch;
}

static void
key_of(struct slice text, struct key *key)
{
	key_put_digits(key, epoch_next(&text));

	size_t dash = text.len;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '-')
			dash = i;
	key_put_part(key, slice_first(text, dash));
	if (dash == text.len)
		return;
	key_put(key, 1);
	key_put_part(key, slice_after(text, dash + 1));
}

static void
check(struct slice a, struct slice b)
{
	struct key key_a = { .len = 0 };
	struct key key_b = { .len = 0 };

	key_of(a, &key_a);
	key_of(b, &key_b);
	if (sign_of(version_rpm_compare(a, b)) !=
	    sign_of(key_cmp(&key_a, &key_b)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_versions(data, size, version_rpm_compare, check);
	return 0;
}
