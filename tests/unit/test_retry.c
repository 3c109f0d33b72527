/* SPDX-License-Identifier: Apache-2.0 */
#include "net/retry.h"

#include "base/memory.h"
#include "unit.h"

static struct http_reply
reply_with(const char *headers)
{
	struct http_reply reply = { 0 };

	buf_put_string(&reply.headers, headers);
	assert_false(reply.headers.failed);
	return reply;
}

static void
doubles_and_varies(void **state)
{
	CLEANUP(http_reply_clear) struct http_reply reply = reply_with("");
	uint64_t asked_sec = 1;

	(void)state;
	for (uint32_t n = 1; n < 6; n++) {
		uint64_t middle = (uint64_t)500 << (n - 1);
		uint64_t is = retry_pause_ms(&reply, n, 60000, &asked_sec);

		assert_true(is >= middle * 3 / 4 && is <= middle * 5 / 4);
		assert_int_equal(asked_sec, 0);
	}
	assert_int_equal(retry_pause_ms(&reply, 1000000, 700, NULL), 700);
}

static void
heeds_what_is_asked_within_bounds(void **state)
{
	static const struct {
		const char *headers;
		uint64_t asked_sec, least_ms, most_ms;
	} cases[] = {
		{ "Retry-After: 3\r\n", 3, 3000, 3000 },
		{ "retry-after:  120 \r\n", 120, 30000, 30000 },
		{ "Retry-After: 86400\r\n", 86400, 30000, 30000 },
		{ "Retry-After: 0\r\n", 0, 375, 625 },
		{ "Retry-After: -1\r\n", 0, 375, 625 },
		{ "Retry-After: soon\r\n", 0, 375, 625 },
		{ "Retry-After: 1.5\r\n", 0, 375, 625 },
		{ "Retry-After: \r\n", 0, 375, 625 },
		{ "Retry-After: 18446744073709551615\r\n", 316224000, 30000,
		    30000 },
		{ "Retry-After: 99999999999999999999\r\n", 0, 375, 625 },
		{ "Date: Sat, 21 Nov 2026 00:53:02 GMT\r\n"
		  "Retry-After: Sat, 21 Nov 2026 00:53:12 GMT\r\n",
		    10, 10000, 10000 },
		{ "Date: Sat, 21 Nov 2026 00:53:02 GMT\r\n"
		  "Retry-After: Sat, 21 Nov 2026 00:53:01 GMT\r\n",
		    0, 375, 625 },
		{ "Date: x\r\nRetry-After: Thu, 01 Jan 1970 00:00:00 GMT\r\n",
		    0, 375, 625 },
		{ "Date: Sat, 21 Nov 2026 00:53:02 GMT\r\n"
		  "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n",
		    316224000, 30000, 30000 },
	};

	(void)state;
	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(http_reply_clear)
		struct http_reply reply = reply_with(cases[i].headers);
		uint64_t asked_sec = 0;
		uint64_t is = retry_pause_ms(&reply, 1, 30000, &asked_sec);

		if (asked_sec != cases[i].asked_sec || is < cases[i].least_ms ||
		    is > cases[i].most_ms)
			fail_msg("%s: %llu s, %llu ms", cases[i].headers,
			    (unsigned long long)asked_sec,
			    (unsigned long long)is);
	}
}

static void
a_status_may_say_later(void **state)
{
	(void)state;
	assert_true(retry_is_wanted(429));
	assert_true(retry_is_wanted(503));
	assert_false(retry_is_wanted(200));
	assert_false(retry_is_wanted(404));
	assert_false(retry_is_wanted(501));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_and_varies),
		cmocka_unit_test(heeds_what_is_asked_within_bounds),
		cmocka_unit_test(a_status_may_say_later),
	};

	return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
