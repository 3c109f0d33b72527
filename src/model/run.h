/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/slice.h"

/* Which way a replacement goes; BACK is journaled before it is taken. */
enum run_direction {
	RUN_FORWARD,
	RUN_BACK,
};

enum run_kind {
	RUN_APPLY,    /* the successor is made by this run */
	RUN_ROLLBACK, /* the successor is a container that was kept */
};

enum run_outcome {
	RUN_OPEN,      /* not ended: to be resumed */
	RUN_DONE,      /* the successor runs, the predecessor is kept */
	RUN_BACK_DONE, /* the predecessor serves as before */
	RUN_STUCK,     /* a person is needed */
};

const char *run_kind_to_string(enum run_kind kind);
const char *run_direction_to_string(enum run_direction direction);
const char *run_outcome_to_string(enum run_outcome outcome);

/*
 * One replacement of a container, as the journal keeps it. Owns its strings;
 * NULL where not known yet. Times are seconds since 1970.
 */
struct run {
	char *id; /* 12 hex digits; the label fother.run of what it makes */
	enum run_kind kind;
	enum run_direction direction;
	enum run_outcome outcome;
	char *name;      /* of the container, without the slash */
	char *old_id;    /* the predecessor */
	char *new_id;    /* the successor; NULL until it is made */
	char *old_image; /* image IDs */
	char *new_image;
	char *new_ref;    /* the name that the successor's image is given */
	char *body;       /* what the successor is created from (JSON) */
	char *old_policy; /* RestartPolicy of the predecessor (JSON) */
	char *new_policy; /* what the successor's has to be (JSON) */
	char
	    *new_seen; /* the successor's StartedAt before this run starts it */
	bool checked;  /* the successor was compared with what was intended */
	bool stopped;  /* the predecessor's stop was begun */
	bool passed;   /* the gate */
	char *reason;  /* why it went back, or is stuck */
	int64_t began_at;
	int64_t ended_at;
};

void run_free(struct run *run);
DEFINE_CLEANUP(struct run, run_free)
