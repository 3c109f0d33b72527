/* SPDX-License-Identifier: Apache-2.0 */
#include "task/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/time.h"

/* What is done in less time nobody waits for. */
#define PATIENCE_MS 1000

/* Twice as often as an eye can follow the last digit. */
#define PERIOD_MS 100

/* When nothing came for so long, what comes is something else. */
#define PAUSE_MS 5000

/* Of a terminal that does not say how wide it is. */
#define WIDTH_DEFAULT 80

struct progress {
	enum progress_kind kind;
	uint64_t n_bytes;
	uint64_t expected_bytes; /* 0: not known */
	int64_t started_ms;      /* 0: nothing came yet */
	int64_t came_ms;
	int64_t drawn_ms;
	bool is_drawn;
};

size_t
terminal_width(int fd)
{
	struct winsize size = { 0 };

	return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

struct progress *
progress_new(bool quiet)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (quiet || (no_color && no_color[0] != '\0') ||
	    (term && !strcmp(term, "dumb")) || !isatty(STDERR_FILENO))
		return NULL;
	return calloc(1, sizeof(struct progress));
}

void
progress_free(struct progress *progress)
{
	progress_erase(progress);
	free(progress);
}

void
progress_erase(struct progress *progress)
{
	if (!progress || !progress->is_drawn)
		return;
	(void)fputs("\r\x1b[K", stderr);
	(void)fflush(stderr);
	progress->is_drawn = false;
}

void
progress_end(struct progress *progress)
{
	if (!progress)
		return;
	progress_erase(progress);
	progress->started_ms = 0;
	progress->n_bytes = 0;
	progress->expected_bytes = 0;
}

static double
megabytes(uint64_t n_bytes)
{
	return (double)n_bytes / 1e6;
}

static void
draw(struct progress *progress, int64_t now_ms)
{
	static const char *const names[] = {
		[PROGRESS_READ] = "reading layers",
		[PROGRESS_EXPORT] = "exporting",
		[PROGRESS_DOWNLOAD] = "downloading",
	};
	int64_t took_ms = now_ms - progress->started_ms;
	size_t width = terminal_width(STDERR_FILENO);
	char line[128];
	char of[32] = "";

	if (progress->expected_bytes >= progress->n_bytes)
		(void)snprintf(of, sizeof(of), " of %.1f MB",
		    megabytes(progress->expected_bytes));
	(void)snprintf(line, sizeof(line), "%s  %.1f MB%s, %.1f MB/s",
	    names[progress->kind], megabytes(progress->n_bytes), of,
	    megabytes(progress->n_bytes) * 1000 / (double)took_ms);
	if (width == 0)
		width = WIDTH_DEFAULT;
	/* A line as wide as the terminal could not be erased. */
	(void)fprintf(
	    stderr, "\r%.*s\x1b[K", width > 1 ? (int)(width - 1) : 1, line);
	(void)fflush(stderr);
	progress->is_drawn = true;
	progress->drawn_ms = now_ms;
}

/* Begins anew when it is about something else than before. */
static void
turn_to(struct progress *progress, enum progress_kind kind, int64_t now_ms)
{
	bool pause = progress->came_ms + PAUSE_MS < now_ms;

	if (progress->kind != kind || (progress->started_ms > 0 && pause)) {
		progress_end(progress);
		progress->kind = kind;
	}
	progress->came_ms = now_ms;
}

void
progress_expect(
    struct progress *progress, enum progress_kind kind, uint64_t n_bytes)
{
	if (!progress)
		return;
	turn_to(progress, kind, monotonic_ms());
	progress->expected_bytes += n_bytes;
}

void
progress_add(
    struct progress *progress, enum progress_kind kind, uint64_t n_bytes)
{
	if (!progress || n_bytes == 0)
		return;

	int64_t now_ms = monotonic_ms();

	turn_to(progress, kind, now_ms);
	if (progress->started_ms == 0)
		progress->started_ms = now_ms;
	progress->n_bytes += n_bytes;
	if (now_ms - progress->started_ms > PATIENCE_MS &&
	    now_ms - progress->drawn_ms >= PERIOD_MS)
		draw(progress, now_ms);
}

static int
progress_stream_next(struct stream *self, struct slice *ret, struct error *err)
{
	struct progress_stream *in = (struct progress_stream *)self;

	if (stream_next(in->source, ret, err) < 0)
		return -1;
	progress_add(in->progress, in->kind, ret->len);
	return 0;
}

struct progress_stream
progress_stream_of(
    struct progress *progress, enum progress_kind kind, struct stream *source)
{
	return (struct progress_stream){
		.stream = { .next = progress_stream_next },
		.source = source,
		.progress = progress,
		.kind = kind,
	};
}
