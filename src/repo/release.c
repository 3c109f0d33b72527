/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an archive says of one suite, and the hashes of all its indexes: the
 * text inside of InRelease. Debian wiki, RepositoryFormat, "Release files".
 *
 *	Origin: Debian
 *	Label: Debian-Security
 *	Suite: oldstable-security
 *	Codename: bookworm-security
 *	Date: Sat, 21 Nov 2026 00:53:02 UTC
 *	Valid-Until: Sat, 28 Nov 2026 00:53:02 UTC
 *	Acquire-By-Hash: yes
 *	Components: updates/main updates/contrib
 *	SHA256:
 *	 9f86d0... 2281234 main/binary-amd64/Packages.xz
 *
 * Whether its signature is good is trust/'s affair, and comes first. The
 * sections of weaker hashes are not read.
 */
#include "repo/release.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/time.h"
#include "catalog/deb822.h"
#include "repo/release_file.h"
#include "repo/source_list.h"

/* Debian's have 150 KiB, Ubuntu's 300 KiB. */
#define RELEASE_BYTES_MAX ((size_t)8 * 1024 * 1024)

/* apt's Acquire::Max-FutureTime: clocks are never quite right. */
#define FUTURE_MAX_SEC 10

enum field {
	FIELD_ORIGIN,
	FIELD_LABEL,
	FIELD_SUITE,
	FIELD_CODENAME,
	FIELD_VERSION,
	FIELD_COMPONENTS,
	FIELD_ARCHITECTURES,
	FIELD_DATE,
	FIELD_VALID_UNTIL,
	FIELD_BY_HASH,
	FIELD_NOT_AUTOMATIC,
	FIELD_BUT_AUTOMATIC_UPGRADES,
	FIELD_SHA256,
	N_FIELDS,
};

static const struct slice field_names[N_FIELDS] = {
	[FIELD_ORIGIN] = SLICE("Origin"),
	[FIELD_LABEL] = SLICE("Label"),
	[FIELD_SUITE] = SLICE("Suite"),
	[FIELD_CODENAME] = SLICE("Codename"),
	[FIELD_VERSION] = SLICE("Version"),
	[FIELD_COMPONENTS] = SLICE("Components"),
	[FIELD_ARCHITECTURES] = SLICE("Architectures"),
	[FIELD_DATE] = SLICE("Date"),
	[FIELD_VALID_UNTIL] = SLICE("Valid-Until"),
	[FIELD_BY_HASH] = SLICE("Acquire-By-Hash"),
	[FIELD_NOT_AUTOMATIC] = SLICE("NotAutomatic"),
	[FIELD_BUT_AUTOMATIC_UPGRADES] = SLICE("ButAutomaticUpgrades"),
	[FIELD_SHA256] = SLICE("SHA256"),
};

static const struct deb822_form form = {
	.names = field_names,
	.n_names = N_FIELDS,
};

static bool
is_yes(struct slice value)
{
	return deb822_name_eq(value, SLICE("yes"));
}

/* " 9f86d0... 2281234 main/binary-amd64/Packages.xz" */
static bool
file_parse(struct slice line, struct release_file *file)
{
	struct slice sum;
	struct slice size;

	return deb822_word(&line, &sum) &&
	    sha256_from_string(sum, &file->sha256) &&
	    deb822_word(&line, &size) &&
	    slice_to_u64(size, INT64_MAX, &file->size_bytes) &&
	    deb822_word(&line, &file->path) && slice_trim(line).len == 0 &&
	    source_path_ok(file->path);
}

static int
files_parse(struct slice section, struct release *release, struct error *err)
{
	struct slice line;

	while (slice_split(&section, '\n', &line)) {
		struct release_file file;

		line = slice_trim(line);
		if (line.len == 0)
			continue;
		if (!file_parse(line, &file))
			return error_set(err, ERROR_FORMAT,
			    "SHA256 has a broken line after %zu good ones",
			    release->n_files);
		if (release_add_file(release, &file, err) < 0)
			return -1;
	}
	return 0;
}

static int
dates_parse(
    const struct slice *values, struct release *release, struct error *err)
{
	if (values[FIELD_DATE].len == 0)
		return error_set(err, ERROR_UNTRUSTED,
		    "no Date, so an old one could be passed off as new");
	if (!time_from_rfc2822(values[FIELD_DATE], &release->date))
		return error_set(err, ERROR_FORMAT, "Date is broken");
	if (values[FIELD_VALID_UNTIL].len == 0)
		return 0;
	/* 0 is for ever, which nobody means who writes a date. */
	if (!time_from_rfc2822(
		values[FIELD_VALID_UNTIL], &release->valid_until) ||
	    release->valid_until == 0)
		return error_set(err, ERROR_FORMAT, "Valid-Until is broken");
	return 0;
}

static int
fields_parse(
    const struct slice *values, struct release *release, struct error *err)
{
	release->origin = values[FIELD_ORIGIN];
	release->label = values[FIELD_LABEL];
	release->suite = values[FIELD_SUITE];
	release->codename = values[FIELD_CODENAME];
	release->version = values[FIELD_VERSION];
	release->components = values[FIELD_COMPONENTS];
	release->archs = values[FIELD_ARCHITECTURES];
	release->by_hash = is_yes(values[FIELD_BY_HASH]);
	release->not_automatic = is_yes(values[FIELD_NOT_AUTOMATIC]);
	release->but_automatic_upgrades =
	    is_yes(values[FIELD_BUT_AUTOMATIC_UPGRADES]);

	if (!release_texts_ok(release))
		return error_set(err, ERROR_FORMAT, "a field is not printable");
	if (dates_parse(values, release, err) < 0)
		return -1;
	if (!deb822_has(values[FIELD_SHA256]))
		return error_set(
		    err, ERROR_UNTRUSTED, "no SHA256 of the indexes");
	return files_parse(values[FIELD_SHA256], release, err);
}

static int
stanza_parse(struct slice text, struct release *release, struct error *err)
{
	struct reader in = reader_of(text);
	struct slice values[N_FIELDS];
	struct slice more[N_FIELDS];
	int r = deb822_stanza(&in, &form, values, NULL, err);

	if (r < 0)
		return error_wrap(err, "line %zu", in.line);
	if (r == 0)
		return error_set(err, ERROR_FORMAT, "empty");
	/* Who reads the second of two stanzas would see other hashes. */
	if (deb822_stanza(&in, &form, more, NULL, err) != 0)
		return error_set(err, ERROR_FORMAT, "more than one stanza");
	return fields_parse(values, release, err);
}

int
release_parse(struct slice text, struct release **ret, struct error *err)
{
	CLEANUP(release_free)
	struct release *release = calloc(1, sizeof(*release));

	if (text.len > RELEASE_BYTES_MAX)
		return error_set(err, ERROR_LIMIT, "Release is too large");
	if (!release || !(release->text = slice_copy(text)))
		return error_nomem(err);
	if (stanza_parse(slice_of(release->text, text.len), release, err) < 0)
		return -1;
	if (release_sort_files(release, err) < 0)
		return -1;
	*ret = TAKE(release);
	return 0;
}

int
release_check_fresh(
    const struct release *release, int64_t now, struct error *err)
{
	char date[TIME_SIZE];
	char today[TIME_SIZE];
	int64_t ahead;

	time_to_rfc3339(now, today);
	if (release->valid_until != 0 && release->valid_until < now) {
		time_to_rfc3339(release->valid_until, date);
		return error_set(err, ERROR_UNTRUSTED,
		    "its Valid-Until, %s, has passed (now is %s)", date, today);
	}
	if (__builtin_sub_overflow(release->date, now, &ahead) ||
	    ahead > FUTURE_MAX_SEC) {
		time_to_rfc3339(release->date, date);
		return error_set(err, ERROR_UNTRUSTED,
		    "its Date, %s, is still to come (now is %s)", date, today);
	}
	return 0;
}

static bool
is_suite(const struct release *release, struct slice suite)
{
	return suite.len > 0 &&
	    (slice_eq(suite, release->suite) ||
		slice_eq(suite, release->codename));
}

int
release_check_suite(
    const struct release *release, struct slice suite, struct error *err)
{
	struct slice before = suite;

	while (before.len > 0 && before.ptr[before.len - 1] != '/')
		before.len--;
	if (before.len > 0)
		before.len--;
	if (is_suite(release, suite) || is_suite(release, before))
		return 0;
	return error_set(err, ERROR_UNTRUSTED,
	    "asked for the suite \"" SLICE_FMT "\", got \"" SLICE_FMT
	    "\" (" SLICE_FMT ")",
	    SLICE_ARG(suite), SLICE_ARG(release->suite),
	    SLICE_ARG(release->codename));
}
