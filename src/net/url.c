/* SPDX-License-Identifier: Apache-2.0 */
#include "net/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <strings.h>

DEFINE_CLEANUP(CURLU, curl_url_cleanup)

static void
part_free(char *part)
{
	curl_free(part);
}
DEFINE_CLEANUP(char, part_free)

/* A scheme that libcurl cannot speak is still a URL, and then refused. */
#define PARSE_FLAGS (CURLU_NON_SUPPORT_SCHEME)

static int
parse(const char *url, CURLU **ret, struct error *err)
{
	CURLU *parsed = curl_url();

	if (!parsed)
		return error_nomem(err);
	CURLUcode r = curl_url_set(parsed, CURLUPART_URL, url, PARSE_FLAGS);
	if (r != CURLUE_OK) {
		curl_url_cleanup(parsed);
		if (r == CURLUE_OUT_OF_MEMORY)
			return error_nomem(err);
		return error_set(
		    err, ERROR_FORMAT, "not a URL: %s", curl_url_strerror(r));
	}
	*ret = parsed;
	return 0;
}

/* A part, to be freed with part_free(); NULL when the URL has none. */
static char *
part_get(CURLU *url, CURLUPart part)
{
	char *ret = NULL;

	if (curl_url_get(url, part, &ret, CURLU_DEFAULT_PORT) != CURLUE_OK)
		return NULL;
	return ret;
}

/* Whether they are the same but for case: host names have none. */
static bool
part_is(CURLU *url, CURLUPart part, const char *expected)
{
	CLEANUP(part_free) char *value = part_get(url, part);

	return value && !strcasecmp(value, expected);
}

static bool
part_eq(CURLU *a, CURLU *b, CURLUPart part)
{
	CLEANUP(part_free) char *value = part_get(a, part);

	return value && part_is(b, part, value);
}

static bool
has_credentials(CURLU *url)
{
	CLEANUP(part_free) char *user = part_get(url, CURLUPART_USER);
	CLEANUP(part_free) char *password = part_get(url, CURLUPART_PASSWORD);

	return user || password;
}

char *
url_to_show(const char *url)
{
	static const CURLUPart hidden[] = {
		CURLUPART_USER,
		CURLUPART_PASSWORD,
		CURLUPART_OPTIONS,
		CURLUPART_QUERY,
		CURLUPART_FRAGMENT,
	};
	CLEANUP(curl_url_cleanup) CURLU *parsed = NULL;
	struct error err;

	if (parse(url, &parsed, &err) < 0)
		return slice_copy(SLICE("?"));
	for (size_t i = 0; i < N_ITEMS(hidden); i++)
		(void)curl_url_set(parsed, hidden[i], NULL, 0);

	CLEANUP(part_free) char *shown = NULL;
	if (curl_url_get(parsed, CURLUPART_URL, &shown, 0) != CURLUE_OK)
		return slice_copy(SLICE("?"));
	return slice_copy(slice_of_string(shown));
}

static int
check_scheme(CURLU *url, struct error *err)
{
	if (part_is(url, CURLUPART_SCHEME, "http") ||
	    part_is(url, CURLUPART_SCHEME, "https"))
		return 0;
	return error_set(err, ERROR_DENIED, "neither http nor https");
}

int
url_check(const char *url, struct error *err)
{
	CLEANUP(curl_url_cleanup) CURLU *parsed = NULL;

	if (parse(url, &parsed, err) < 0)
		return -1;
	return check_scheme(parsed, err);
}

bool
url_is_loopback(const char *url)
{
	CLEANUP(curl_url_cleanup) CURLU *parsed = NULL;
	struct in_addr address;
	struct error err;

	if (parse(url, &parsed, &err) < 0)
		return false;
	CLEANUP(part_free) char *host = part_get(parsed, CURLUPART_HOST);
	if (!host)
		return false;
	if (inet_pton(AF_INET, host, &address) == 1)
		return ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
	return !strcasecmp(host, "localhost") || !strcmp(host, "[::1]");
}

int
url_check_redirect(
    const char *from, const char *to, bool *ret_same_origin, struct error *err)
{
	CLEANUP(curl_url_cleanup) CURLU *source = NULL;
	CLEANUP(curl_url_cleanup) CURLU *target = NULL;

	if (parse(from, &source, err) < 0 || parse(to, &target, err) < 0 ||
	    check_scheme(target, err) < 0)
		return -1;
	if (part_is(source, CURLUPART_SCHEME, "https") &&
	    !part_is(target, CURLUPART_SCHEME, "https"))
		return error_set(err, ERROR_DENIED, "from https to http");
	if (has_credentials(target))
		return error_set(err, ERROR_DENIED, "a URL with a user in it");
	*ret_same_origin = part_eq(source, target, CURLUPART_SCHEME) &&
	    part_eq(source, target, CURLUPART_HOST) &&
	    part_eq(source, target, CURLUPART_PORT);
	return 0;
}
