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

	const char *url;
	bool foreign;     /* another host than the one credentials are for */
	uint64_t left_ms; /* 0: no limit */

	/* Of this file. */
	struct slice unsent;   /* of the last chunk of the body_stream */
	uint64_t header_bytes; /* so far, of interim replies too */
	uint64_t body_bytes;
	bool delivered;   /* on_data was given something */
	bool cut;         /* enough was seen of a body that only explains */
	struct error err; /* why a callback ended it; ERROR_NONE if none did */
};

/* As http_send(), but without redirects and retries. */
MUST_CHECK int transfer_run(struct transfer *t, struct error *err);
