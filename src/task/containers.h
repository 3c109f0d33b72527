/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "engine/container_view.h"
#include "task/app.h"
#include "task/verbs.h"

/* A container of the engine, as it was inspected. */
struct container {
	struct buf inspect; /* JSON, as the engine wrote it */
	struct container_view *view;
	bool is_kept;     /* fother replaced it, and keeps it */
	bool is_selected; /* the person named it, or none */
};

struct container_list {
	struct container *items;
	size_t n_items;
};

/*
 * Inspects all containers of the engine into *ret, and selects those that
 * names (or beginnings of IDs) name; without names all but the kept ones.
 * ERROR_NOT_FOUND: one is not there; else as engine_list_containers() and
 * store_runs_load().
 */
MUST_CHECK int containers_load(struct app *app,
    const struct containers_args *args, struct container_list *ret,
    struct error *err);

void container_list_clear(struct container_list *list);
DEFINE_CLEANUP_IN_PLACE(struct container_list, container_list_clear)

/*
 * 0 when the container may be replaced now; else -1 and ERROR_CONFLICT or
 * ERROR_UNSUPPORTED with the reason why it is held.
 */
MUST_CHECK int container_check(const struct container_list *all,
    const struct container *container, bool shared_volumes, struct error *err);

/*
 * The part of it that holds for any container that is about to be started:
 * nobody else that runs may write to what it writes to. except: IDs of
 * containers that will not run by then, up to NULL.
 */
MUST_CHECK int container_check_volumes(const struct container_list *all,
    const struct container *container, const char *const *except,
    struct error *err);
