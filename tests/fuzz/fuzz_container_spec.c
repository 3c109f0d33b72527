/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: the inspection of a container, and after a NUL those of the old and
 * the new image, with a NUL between them.
 */
#include "engine/container_spec.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "engine/container_view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool holds)
{
	if (!holds)
		abort();
}

/* The request is JSON, is marked as ours, and names our image. */
static void
check_spec(const struct container_spec *spec)
{
	struct slice body = slice_of_string(spec->body);
	struct slice value = { NULL, 0 };
	struct error err;

	check(json_validate(body, &err) == 0);
	check(json_find_path(
	    body, JSON_PATH("Labels", CONTAINER_SPEC_LABEL_RUN), &value));
	check(json_string_eq(value, SLICE("run")));
	check(json_find(body, "Image", &value));
	check(json_string_eq(value, SLICE("image")));
	for (size_t i = 0; i < spec->n_networks; i++)
		check(json_validate(slice_of_string(spec->networks[i].endpoint),
			  &err) == 0);
}

/* At most 20 lines, and printable. */
static void
check_lines(struct slice lines)
{
	struct slice line;
	size_t n = 0;

	while (slice_split(&lines, '\n', &line)) {
		n++;
		for (size_t i = 0; i < line.len; i++)
			check(line.ptr[i] >= ' ' && line.ptr[i] <= '~');
	}
	check(n <= 20);
}

static void
check_view(struct slice inspect)
{
	CLEANUP(container_view_free) struct container_view *view = NULL;
	struct error err;

	if (container_view_parse(inspect, &view, &err) < 0)
		return;
	check(view->id && view->name && view->restart_policy);
	for (size_t i = 0; i < view->n_labels; i++)
		check(container_view_label(view, view->labels[i].key) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(container_spec_free) struct container_spec *spec = NULL;
	CLEANUP(buf_clear) struct buf lines = { 0 };
	struct slice rest = slice_of((const char *)data, size);
	struct container_spec_input input = {
		.image = "image",
		.run = "run",
		.api = size % 2 ? 41 : 51,
	};
	struct error err;

	(void)slice_split(&rest, '\0', &input.container);
	(void)slice_split(&rest, '\0', &input.old_image);
	(void)slice_split(&rest, '\0', &input.new_image);
	check_view(input.container);
	if (container_spec_make(&input, &spec, &err) < 0)
		return 0;
	check_spec(spec);
	if (container_spec_compare(spec, input.container, &lines, &err) == 0)
		check_lines(buf_slice(&lines));
	return 0;
}
