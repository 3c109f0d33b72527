/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/reader.h"
#include "trust/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What we promise of a text that is not detached. */
static void
check_text(struct slice text)
{
	struct reader in = reader_of(text);
	struct slice line;

	if (text.len > 0 && !slice_ends_with(text, SLICE("\n")))
		abort();
	while (reader_line(&in, &line))
		if (slice_ends_with(line, SLICE(" ")) ||
		    slice_ends_with(line, SLICE("\t")) ||
		    slice_ends_with(line, SLICE("\r")))
			abort();
}

/* It goes from the worker to its parent as it is. */
static void
check_passing_on(const struct clearsign *msg)
{
	CLEANUP(clearsign_free) struct clearsign *copy = NULL;
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err;

	clearsign_encode(msg, &bytes);
	if (clearsign_decode(buf_slice(&bytes), &copy, &err) < 0 ||
	    !slice_eq(msg->signed_text, copy->signed_text) ||
	    !slice_eq(msg->signatures, copy->signatures) ||
	    msg->detached != copy->detached)
		abort();
}

/* Nobody's keys verify nothing. */
static void
check_mistrust(const struct clearsign *msg)
{
	const struct keyring nobody = { 0 };
	struct trust_verdict verdict;
	struct error err;

	if (trust_verify(&nobody, msg, 1795305600, &verdict, &err) == 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(clearsign_free) struct clearsign *message = NULL;
	CLEANUP(clearsign_free) struct clearsign *detached = NULL;
	CLEANUP(clearsign_free) struct clearsign *claim = NULL;
	struct slice bytes = slice_of((const char *)data, size);
	struct error err;

	if (clearsign_parse(bytes, &message, &err) == 0) {
		check_text(message->signed_text);
		check_passing_on(message);
		check_mistrust(message);
	}
	if (signatures_parse(SLICE("text"), bytes, &detached, &err) == 0) {
		check_passing_on(detached);
		check_mistrust(detached);
	}
	if (clearsign_decode(bytes, &claim, &err) == 0) {
		check_passing_on(claim);
		check_mistrust(claim);
	}
	return 0;
}
