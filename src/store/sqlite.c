/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store in one SQLite file. A run is one row whose columns are the fields
 * of struct run (the table below says which); its steps are rows of their
 * own, numbered from 1. The version of the schema is in user_version.
 */
#include "store/store.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include <sqlite3.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/memory.h"

#define SCHEMA_VERSION 1
/* A reader (status, a backup) may hold the file for a moment. */
#define BUSY_MS 5000

struct store {
	sqlite3 *db;
};

static const char schema[] =
    "CREATE TABLE run("
    " n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,"
    " kind INTEGER, direction INTEGER, outcome INTEGER, name TEXT,"
    " old_id TEXT, new_id TEXT, old_image TEXT, new_image TEXT,"
    " new_ref TEXT, body TEXT, old_policy TEXT, new_policy TEXT,"
    " new_seen TEXT, checked INTEGER, stopped INTEGER, passed INTEGER,"
    " reason TEXT, began_at INTEGER, ended_at INTEGER);"
    "CREATE INDEX run_name ON run(name, n);"
    "CREATE TABLE step("
    " run TEXT NOT NULL, n INTEGER NOT NULL, action TEXT NOT NULL,"
    " at INTEGER NOT NULL, result TEXT, PRIMARY KEY(run, n)) WITHOUT ROWID;"
    "CREATE TABLE patch("
    " key TEXT PRIMARY KEY, image_id TEXT NOT NULL, at INTEGER NOT NULL)"
    " WITHOUT ROWID;";

enum column_type { COLUMN_TEXT, COLUMN_INT, COLUMN_BOOL, COLUMN_INT64 };

/* The columns of run, in the order in which they are bound and read. */
static const struct column {
	const char *name;
	enum column_type type;
	size_t offset;
} columns[] = {
	{ "id", COLUMN_TEXT, offsetof(struct run, id) },
	{ "kind", COLUMN_INT, offsetof(struct run, kind) },
	{ "direction", COLUMN_INT, offsetof(struct run, direction) },
	{ "outcome", COLUMN_INT, offsetof(struct run, outcome) },
	{ "name", COLUMN_TEXT, offsetof(struct run, name) },
	{ "old_id", COLUMN_TEXT, offsetof(struct run, old_id) },
	{ "new_id", COLUMN_TEXT, offsetof(struct run, new_id) },
	{ "old_image", COLUMN_TEXT, offsetof(struct run, old_image) },
	{ "new_image", COLUMN_TEXT, offsetof(struct run, new_image) },
	{ "new_ref", COLUMN_TEXT, offsetof(struct run, new_ref) },
	{ "body", COLUMN_TEXT, offsetof(struct run, body) },
	{ "old_policy", COLUMN_TEXT, offsetof(struct run, old_policy) },
	{ "new_policy", COLUMN_TEXT, offsetof(struct run, new_policy) },
	{ "new_seen", COLUMN_TEXT, offsetof(struct run, new_seen) },
	{ "checked", COLUMN_BOOL, offsetof(struct run, checked) },
	{ "stopped", COLUMN_BOOL, offsetof(struct run, stopped) },
	{ "passed", COLUMN_BOOL, offsetof(struct run, passed) },
	{ "reason", COLUMN_TEXT, offsetof(struct run, reason) },
	{ "began_at", COLUMN_INT64, offsetof(struct run, began_at) },
	{ "ended_at", COLUMN_INT64, offsetof(struct run, ended_at) },
};

static inline void
statement_end(sqlite3_stmt *statement)
{
	(void)sqlite3_finalize(statement);
}
DEFINE_CLEANUP(sqlite3_stmt, statement_end)

static int
db_error(const struct store *store, struct error *err)
{
	int code = sqlite3_errcode(store->db);

	if (code == SQLITE_NOMEM)
		return error_nomem(err);
	return error_set(
	    err, ERROR_SYSTEM, "journal: %s", sqlite3_errmsg(store->db));
}

static int
db_run(struct store *store, const char *sql, struct error *err)
{
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_error(store, err);
	return 0;
}

static int
db_prepare(
    struct store *store, const char *sql, sqlite3_stmt **ret, struct error *err)
{
	if (sqlite3_prepare_v2(store->db, sql, -1, ret, NULL) != SQLITE_OK)
		return db_error(store, err);
	return 0;
}

/* Runs a statement that gives no rows. */
static int
db_step(struct store *store, sqlite3_stmt *statement, struct error *err)
{
	if (sqlite3_step(statement) != SQLITE_DONE)
		return db_error(store, err);
	return 0;
}

static void
bind_text(sqlite3_stmt *statement, int n, const char *text)
{
	/* A failed bind leaves NULL and is seen by nobody: so it is checked
	 * by NOT NULL, or does no harm. */
	(void)sqlite3_bind_text(statement, n, text, -1, SQLITE_TRANSIENT);
}

static int
schema_check(struct store *store, struct error *err)
{
	CLEANUP(statement_end) sqlite3_stmt *get = NULL;

	if (db_prepare(store, "PRAGMA user_version", &get, err) < 0)
		return -1;
	if (sqlite3_step(get) != SQLITE_ROW)
		return db_error(store, err);

	int version = sqlite3_column_int(get, 0);
	if (version == 0) {
		CLEANUP(string_free)
		char *sql = string_format("%s PRAGMA user_version = %d; COMMIT",
		    schema, SCHEMA_VERSION);
		return sql ? db_run(store, sql, err) : error_nomem(err);
	}
	if (version > SCHEMA_VERSION)
		return error_set(err, ERROR_UNSUPPORTED,
		    "journal: written by a later fother (schema %d)", version);
	return db_run(store, "COMMIT", err);
}

/* Two that start at once must not both make the tables. */
static int
schema_make(struct store *store, struct error *err)
{
	if (db_run(store, "PRAGMA journal_mode = WAL", err) < 0 ||
	    db_run(store, "PRAGMA synchronous = FULL", err) < 0 ||
	    db_run(store, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	return schema_check(store, err);
}

int
store_open(const char *dir, struct store **ret, struct error *err)
{
	CLEANUP(store_close) struct store *store = calloc(1, sizeof(*store));
	CLEANUP(string_free) char *path = string_format("%s/fother.db", dir);

	if (!store || !path)
		return error_nomem(err);
	if (directory_make(dir, 0700, err) < 0)
		return -1;
	if (sqlite3_open_v2(path, &store->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
		    SQLITE_OPEN_NOFOLLOW,
		NULL) != SQLITE_OK)
		return error_set(err, ERROR_SYSTEM, "%s: %s", path,
		    sqlite3_errmsg(store->db));
	(void)sqlite3_busy_timeout(store->db, BUSY_MS);
	if (schema_make(store, err) < 0)
		return error_wrap(err, "%s", path);
	*ret = TAKE(store);
	return 0;
}

void
store_close(struct store *store)
{
	if (!store)
		return;
	(void)sqlite3_close(store->db);
	free(store);
}

int
store_lock(const char *dir, int *ret_fd, struct error *err)
{
	CLEANUP(string_free) char *path = string_format("%s/lock", dir);

	if (!path)
		return error_nomem(err);
	if (directory_make(dir, 0700, err) < 0)
		return -1;

	CLEANUP(fd_close)
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_errno(err, "%s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return error_set(err, ERROR_CONFLICT,
		    "another fother is changing things (it holds %s)", path);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static void
bind_column(sqlite3_stmt *statement, int n, const struct column *column,
    const struct run *run)
{
	const char *field = (const char *)run + column->offset;

	switch (column->type) {
	case COLUMN_TEXT:
		bind_text(statement, n, *(char *const *)(const void *)field);
		break;
	case COLUMN_INT:
		(void)sqlite3_bind_int(
		    statement, n, *(const int *)(const void *)field);
		break;
	case COLUMN_BOOL:
		(void)sqlite3_bind_int(
		    statement, n, *(const bool *)(const void *)field);
		break;
	case COLUMN_INT64:
		(void)sqlite3_bind_int64(
		    statement, n, *(const int64_t *)(const void *)field);
		break;
	}
}

/* "INSERT INTO run(id,...) VALUES(?,...) ON CONFLICT(id) DO UPDATE SET ..." */
static char *
save_sql(void)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };

	buf_put_string(&sql, "INSERT INTO run(");
	for (size_t i = 0; i < N_ITEMS(columns); i++)
		buf_put_format(&sql, "%s%s", i > 0 ? "," : "", columns[i].name);
	buf_put_string(&sql, ") VALUES(");
	for (size_t i = 0; i < N_ITEMS(columns); i++)
		buf_put_string(&sql, i > 0 ? ",?" : "?");
	buf_put_string(&sql, ") ON CONFLICT(id) DO UPDATE SET ");
	for (size_t i = 1; i < N_ITEMS(columns); i++)
		buf_put_format(&sql, "%s%s=excluded.%s", i > 1 ? "," : "",
		    columns[i].name, columns[i].name);
	return buf_take_string(&sql);
}

static int
run_put(struct store *store, const struct run *run, struct error *err)
{
	CLEANUP(string_free) char *sql = save_sql();
	CLEANUP(statement_end) sqlite3_stmt *put = NULL;

	if (!sql)
		return error_nomem(err);
	if (db_prepare(store, sql, &put, err) < 0)
		return -1;
	for (size_t i = 0; i < N_ITEMS(columns); i++)
		bind_column(put, (int)i + 1, &columns[i], run);
	return db_step(store, put, err);
}

static int
step_put(struct store *store, const struct run *run, const char *action,
    struct error *err)
{
	CLEANUP(statement_end) sqlite3_stmt *put = NULL;

	if (db_prepare(store,
		"INSERT INTO step(run, n, action, at) VALUES(?1, 1 + "
		"(SELECT coalesce(max(n), 0) FROM step WHERE run = ?1), ?2, "
		"unixepoch())",
		&put, err) < 0)
		return -1;
	bind_text(put, 1, run->id);
	bind_text(put, 2, action);
	return db_step(store, put, err);
}

static int
save_in_transaction(struct store *store, const struct run *run,
    const char *action, struct error *err)
{
	if (run_put(store, run, err) < 0)
		return -1;
	if (action && step_put(store, run, action, err) < 0)
		return -1;
	return db_run(store, "COMMIT", err);
}

int
store_run_save(struct store *store, const struct run *run, const char *action,
    struct error *err)
{
	struct error ignored;

	if (db_run(store, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	if (save_in_transaction(store, run, action, err) == 0)
		return 0;
	(void)db_run(store, "ROLLBACK", &ignored);
	return -1;
}

int
store_step_end(struct store *store, const struct run *run, const char *result,
    struct error *err)
{
	CLEANUP(statement_end) sqlite3_stmt *put = NULL;

	if (db_prepare(store,
		"UPDATE step SET result = ?2 WHERE run = ?1 AND n = "
		"(SELECT max(n) FROM step WHERE run = ?1)",
		&put, err) < 0)
		return -1;
	bind_text(put, 1, run->id);
	bind_text(put, 2, result);
	return db_step(store, put, err);
}

void
run_list_clear(struct run_list *list)
{
	for (size_t i = 0; i < list->n_items; i++)
		run_free(list->items[i]);
	free(list->items);
	*list = (struct run_list){ 0 };
}

static bool
read_column(
    sqlite3_stmt *row, int n, const struct column *column, struct run *run)
{
	char *field = (char *)run + column->offset;
	const char *text;

	switch (column->type) {
	case COLUMN_TEXT:
		text = (const char *)sqlite3_column_text(row, n);
		char *copy = text ? slice_copy(slice_of_string(text)) : NULL;
		*(char **)(void *)field = copy;
		return !text || copy;
	case COLUMN_INT:
		*(int *)(void *)field = sqlite3_column_int(row, n);
		return true;
	case COLUMN_BOOL:
		*(bool *)(void *)field = sqlite3_column_int(row, n) != 0;
		return true;
	case COLUMN_INT64:
		*(int64_t *)(void *)field = sqlite3_column_int64(row, n);
		return true;
	}
	return false;
}

static int
list_add(struct run_list *list, sqlite3_stmt *row, struct error *err)
{
	CLEANUP(run_free) struct run *run = calloc(1, sizeof(*run));

	if (!run || !ARRAY_GROW(list->items, list->n_items))
		return error_nomem(err);
	for (size_t i = 0; i < N_ITEMS(columns); i++)
		if (!read_column(row, (int)i, &columns[i], run))
			return error_nomem(err);
	list->items[list->n_items++] = TAKE(run);
	return 0;
}

static char *
query_sql(const struct run_query *query)
{
	CLEANUP(buf_clear) struct buf sql = { 0 };

	buf_put_string(&sql, "SELECT ");
	for (size_t i = 0; i < N_ITEMS(columns); i++)
		buf_put_format(&sql, "%s%s", i > 0 ? "," : "", columns[i].name);
	buf_put_string(&sql, " FROM run WHERE (?1 IS NULL OR name = ?1)");
	if (query->open_only)
		buf_put_format(&sql, " AND outcome = %d", RUN_OPEN);
	buf_put_string(&sql,
	    query->last_only ? " ORDER BY n DESC LIMIT 1" : " ORDER BY n");
	return buf_take_string(&sql);
}

int
store_runs_load(struct store *store, const struct run_query *query,
    struct run_list *ret, struct error *err)
{
	CLEANUP(string_free) char *sql = query_sql(query);
	CLEANUP(statement_end) sqlite3_stmt *get = NULL;
	int code;

	if (!sql)
		return error_nomem(err);
	if (db_prepare(store, sql, &get, err) < 0)
		return -1;
	bind_text(get, 1, query->name);
	while ((code = sqlite3_step(get)) == SQLITE_ROW)
		if (list_add(ret, get, err) < 0)
			return -1;
	return code == SQLITE_DONE ? 0 : db_error(store, err);
}

int
store_steps_load(struct store *store, const char *run_id, store_step_fn *fn,
    void *ctx, struct error *err)
{
	CLEANUP(statement_end) sqlite3_stmt *get = NULL;
	int code;

	if (db_prepare(store,
		"SELECT action, result, at FROM step WHERE run = ?1 "
		"ORDER BY n",
		&get, err) < 0)
		return -1;
	bind_text(get, 1, run_id);
	while ((code = sqlite3_step(get)) == SQLITE_ROW) {
		const char *action = (const char *)sqlite3_column_text(get, 0);
		const char *result = (const char *)sqlite3_column_text(get, 1);

		if (!action)
			return error_nomem(err);
		if (fn(ctx, action, result, sqlite3_column_int64(get, 2)) < 0)
			return error_nomem(err);
	}
	return code == SQLITE_DONE ? 0 : db_error(store, err);
}

int
store_patch_find(
    struct store *store, const char *key, char **ret, struct error *err)
{
	CLEANUP(statement_end) sqlite3_stmt *get = NULL;

	if (db_prepare(store, "SELECT image_id FROM patch WHERE key = ?1", &get,
		err) < 0)
		return -1;
	bind_text(get, 1, key);

	int code = sqlite3_step(get);
	if (code == SQLITE_DONE)
		return error_set(err, ERROR_NOT_FOUND, "no such patch");
	if (code != SQLITE_ROW)
		return db_error(store, err);

	char *id = slice_copy(
	    slice_of_string((const char *)sqlite3_column_text(get, 0)));
	if (!id)
		return error_nomem(err);
	*ret = id;
	return 0;
}

int
store_patch_save(struct store *store, const char *key, const char *image_id,
    int64_t now, struct error *err)
{
	CLEANUP(statement_end) sqlite3_stmt *put = NULL;

	if (db_prepare(store,
		"INSERT OR REPLACE INTO patch(key, image_id, at) "
		"VALUES(?1, ?2, ?3)",
		&put, err) < 0)
		return -1;
	bind_text(put, 1, key);
	bind_text(put, 2, image_id);
	(void)sqlite3_bind_int64(put, 3, now);
	return db_step(store, put, err);
}
