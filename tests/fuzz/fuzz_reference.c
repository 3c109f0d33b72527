/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "oci/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_printable(const char *string)
{
	return !string || slice_is_graph(slice_of_string(string));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(reference_free) struct reference *ref = NULL;
	CLEANUP(reference_free) struct reference *again = NULL;
	CLEANUP(string_free) char *patched = NULL;
	struct error err;

	if (reference_parse(slice_of((const char *)data, size), &ref, &err) < 0)
		return 0;
	if (!is_printable(ref->name) || !is_printable(ref->tag))
		abort();
	switch (ref->transport) {
	case TRANSPORT_ANY:
	case TRANSPORT_DOCKER_DAEMON:
	case TRANSPORT_CONTAINERS_STORAGE:
		if (ref->path || ref->has_id == (ref->name != NULL))
			abort();
		break;
	case TRANSPORT_DOCKER:
		if (ref->path || ref->has_id || !ref->name ||
		    (!ref->tag && !ref->has_digest))
			abort();
		break;
	case TRANSPORT_HOST:
		if (ref->path || ref->name || ref->tag)
			abort();
		break;
	case TRANSPORT_OCI:
	case TRANSPORT_OCI_ARCHIVE:
	case TRANSPORT_DOCKER_ARCHIVE:
	case TRANSPORT_DIR:
	case TRANSPORT_ROOTFS:
		if (!ref->path || ref->has_id)
			abort();
	}

	/* The whole name reads the same. */
	CLEANUP(string_free) char *text = reference_to_string(ref);
	if (!text || reference_parse(slice_of_string(text), &again, &err) < 0)
		abort();
	CLEANUP(string_free) char *text_again = reference_to_string(again);
	if (!text_again || strcmp(text, text_again) != 0)
		abort();

	CLEANUP(reference_free) struct reference *ours = NULL;
	if (reference_patched(ref, 1, &patched, &err) < 0)
		return 0;
	CLEANUP(string_free)
	char *name = string_format("docker-daemon:%s", patched);
	if (!name || reference_parse(slice_of_string(name), &ours, &err) < 0 ||
	    strcmp(ours->name, ref->name) != 0)
		abort();
	return 0;
}
