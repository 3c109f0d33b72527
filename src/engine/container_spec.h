/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

/* The label that names the run of fother that made a container. */
#define CONTAINER_SPEC_LABEL_RUN "fother.run"

/* What the successor of a container is made from. */
struct container_spec_input {
	struct slice container; /* the inspection of the old one */
	struct slice old_image; /* of the image it runs; empty: not known */
	struct slice new_image; /* of the image to come; empty: as the old */
	const char *image;      /* what Config.Image shall say */
	const char *run;        /* the value of the label fother.run */
	unsigned int api;       /* of the engine: 41 stands for 1.41 */
};

/* A network to connect the successor to before it is started. */
struct container_spec_network {
	char *name;
	char *endpoint; /* a JSON object, for engine_connect_network() */
};

struct container_spec {
	char *body;     /* JSON, for engine_create_container() */
	char *expected; /* JSON: what an inspection must then say */
	struct container_spec_network *networks;
	size_t n_networks;
	char **notes; /* what could not be carried as it was, and why */
	size_t n_notes;
};

/*
 * Makes the configuration of the successor of a container, on another image,
 * into a new *ret: all of the old one's, unknown keys too, but what is the
 * old container's own (ID, automatic host name, addresses that the engine
 * gave) and what the engine's API refuses on the way back. What came from the
 * old image follows the new one; what the person set stays. Anonymous
 * volumes are carried by name.
 *
 * Free *ret with container_spec_free(). The inputs are untrusted. ERROR_FORMAT
 * when they are not inspections; ERROR_UNSUPPORTED when a successor cannot be
 * the same; ERROR_LIMIT; ERROR_NOMEM.
 */
MUST_CHECK int container_spec_make(const struct container_spec_input *input,
    struct container_spec **ret, struct error *err);
void container_spec_free(struct container_spec *spec);
DEFINE_CLEANUP(struct container_spec, container_spec_free)

/*
 * Compares what the engine made with what was meant: inspect is that of the
 * successor, connected to all its networks. Puts one line for each
 * difference, at most 20, into ret: "HostConfig.Memory: 0, not 1048576";
 * nothing when they are the same. ERROR_FORMAT, ERROR_LIMIT, ERROR_NOMEM.
 */
MUST_CHECK int container_spec_compare(const struct container_spec *spec,
    struct slice inspect, struct buf *ret, struct error *err);
