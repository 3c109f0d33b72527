/* SPDX-License-Identifier: Apache-2.0 */
#include "jail/tail.h"

/* What is put at once is cut into pieces of this, so that a piece always has
 * room after half of what is kept was dropped. */
#define PIECE_BYTES ((size_t)256)

char
tail_printable(char c)
{
	if (c == '\n' || c == '\t')
		return c;
	if (c < ' ' || c > '~')
		return '?';
	return c;
}

static void
put_piece(struct tail *tail, struct slice piece)
{
	/* Half at a time, so that a flood is not moved at each piece. */
	if (tail->text.len + piece.len > 2 * tail->max_bytes) {
		buf_drop(&tail->text, tail->text.len - tail->max_bytes);
		tail->cut = true;
	}

	char *room = buf_reserve(&tail->text, piece.len);
	if (!room)
		return;
	for (size_t i = 0; i < piece.len; i++)
		room[i] = tail_printable(piece.ptr[i]);
	tail->text.len += piece.len;
}

void
tail_put(struct tail *tail, struct slice bytes)
{
	while (bytes.len > 0) {
		struct slice piece = slice_first(bytes, PIECE_BYTES);

		put_piece(tail, piece);
		bytes = slice_after(bytes, piece.len);
	}
}

struct slice
tail_text(const struct tail *tail)
{
	struct slice text = buf_slice(&tail->text);
	bool cut = tail->cut || text.len > tail->max_bytes;

	if (text.len > tail->max_bytes)
		text = slice_after(text, text.len - tail->max_bytes);
	if (!cut || text.len == 0)
		return text;

	const char *end = memchr(text.ptr, '\n', text.len);
	if (!end)
		return text;
	return slice_after(text, (size_t)(end - text.ptr) + 1);
}

/* Takes the last line off the end of *text. */
static bool
take_last_line(struct slice *text, struct slice *ret)
{
	const char *newline;

	*text = slice_trim(*text);
	if (text->len == 0)
		return false;
	newline = memrchr(text->ptr, '\n', text->len);
	*ret = *text;
	if (newline)
		*ret = slice_after(*text, (size_t)(newline - text->ptr) + 1);
	*text = slice_first(*text, text->len - ret->len);
	*ret = slice_trim(*ret);
	return true;
}

void
tail_summary(const struct tail *tail, char *ret, size_t size)
{
	struct slice text = tail_text(tail);
	struct slice line;
	size_t at = size - 1; /* filled from its end */

	ret[at] = '\0';
	while (take_last_line(&text, &line)) {
		bool first = at == size - 1;

		if (first && line.len > at)
			line = slice_after(line, line.len - at);
		if (line.len + (first ? 0 : 2) > at)
			break;
		if (!first) {
			at -= 2;
			memcpy(ret + at, "; ", 2);
		}
		at -= line.len;
		memcpy(ret + at, line.ptr, line.len);
	}
	memmove(ret, ret + at, size - at);
}

void
tail_clear(struct tail *tail)
{
	buf_clear(&tail->text);
	tail->cut = false;
}
