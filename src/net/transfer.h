/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <curl/curl.h>

#include "net/http.h"

/* One exchange with a server: a request sent, a reply received. For http.c. */
struct transfer {
	CURL *curl;
	const struct http_request *request;
	struct http_reply *reply;
	bool (*canceled)(void *ctx);
	void *canceled_ctx;
	void (*count)(void *ctx, uint64_t n_bytes); /* or NULL */
	void *count_ctx;

	const char *url;
	bool foreign;     /* another host than the one credentials are for */
	uint64_t left_ms; /* 0: no limit */

	/* Of this file. */
	struct curl_slist *headers;
	char detail[CURL_ERROR_SIZE];
	struct slice unsent;   /* of the last chunk of the body_stream */
	uint64_t header_bytes; /* so far, of interim replies too */
	uint64_t body_bytes;
	bool announced;   /* on_reply was asked */
	bool delivered;   /* on_data was given something */
	bool cut;         /* enough was seen of a body that only explains */
	struct error err; /* why a callback ended it; ERROR_NONE if none did */
};

/*
 * Makes t->curl ready to be performed, by whatever way; until transfer_end()
 * has been called t stays where it is. ERROR_NOMEM.
 */
MUST_CHECK int transfer_begin(struct transfer *t, struct error *err);

/* What came of it, code being what libcurl said: as http_send(), but without
 * redirects and retries. */
MUST_CHECK int transfer_end(
    struct transfer *t, CURLcode code, struct error *err);

/* Frees what transfer_begin() took, whether it succeeded or not. */
void transfer_clear(struct transfer *t);
