/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sandbox/role.h"

/*
 * All that fother-worker can be started for; the table of them is in main.c.
 * Each reads its inputs from CONFINE_FIRST_FD up, writes the parts of its
 * answer, and fails with whatever its parser fails with.
 */
int role_layer(int argc, char **argv, struct error *err);
int role_image(int argc, char **argv, struct error *err);
int role_config(int argc, char **argv, struct error *err);
int role_config_layer(int argc, char **argv, struct error *err);
int role_manifest(int argc, char **argv, struct error *err);
int role_clearsign(int argc, char **argv, struct error *err);
int role_release(int argc, char **argv, struct error *err);
int role_docker_archive(int argc, char **argv, struct error *err);
int role_oci_archive(int argc, char **argv, struct error *err);
int role_inflate(int argc, char **argv, struct error *err);
int role_index(int argc, char **argv, struct error *err);
int role_sbom(int argc, char **argv, struct error *err);
int role_updates(int argc, char **argv, struct error *err);
