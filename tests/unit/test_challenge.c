/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/challenge.h"

#include "base/buf.h"
#include "base/memory.h"
#include "unit.h"

#define REALM "https://auth.example.org/token"

/* Challenges as one text: "bearer realm=... service=... ; basic". */
static char *
shown(const struct challenges *challenges)
{
	static const char *const schemes[] = { "other", "basic", "bearer" };
	CLEANUP(buf_clear) struct buf out = { 0 };

	for (size_t i = 0; i < challenges->n_items; i++) {
		const struct challenge *one = &challenges->items[i];
		const struct slice fields[] = { one->realm, one->service,
			one->scope, one->error };

		buf_put_string(&out, i > 0 ? " ; " : "");
		buf_put_string(&out, schemes[one->scheme]);
		for (size_t n = 0; n < N_ITEMS(fields); n++)
			buf_put_format(
			    &out, " [" SLICE_FMT "]", SLICE_ARG(fields[n]));
	}
	return buf_take_string(&out);
}

static void
reads_what_registries_send(void **state)
{
	static const struct {
		const char *header, *expected;
	} cases[] = {
		{ "", "" },
		{ " , ,", "" },
		{ "Basic", "basic [] [] [] []" },
		{ "Basic realm=\"The Lab\"", "basic [The Lab] [] [] []" },
		{ "Basic realm=lab, charset=\"UTF-8\"",
		    "basic [lab] [] [] []" },
		{ "Bearer realm=\"" REALM "\",service=\"r\",scope=\"a:b:c,d\"",
		    "bearer [" REALM "] [r] [a:b:c,d] []" },
		{ "bearer  REALM = \"" REALM "\" ,\tService=r",
		    "bearer [" REALM "] [r] [] []" },
		{ "BEARER realm=" REALM ",error=invalid_token",
		    "bearer [" REALM "] [] [] [invalid_token]" },
		{ "Basic realm=a, Bearer realm=b",
		    "basic [a] [] [] [] ; bearer [b] [] [] []" },
		{ "Bearer realm=b,Basic realm=a",
		    "bearer [b] [] [] [] ; basic [a] [] [] []" },
		{ "Basic, Bearer realm=b",
		    "basic [] [] [] [] ; bearer [b] [] [] []" },
		{ "Negotiate YII/+==, Basic realm=a",
		    "other [] [] [] [] ; basic [a] [] [] []" },
		{ "NTLM, Negotiate", "other [] [] [] [] ; other [] [] [] []" },
		{ "Bearer realm=\"a\\\"b\\\\c\"", "bearer [a\"b\\c] [] [] []" },
		{ "Bearer realm=\"\"", "bearer [] [] [] []" },
		{ "Bearer realm=\"a\",, service=\"b\",",
		    "bearer [a] [b] [] []" },
		{ "Bearer realm=\"a\",x=\"y, Basic realm=z\",service=b",
		    "bearer [a] [b] [] []" },
	};

	(void)state;
	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(challenges_clear) struct challenges challenges = { 0 };
		struct error err = { 0 };

		if (challenges_parse(slice_of_string(cases[i].header),
			&challenges, &err) < 0)
			fail_msg("%s: %s", cases[i].header, err.msg);
		CLEANUP(string_free) char *is = shown(&challenges);
		assert_string_equal(is, cases[i].expected);
	}
}

static void
refuses_what_two_readers_would_read_differently(void **state)
{
	static const char *const headers[] = {
		"Bearerrealm=\"a\"",
		"Bearer realm=\"a",
		"Bearer realm=\"a\\",
		"Bearer realm=\"a\"service=b",
		"Bearer realm=\"a\" service=b",
		"Bearer realm=\"a\",realm=\"b\"",
		"Bearer realm=\"\",realm=\"b\"",
		"Bearer realm=\"a\nb\"",
		"Bearer realm=\"\x80\"",
		"Bearer realm=\"\\\x01\"",
		"=",
		"\"Bearer\"",
		"Bearer realm=a b",
	};

	(void)state;
	for (size_t i = 0; i < N_ITEMS(headers); i++) {
		CLEANUP(challenges_clear) struct challenges challenges = { 0 };
		struct error err = { 0 };

		if (challenges_parse(
			slice_of_string(headers[i]), &challenges, &err) == 0)
			fail_msg("%s is not refused", headers[i]);
		assert_int_equal(err.kind, ERROR_FORMAT);
	}
}

static void
is_bounded(void **state)
{
	CLEANUP(buf_clear) struct buf many = { 0 };
	CLEANUP(buf_clear) struct buf large = { 0 };
	struct error err = { 0 };

	(void)state;
	for (int i = 0; i <= CHALLENGES_MAX; i++)
		buf_put_string(&many, "Basic,");
	buf_put_string(&large, "Bearer realm=\"");
	for (int i = 0; i < 20000; i++)
		buf_put_u8(&large, 'x');

	const struct slice texts[] = { buf_slice(&many), buf_slice(&large) };
	for (size_t i = 0; i < N_ITEMS(texts); i++) {
		CLEANUP(challenges_clear) struct challenges challenges = { 0 };

		assert_int_equal(
		    challenges_parse(texts[i], &challenges, &err), -1);
		assert_int_equal(err.kind, ERROR_LIMIT);
	}
}

static void
finds_the_first_of_a_scheme(void **state)
{
	CLEANUP(challenges_clear) struct challenges challenges = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(challenges_parse(SLICE("Basic realm=a,Bearer realm=b,"
						"Bearer realm=c"),
			     &challenges, &err),
	    0);
	const struct challenge *bearer =
	    challenges_find(&challenges, CHALLENGE_BEARER);
	assert_non_null(bearer);
	assert_true(slice_eq(bearer->realm, SLICE("b")));
	assert_null(challenges_find(&challenges, CHALLENGE_OTHER));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_registries_send),
		cmocka_unit_test(
		    refuses_what_two_readers_would_read_differently),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test(finds_the_first_of_a_scheme),
	};

	return cmocka_run_group_tests_name("challenge", tests, NULL, NULL);
}
