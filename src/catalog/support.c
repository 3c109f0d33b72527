/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Until when which release is supported. The table is data/support.tsv, which
 * tools/make-support-data makes of what distro-info-data and endoflife.date
 * collect, and tools/support-table makes into C. It knows as much as they did
 * on its date: a newer release is not found, and that is said as unknown.
 */
#include "catalog/support.h"

#include "base/memory.h"
#include "base/time.h"
#include "support_table.h"

#define DAY_SEC ((int64_t)24 * 60 * 60)

/* Stream goes by CentOS's own id, and both had a release 8. */
static struct slice
id_of(const struct os_release *os)
{
	if (slice_eq(os->id, SLICE("centos")) &&
	    slice_starts_with(os->pretty_name, SLICE("CentOS Stream")))
		return SLICE("centos-stream");
	return os->id;
}

static const struct support_release *
version_find(struct slice id, struct slice version)
{
	for (size_t i = 0; i < N_ITEMS(releases); i++)
		if (slice_eq(releases[i].id, id) &&
		    slice_eq(releases[i].version, version))
			return &releases[i];
	return NULL;
}

static const struct support_release *
codename_find(struct slice id, struct slice codename)
{
	for (size_t i = 0; i < N_ITEMS(releases); i++)
		if (slice_eq(releases[i].id, id) && codename.len > 0 &&
		    slice_eq(releases[i].codename, codename))
			return &releases[i];
	return NULL;
}

/* Without the last number: "9.4" becomes "9", and "9" nothing. */
static struct slice
version_shorten(struct slice version)
{
	const char *dot = memrchr(version.ptr, '.', version.len);

	return slice_first(version, dot ? (size_t)(dot - version.ptr) : 0);
}

const struct support_release *
support_find(const struct os_release *os)
{
	struct slice id = id_of(os);
	struct slice version = os->version_id;

	if (version.len == 0)
		return codename_find(id, os->version_codename);
	while (version.len > 0) {
		const struct support_release *found = version_find(id, version);

		if (found)
			return found;
		version = version_shorten(version);
	}
	return NULL;
}

const char *
support_phase_to_string(enum support_phase phase)
{
	static const char *const names[] = {
		[SUPPORT_UNKNOWN] = "unknown",
		[SUPPORT_STANDARD] = "standard",
		[SUPPORT_LTS] = "lts",
		[SUPPORT_EXTENDED] = "extended",
		[SUPPORT_ENDED] = "ended",
	};

	return (size_t)phase < N_ITEMS(names) ? names[phase] : "unknown";
}

/* True when day is known and not over. */
static bool
lasts(struct slice day, int64_t now)
{
	int64_t start;

	return time_from_rfc3339(day, &start) && now < start + DAY_SEC;
}

enum support_phase
support_phase_at(const struct support_release *release, int64_t now)
{
	if (!release || release->standard.len == 0)
		return SUPPORT_UNKNOWN;
	if (lasts(release->standard, now))
		return SUPPORT_STANDARD;
	if (lasts(release->lts, now))
		return SUPPORT_LTS;
	if (lasts(release->extended, now))
		return SUPPORT_EXTENDED;
	return SUPPORT_ENDED;
}

struct slice
support_until(const struct support_release *release)
{
	if (!release)
		return SLICE("");
	return release->lts.len > 0 ? release->lts : release->standard;
}

struct slice
support_data_date(void)
{
	return SLICE(SUPPORT_DATE);
}
