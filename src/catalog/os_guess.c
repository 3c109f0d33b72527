/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What systems said of themselves before there was os-release(5), and what
 * small images still have alone:
 *
 *	etc/redhat-release	CentOS release 6.10 (Final)
 *	etc/system-release-cpe	cpe:/o:centos:linux:6:GA
 *	etc/lsb-release		DISTRIB_ID=Ubuntu, DISTRIB_RELEASE=14.04...
 *	etc/alpine-release	3.19.1
 *	etc/debian_version	12.5, or trixie/sid
 *
 * Each is put into the words of an os-release, and read as one.
 */
#include "catalog/os_guess.h"

#include "base/memory.h"
#include "base/reader.h"
#include "catalog/text.h"

/* They have a line or five. */
#define FILE_BYTES_MAX ((size_t)16 * 1024)

static const struct slice paths[N_OS_GUESS_FILES] = {
	[OS_GUESS_REDHAT_RELEASE] = SLICE("etc/redhat-release"),
	[OS_GUESS_SYSTEM_RELEASE_CPE] = SLICE("etc/system-release-cpe"),
	[OS_GUESS_LSB_RELEASE] = SLICE("etc/lsb-release"),
	[OS_GUESS_ALPINE_RELEASE] = SLICE("etc/alpine-release"),
	[OS_GUESS_DEBIAN_VERSION] = SLICE("etc/debian_version"),
};

/* The id in os-release of what a release file or a CPE calls by name. */
struct alias {
	struct slice name;
	struct slice id;
};

static const struct alias release_names[] = {
	{ SLICE("AlmaLinux"), SLICE("almalinux") },
	{ SLICE("Amazon Linux"), SLICE("amzn") },
	{ SLICE("CentOS"), SLICE("centos") },
	{ SLICE("Fedora"), SLICE("fedora") },
	{ SLICE("Mageia"), SLICE("mageia") },
	{ SLICE("Oracle Linux"), SLICE("ol") },
	{ SLICE("Red Hat Enterprise Linux"), SLICE("rhel") },
	{ SLICE("Rocky Linux"), SLICE("rocky") },
	{ SLICE("VMware Photon"), SLICE("photon") },
};

static const struct alias cpe_vendors[] = {
	{ SLICE("almalinux"), SLICE("almalinux") },
	{ SLICE("amazon"), SLICE("amzn") },
	{ SLICE("centos"), SLICE("centos") },
	{ SLICE("fedoraproject"), SLICE("fedora") },
	{ SLICE("oracle"), SLICE("ol") },
	{ SLICE("redhat"), SLICE("rhel") },
	{ SLICE("rocky"), SLICE("rocky") },
};

struct slice
os_guess_path(enum os_guess_file file)
{
	return (size_t)file < N_OS_GUESS_FILES ? paths[file] : SLICE("?");
}

/* Within '' a shell takes everything for itself. */
static void
quoted_put(struct buf *out, const char *name, struct slice value)
{
	if (value.len == 0 || !slice_is_print(value) ||
	    memchr(value.ptr, '\'', value.len))
		return;
	buf_put_string(out, name);
	buf_put(out, SLICE("='"));
	buf_put(out, value);
	buf_put(out, SLICE("'\n"));
}

static bool
is_version_char(char c)
{
	return (c >= '0' && c <= '9') || c == '.';
}

/* "7.9.2009" of "7.9.2009 (Core)". */
static struct slice
version_of(struct slice text)
{
	size_t len = 0;

	while (len < text.len && is_version_char(text.ptr[len]))
		len++;
	return slice_first(text, len);
}

static bool
redhat_release(struct slice text, struct buf *out)
{
	struct slice line = slice_trim(text);
	struct slice name;

	for (size_t i = 0; i < N_ITEMS(release_names); i++) {
		struct slice rest = line;

		if (!slice_starts_with(line, release_names[i].name) ||
		    !text_split(&rest, SLICE(" release "), &name))
			continue;
		quoted_put(out, "ID", release_names[i].id);
		quoted_put(out, "VERSION_ID", version_of(rest));
		quoted_put(out, "PRETTY_NAME", line);
		return true;
	}
	return false;
}

/* "cpe:/o:VENDOR:PRODUCT:VERSION" or "cpe:2.3:o:VENDOR:..." */
static bool
release_cpe(struct slice text, struct buf *out)
{
	struct slice rest = slice_trim(text);
	struct slice vendor;
	struct slice product;
	struct slice version;

	if (slice_starts_with(rest, SLICE("cpe:/o:")))
		rest = slice_after(rest, 7);
	else if (slice_starts_with(rest, SLICE("cpe:2.3:o:")))
		rest = slice_after(rest, 10);
	else
		return false;
	if (!slice_split(&rest, ':', &vendor) ||
	    !slice_split(&rest, ':', &product) ||
	    !slice_split(&rest, ':', &version))
		return false;
	for (size_t i = 0; i < N_ITEMS(cpe_vendors); i++)
		if (slice_eq(vendor, cpe_vendors[i].name)) {
			quoted_put(out, "ID", cpe_vendors[i].id);
			quoted_put(out, "VERSION_ID", version_of(version));
			return true;
		}
	return false;
}

/* Ubuntu says "Ubuntu" where its os-release says "ubuntu". */
static void
id_put(struct slice value, struct buf *out)
{
	buf_put(out, SLICE("ID="));
	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c | 0x20);
		buf_put_u8(out, (uint8_t)c);
	}
	buf_put(out, SLICE("\n"));
}

static bool
lsb_release(struct slice text, struct buf *out)
{
	static const struct {
		struct slice from;
		const char *to;
	} names[] = {
		{ SLICE("DISTRIB_RELEASE="), "VERSION_ID=" },
		{ SLICE("DISTRIB_CODENAME="), "VERSION_CODENAME=" },
		{ SLICE("DISTRIB_DESCRIPTION="), "PRETTY_NAME=" },
	};
	struct slice id = SLICE("DISTRIB_ID=");
	struct reader in = reader_of(text);
	struct slice line;
	bool found = false;

	while (reader_line(&in, &line)) {
		line = slice_trim(line);
		if (slice_starts_with(line, id)) {
			id_put(slice_after(line, id.len), out);
			found = true;
		}
		for (size_t i = 0; i < N_ITEMS(names); i++) {
			if (!slice_starts_with(line, names[i].from))
				continue;
			buf_put_string(out, names[i].to);
			buf_put(out, slice_after(line, names[i].from.len));
			buf_put(out, SLICE("\n"));
		}
	}
	return found;
}

static bool
alpine_release(struct slice text, struct buf *out)
{
	struct slice version = slice_trim(text);

	if (version_of(version).len == 0 || !slice_is_graph(version))
		return false;
	quoted_put(out, "ID", SLICE("alpine"));
	quoted_put(out, "VERSION_ID", version);
	return true;
}

/* "12.5" is of version 12; "trixie/sid" is of none yet, and has a name. */
static bool
debian_version(struct slice text, struct buf *out)
{
	struct slice rest = slice_trim(text);
	struct slice first;

	if (!slice_is_graph(rest))
		return false;
	quoted_put(out, "ID", SLICE("debian"));
	if (version_of(rest).len == rest.len) {
		if (slice_split(&rest, '.', &first))
			quoted_put(out, "VERSION_ID", first);
	} else if (slice_split(&rest, '/', &first)) {
		quoted_put(out, "VERSION_CODENAME", first);
	}
	return true;
}

int
os_guess_parse(enum os_guess_file file, struct slice text,
    struct os_release **ret, struct error *err)
{
	static bool (*const guesses[N_OS_GUESS_FILES])(
	    struct slice text, struct buf * out) = {
		[OS_GUESS_REDHAT_RELEASE] = redhat_release,
		[OS_GUESS_SYSTEM_RELEASE_CPE] = release_cpe,
		[OS_GUESS_LSB_RELEASE] = lsb_release,
		[OS_GUESS_ALPINE_RELEASE] = alpine_release,
		[OS_GUESS_DEBIAN_VERSION] = debian_version,
	};
	CLEANUP(buf_clear) struct buf out = { 0 };
	CLEANUP(os_release_free) struct os_release *os = NULL;

	if (text.len > FILE_BYTES_MAX || !guesses[file](text, &out))
		return 0;
	if (buf_check(&out, err) < 0)
		return -1;
	/* What is no os-release even so tells nothing. */
	if (os_release_parse(buf_slice(&out), &os, err) < 0)
		return err->kind == ERROR_NOMEM ? -1 : 0;
	if (file == OS_GUESS_DEBIAN_VERSION &&
	    os_release_add_point(&os, text, err) < 0)
		return -1;
	*ret = TAKE(os);
	return 1;
}
