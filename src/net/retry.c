/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Retry-After (RFC 9110, section 10.2.3) has two forms:
 *
 *	Retry-After: 120
 *	Retry-After: Sat, 21 Nov 2026 00:53:02 GMT
 *
 * The second is taken by the server's own clock, its Date, where it sent one:
 * ours may be wrong, and so may be its.
 */
#include "net/retry.h"

#include <sys/random.h>

#include "base/time.h"

#define PAUSE_MS_FIRST 500
/* What is asked for beyond is not a pause any more; ten years. */
#define ASKED_SEC_MAX ((uint64_t)10 * 366 * 86400)

bool
retry_is_wanted(unsigned int status)
{
	return status == 429 || (status >= 502 && status <= 504);
}

static uint64_t
asked_sec_of(const struct http_reply *reply)
{
	struct slice asked = http_reply_header(reply, "Retry-After");
	int64_t at, now;
	uint64_t sec;

	if (slice_to_u64(asked, UINT64_MAX, &sec))
		return sec < ASKED_SEC_MAX ? sec : ASKED_SEC_MAX;
	if (!time_from_rfc2822(asked, &at))
		return 0;
	if (!time_from_rfc2822(http_reply_header(reply, "Date"), &now))
		now = time_now();
	if (at <= now)
		return 0;
	sec = (uint64_t)(at - now);
	return sec < ASKED_SEC_MAX ? sec : ASKED_SEC_MAX;
}

/* From three quarters of pause_ms to five quarters. */
static uint64_t
varied(uint64_t pause_ms)
{
	uint32_t random = UINT32_MAX / 2;

	/* Without it, all come back together: no reason to fail. */
	(void)!getrandom(&random, sizeof(random), GRND_NONBLOCK);
	return pause_ms * 3 / 4 + pause_ms / 2 * (random % 1024) / 1024;
}

uint64_t
retry_pause_ms(const struct http_reply *reply, uint32_t n_tries,
    uint64_t max_ms, uint64_t *ret_asked_sec)
{
	uint64_t asked_sec = asked_sec_of(reply);
	uint64_t pause_ms = PAUSE_MS_FIRST;

	for (uint32_t i = 1; i < n_tries && pause_ms < max_ms; i++)
		pause_ms *= 2;
	pause_ms = varied(pause_ms);
	if (asked_sec * 1000 > pause_ms)
		pause_ms = asked_sec * 1000;
	if (ret_asked_sec)
		*ret_asked_sec = asked_sec;
	return pause_ms < max_ms ? pause_ms : max_ms;
}
