/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fother-worker: the process in which bytes that nobody trusts are parsed.
 * fother starts one for each job; doc/PROCESSES.md says what each may.
 */
#include "roles.h"

const struct role worker_roles[] = {
	{ 0 },
};

int
main(int argc, char **argv)
{
	role_main(argc, argv, worker_roles);
}
