/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fother-worker: the process in which bytes that nobody trusts are parsed.
 * fother starts one for each job; doc/PROCESSES.md says what each may.
 */
#include "roles.h"

#include "jail/jail.h"
#include "sandbox/confine.h"

static const struct role roles[] = {
	{ "layer", WORKER_PURE, confine_prepare_crypto, role_layer },
	{ "image", WORKER_PURE, NULL, role_image },
	{ "config", WORKER_PURE, NULL, role_config },
	{ "config-layer", WORKER_PURE, NULL, role_config_layer },
	{ "manifest", WORKER_PURE, NULL, role_manifest },
	{ "clearsign", WORKER_PURE, NULL, role_clearsign },
	{ "release", WORKER_PURE, NULL, role_release },
	{ "docker-archive", WORKER_PURE, NULL, role_docker_archive },
	{ "oci-archive", WORKER_PURE, NULL, role_oci_archive },
	{ "inflate", WORKER_PURE, NULL, role_inflate },
	{ "index", WORKER_PURE, NULL, role_index },
	{ "sbom", WORKER_PURE, confine_prepare_crypto, role_sbom },
	{ "updates", WORKER_PURE, NULL, role_updates },
	{ "jail", WORKER_JAIL, NULL, jail_role_run },
	{ 0 },
};

int
main(int argc, char **argv)
{
	role_main(argc, argv, roles);
}
