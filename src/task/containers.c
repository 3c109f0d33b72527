/* SPDX-License-Identifier: Apache-2.0 */
#include "task/containers.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/memory.h"
#include "engine/engine.h"

/* Labels of those who own a container and would make it anew themselves. */
static const struct {
	const char *label;
	const char *owner;
} owners[] = {
	{ "com.docker.swarm.service.id", "Docker Swarm" },
	{ "io.kubernetes.pod.name", "Kubernetes" },
	{ "PODMAN_SYSTEMD_UNIT", "systemd" },
};

void
container_list_clear(struct container_list *list)
{
	for (size_t i = 0; i < list->n_items; i++) {
		buf_clear(&list->items[i].inspect);
		container_view_free(list->items[i].view);
	}
	free(list->items);
	*list = (struct container_list){ 0 };
}

static int
container_add(struct engine *engine, struct slice item,
    struct container_list *list, struct error *err)
{
	CLEANUP(string_free) char *id = NULL;
	struct container container = { 0 };
	struct slice value;

	if (!json_find(item, "Id", &value))
		return error_set(err, ERROR_FORMAT, "a container without Id");
	if (json_string_copy(value, &id, err) < 0)
		return -1;
	if (!ARRAY_GROW(list->items, list->n_items))
		return error_nomem(err);
	if (engine_inspect_container(engine, id, &container.inspect, err) < 0 ||
	    container_view_parse(
		buf_slice(&container.inspect), &container.view, err) < 0) {
		buf_clear(&container.inspect);
		/* Removed since it was listed. */
		return err->kind == ERROR_NOT_FOUND ? 0 : -1;
	}
	list->items[list->n_items++] = container;
	return 0;
}

static int
list_load(struct engine *engine, struct container_list *ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf json = { 0 };
	struct slice item;

	if (engine_list_containers(engine, &json, err) < 0)
		return -1;

	struct json_iter iter = json_iter_of(buf_slice(&json));
	while (json_array_next(&iter, &item))
		if (container_add(engine, item, ret, err) < 0)
			return -1;
	return 0;
}

/* The container that a finished run left stopped. */
static const char *
kept_id(const struct run *run)
{
	switch (run->outcome) {
	case RUN_DONE: return run->old_id;
	case RUN_BACK_DONE:
		return run->kind == RUN_ROLLBACK ? run->new_id : NULL;
	case RUN_OPEN:
	case RUN_STUCK: return NULL;
	}
	return NULL;
}

static const char *
serving_id(const struct run *run)
{
	return run->outcome == RUN_DONE ? run->new_id : run->old_id;
}

/* Later runs may have brought a kept one back: the last word counts. */
static int
kept_mark(struct app *app, struct container_list *list, struct error *err)
{
	CLEANUP(run_list_clear) struct run_list runs = { 0 };
	const struct run_query all = { 0 };
	struct store *store;

	if (app_store(app, &store, err) < 0 ||
	    store_runs_load(store, &all, &runs, err) < 0)
		return -1;
	for (size_t i = 0; i < runs.n_items; i++) {
		const char *kept = kept_id(runs.items[i]);
		const char *serving = serving_id(runs.items[i]);

		for (size_t k = 0; k < list->n_items; k++) {
			struct container *container = &list->items[k];

			if (kept && !strcmp(container->view->id, kept))
				container->is_kept = true;
			if (serving && !strcmp(container->view->id, serving))
				container->is_kept = false;
		}
	}
	return 0;
}

static bool
is_named(const struct container_view *view, const char *name)
{
	size_t len = strlen(name);

	if (!strcmp(view->name, name))
		return true;
	return len >= 12 && !strncmp(view->id, name, len);
}

static int
select_named(const struct containers_args *args, struct container_list *list,
    struct error *err)
{
	for (size_t i = 0; i < args->n_names; i++) {
		bool found = false;

		for (size_t k = 0; k < list->n_items; k++)
			if (is_named(list->items[k].view, args->names[i])) {
				list->items[k].is_selected = true;
				found = true;
			}
		if (!found)
			return error_set(err, ERROR_NOT_FOUND,
			    "no container %.128s", args->names[i]);
	}
	for (size_t k = 0; args->n_names == 0 && k < list->n_items; k++)
		list->items[k].is_selected = !list->items[k].is_kept;
	return 0;
}

int
containers_load(struct app *app, const struct containers_args *args,
    struct container_list *ret, struct error *err)
{
	struct engine *engine;

	if (app_engine(app, &engine, err) < 0 ||
	    list_load(engine, ret, err) < 0 || kept_mark(app, ret, err) < 0)
		return -1;
	return select_named(args, ret, err);
}

static int
check_owner(const struct container_view *view, struct error *err)
{
	if (view->compose_project[0] != '\0')
		return error_set(err, ERROR_UNSUPPORTED,
		    "belongs to the compose project %.64s; compose is not "
		    "handled yet",
		    view->compose_project);
	for (size_t i = 0; i < N_ITEMS(owners); i++)
		if (container_view_label(view, owners[i].label))
			return error_set(err, ERROR_UNSUPPORTED,
			    "belongs to %s, which makes it anew itself",
			    owners[i].owner);
	if (view->auto_remove)
		return error_set(err, ERROR_UNSUPPORTED,
		    "was made with --rm: to stop it would remove it");
	return 0;
}

static int
check_state(const struct container_view *view, struct error *err)
{
	if (view->paused)
		return error_set(err, ERROR_CONFLICT, "is paused");
	if (view->restarting)
		return error_set(err, ERROR_CONFLICT, "keeps restarting");
	if (!view->running)
		return error_set(
		    err, ERROR_CONFLICT, "does not run (%.32s)", view->status);
	if (view->health == CONTAINER_HEALTH_UNHEALTHY)
		return error_set(err, ERROR_CONFLICT,
		    "is unhealthy already: nobody could tell whether a "
		    "successor is worse");
	return 0;
}

/* Names and IDs are both used to point to a container. */
static bool
points_to(const char *pointer, const struct container_view *view)
{
	size_t len = strlen(pointer);

	if (len == 0)
		return false;
	return !strcmp(pointer, view->name) ||
	    (len >= 12 && !strncmp(pointer, view->id, len));
}

static bool
depends_on(const struct container_view *view, const struct container_view *on)
{
	if (points_to(view->network_container, on) ||
	    points_to(view->pid_container, on) ||
	    points_to(view->ipc_container, on))
		return true;
	for (size_t i = 0; i < view->n_volumes_from; i++) {
		const char *from = view->volumes_from[i];
		CLEANUP(string_free)
		char *name = slice_copy(slice_of(from, strcspn(from, ":")));

		/* Without memory to tell, it does. */
		if (!name || points_to(name, on))
			return true;
	}
	return false;
}

static int
check_dependants(const struct container_list *all,
    const struct container_view *view, struct error *err)
{
	for (size_t i = 0; i < all->n_items; i++) {
		const struct container_view *other = all->items[i].view;

		if (all->items[i].is_kept || other == view)
			continue;
		if (depends_on(view, other))
			return error_set(err, ERROR_UNSUPPORTED,
			    "shares namespaces or volumes of %.64s; such "
			    "groups are not handled yet",
			    other->name);
		if (depends_on(other, view))
			return error_set(err, ERROR_UNSUPPORTED,
			    "%.64s shares its namespaces or volumes; such "
			    "groups are not handled yet",
			    other->name);
	}
	return 0;
}

static bool
same_place(const struct container_mount *a, const struct container_mount *b)
{
	if (!a->writable || !b->writable)
		return false;
	if (a->name[0] != '\0' || b->name[0] != '\0')
		return !strcmp(a->name, b->name);
	return a->source[0] != '\0' && !strcmp(a->source, b->source);
}

/* The place to which both write, or NULL. */
static const char *
written_by_both(const struct container_view *a, const struct container_view *b)
{
	for (size_t i = 0; i < a->n_mounts; i++)
		for (size_t k = 0; k < b->n_mounts; k++) {
			const struct container_mount *mount = &a->mounts[i];

			if (same_place(mount, &b->mounts[k]))
				return mount->name[0] != '\0' ? mount->name
							      : mount->source;
		}
	return NULL;
}

static bool
is_listed(const char *id, const char *const *ids)
{
	for (; *ids; ids++)
		if (!strcmp(id, *ids))
			return true;
	return false;
}

int
container_check_volumes(const struct container_list *all,
    const struct container *container, const char *const *except,
    struct error *err)
{
	for (size_t i = 0; i < all->n_items; i++) {
		const struct container_view *other = all->items[i].view;
		const char *place;

		if (other == container->view || !other->running ||
		    is_listed(other->id, except))
			continue;
		place = written_by_both(container->view, other);
		if (place)
			return error_set(err, ERROR_CONFLICT,
			    "%.64s runs and writes to %.128s too; with "
			    "--shared-volumes that is fine",
			    other->name, place);
	}
	return 0;
}

int
container_check(const struct container_list *all,
    const struct container *container, bool shared_volumes, struct error *err)
{
	static const char *const nobody[] = { NULL };
	const struct container_view *view = container->view;

	if (container->is_kept)
		return error_set(
		    err, ERROR_CONFLICT, "is kept for fother rollback");
	if (check_owner(view, err) < 0 || check_state(view, err) < 0 ||
	    check_dependants(all, view, err) < 0)
		return -1;
	if (shared_volumes)
		return 0;
	return container_check_volumes(all, container, nobody, err);
}
