/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl, loaded when it is first asked for. With the twenty libraries that
 * it brings along it takes 4 ms to load, as long as all else that an answer
 * from the cache needs; so the program is not linked with it, but with the
 * functions here, which have its names and pass on to it.
 *
 * Where there is no libcurl, what would begin something fails, as it does out
 * of memory: curl_global_init(), curl_url(). The rest is called only after
 * one of those.
 */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo

/* Of the version that the headers are of; it has been 4 since 2006. */
#define LIBRARY "libcurl.so.4"

#define EACH_FUNCTION(X) \
	X(curl_easy_cleanup) \
	X(curl_easy_getinfo) \
	X(curl_easy_init) \
	X(curl_easy_reset) \
	X(curl_easy_setopt) \
	X(curl_easy_strerror) \
	X(curl_free) \
	X(curl_global_cleanup) \
	X(curl_global_init) \
	X(curl_multi_add_handle) \
	X(curl_multi_cleanup) \
	X(curl_multi_info_read) \
	X(curl_multi_init) \
	X(curl_multi_perform) \
	X(curl_multi_poll) \
	X(curl_multi_remove_handle) \
	X(curl_multi_strerror) \
	X(curl_slist_append) \
	X(curl_slist_free_all) \
	X(curl_url) \
	X(curl_url_cleanup) \
	X(curl_url_get) \
	X(curl_url_set) \
	X(curl_url_strerror)

/* What is loaded once for the process, as by the dynamic linker itself. */
#define DECLARE(name) __typeof__(&(name)) name;
static struct {
	EACH_FUNCTION(DECLARE)
} library;

#define DESCRIBE(name) { #name, offsetof(__typeof__(library), name) },
static const struct {
	const char *name;
	size_t offset;
} functions[] = { EACH_FUNCTION(DESCRIBE) };

static bool
load(void)
{
	if (library.curl_url_strerror)
		return true;

	void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return false;
	for (size_t i = 0; i < N_ITEMS(functions); i++) {
		void *found = dlsym(handle, functions[i].name);

		/* The last one tells that all were found. */
		if (!found)
			return false;
		memcpy((char *)&library + functions[i].offset, &found,
		    sizeof(found));
	}
	return true;
}

CURLcode
curl_global_init(long flags)
{
	return load() ? library.curl_global_init(flags) : CURLE_FAILED_INIT;
}

void
curl_global_cleanup(void)
{
	if (load())
		library.curl_global_cleanup();
}

CURL *
curl_easy_init(void)
{
	return load() ? library.curl_easy_init() : NULL;
}

CURLM *
curl_multi_init(void)
{
	return load() ? library.curl_multi_init() : NULL;
}

CURLU *
curl_url(void)
{
	return load() ? library.curl_url() : NULL;
}

/* Parameters are named as here, not as in every version of its headers.
 * NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

/* Whatever type the option has, it is one word: a long, a curl_off_t or a
 * pointer. */
_Static_assert(
    sizeof(long) == sizeof(void *) && sizeof(curl_off_t) == sizeof(void *),
    "an option is one word");

CURLcode
curl_easy_setopt(CURL *curl, CURLoption option, ...)
{
	va_list args;

	va_start(args, option);
	void *value = va_arg(args, void *);
	va_end(args);
	return library.curl_easy_setopt(curl, option, value);
}

CURLcode
curl_easy_getinfo(CURL *curl, CURLINFO info, ...)
{
	va_list args;

	va_start(args, info);
	void *ret = va_arg(args, void *);
	va_end(args);
	return library.curl_easy_getinfo(curl, info, ret);
}

void
curl_easy_cleanup(CURL *curl)
{
	if (curl)
		library.curl_easy_cleanup(curl);
}

void
curl_easy_reset(CURL *curl)
{
	library.curl_easy_reset(curl);
}

const char *
curl_easy_strerror(CURLcode code)
{
	return load() ? library.curl_easy_strerror(code)
		      : "libcurl is not there";
}

void
curl_free(void *text)
{
	if (text)
		library.curl_free(text);
}

CURLMcode
curl_multi_add_handle(CURLM *multi, CURL *curl)
{
	return library.curl_multi_add_handle(multi, curl);
}

CURLMcode
curl_multi_cleanup(CURLM *multi)
{
	return multi ? library.curl_multi_cleanup(multi) : CURLM_OK;
}

CURLMsg *
curl_multi_info_read(CURLM *multi, int *ret_left)
{
	return library.curl_multi_info_read(multi, ret_left);
}

CURLMcode
curl_multi_perform(CURLM *multi, int *ret_running)
{
	return library.curl_multi_perform(multi, ret_running);
}

CURLMcode
curl_multi_poll(CURLM *multi, struct curl_waitfd fds[], unsigned int n_fds,
    int timeout_ms, int *ret_ready)
{
	return library.curl_multi_poll(
	    multi, fds, n_fds, timeout_ms, ret_ready);
}

CURLMcode
curl_multi_remove_handle(CURLM *multi, CURL *curl)
{
	return library.curl_multi_remove_handle(multi, curl);
}

const char *
curl_multi_strerror(CURLMcode code)
{
	return library.curl_multi_strerror(code);
}

struct curl_slist *
curl_slist_append(struct curl_slist *list, const char *text)
{
	return load() ? library.curl_slist_append(list, text) : NULL;
}

void
curl_slist_free_all(struct curl_slist *list)
{
	if (list)
		library.curl_slist_free_all(list);
}

void
curl_url_cleanup(CURLU *url)
{
	if (url)
		library.curl_url_cleanup(url);
}

CURLUcode
curl_url_get(CURLU *url, CURLUPart part, char **ret, unsigned int flags)
{
	return library.curl_url_get(url, part, ret, flags);
}

CURLUcode
curl_url_set(CURLU *url, CURLUPart part, const char *text, unsigned int flags)
{
	return library.curl_url_set(url, part, text, flags);
}

const char *
curl_url_strerror(CURLUcode code)
{
	return library.curl_url_strerror(code);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
