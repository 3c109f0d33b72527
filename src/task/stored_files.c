/* SPDX-License-Identifier: Apache-2.0 */
#include "task/stored_files.h"

#include "task/ask.h"

static int
directory_read(const struct app *app, const struct image *image, size_t number,
    struct buf *out, struct error *err)
{
	static const char *const args[] = { "files", NULL };
	CLEANUP(answer_clear) struct answer answer = { 0 };
	CLEANUP(storage_tar_free)
	struct storage_tar *tar = storage_tar_new(
	    image->storage.fds[number], image->storage.form, err);

	if (!tar)
		return -1;

	struct stream *inputs[] = { storage_tar_stream(tar) };
	struct worker_job job = {
		.role = "layer",
		.args = args,
		.inputs = inputs,
		.n_inputs = 1,
		.drain_inputs = true,
	};
	if (ask(app, &job, &answer, err) < 0)
		return -1;
	buf_clear(out);
	*out = answer.parts[ANSWER_MAIN];
	answer.parts[ANSWER_MAIN] = (struct buf){ 0 };
	return 0;
}

int
stored_files_read(const struct app *app, struct image *image, bool *wanted,
    struct buf *inventories, struct error *err)
{
	for (size_t i = 0; i < image->n_layers && image->storage.n > 0; i++) {
		if (!wanted[i])
			continue;
		if (directory_read(app, image, i, &inventories[i], err) < 0) {
			if (err->kind == ERROR_NOMEM)
				return -1;
			app_tell(app,
			    "%s: layer %zu is not read from the engine's "
			    "storage: %s",
			    image->name, i + 1, err->msg);
			return 0;
		}
		wanted[i] = false;
		image->unverified = true;
	}
	return 0;
}

int
stored_files_root(const struct app *app, struct image *image, struct buf *out,
    struct error *err)
{
	return directory_read(app, image, 0, out, err);
}
