/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/role.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "sandbox/confine.h"
#include "sandbox/frame.h"

/* As spawn.c writes them: what stands before ROLE in argv. */
struct settings {
	enum worker_kind kind;
	uint64_t parent;
	struct confine_limits limits;
};

#define ROLE_ARGUMENT 6

static bool
settings_parse(char **argv, struct settings *ret)
{
	struct slice kind = slice_of_string(argv[1]);
	uint64_t n_fds;

	ret->kind = slice_eq(kind, SLICE("jail")) ? WORKER_JAIL : WORKER_PURE;
	if (ret->kind == WORKER_PURE && !slice_eq(kind, SLICE("pure")))
		return false;
	if (!slice_to_u64(slice_of_string(argv[2]), INT32_MAX, &ret->parent) ||
	    !slice_to_u64(slice_of_string(argv[3]), UINT16_MAX, &n_fds) ||
	    !slice_to_u64(slice_of_string(argv[4]), UINT64_MAX,
		&ret->limits.memory_bytes) ||
	    !slice_to_u64(
		slice_of_string(argv[5]), INT32_MAX, &ret->limits.cpu_sec))
		return false;
	ret->limits.n_fds = (size_t)n_fds;
	return true;
}

static const struct role *
role_find(const struct role *roles, const char *name, enum worker_kind kind)
{
	for (; roles->name; roles++)
		if (!strcmp(roles->name, name) && roles->kind == kind)
			return roles;
	return NULL;
}

static int
enter(
    const struct role *role, const struct settings *settings, struct error *err)
{
	if (confine_die_with_parent((pid_t)settings->parent, err) < 0)
		return -1;
	if (role->kind == WORKER_JAIL)
		return 0;
	if (role->prepare && role->prepare(err) < 0)
		return -1;
	return confine(&settings->limits, err);
}

static int
answer(const struct role *roles, const struct settings *settings, int argc,
    char **argv)
{
	const struct role *role = role_find(roles, argv[0], settings->kind);
	struct error err;
	int r;

	if (!role)
		r = error_set(&err, ERROR_BUG, "%s: no such role", argv[0]);
	else if ((r = enter(role, settings, &err)) < 0)
		(void)error_wrap(&err, "worker");
	else
		r = role->run(argc - 1, argv + 1, &err);
	if (r < 0)
		return frame_write_error(ROLE_ANSWER_FD, &err, &err);
	return frame_write(ROLE_ANSWER_FD, FRAME_END, SLICE(""), &err);
}

void
role_main(int argc, char **argv, const struct role *roles)
{
	struct settings settings;

	if (argc <= ROLE_ARGUMENT || !settings_parse(argv, &settings)) {
		(void)fputs("This program is started by fother.\n", stderr);
		exit(2);
	}
	/* _exit: nothing is left to do, and little that may be done. */
	_exit(answer(roles, &settings, argc - ROLE_ARGUMENT,
		  argv + ROLE_ARGUMENT) < 0);
}
