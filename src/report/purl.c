/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Package URLs (ECMA-427; github.com/package-url/purl-spec, with its types
 * deb, apk, rpm, alpm and oci):
 *
 *	pkg:TYPE/NAMESPACE/NAME@VERSION?KEY=VALUE&KEY=VALUE
 *
 * Letters, digits, "-", ".", "_", "~" and ":" stand for themselves, all other
 * bytes are written %XX; keys are in the order of the alphabet. Names of deb,
 * apk and alpm are lower case, those of rpm are kept. The epoch of a deb is a
 * part of its version, that of an rpm a qualifier.
 *
 * "upstream" is not of the specification, but what Syft and Grype use: NAME
 * or NAME@VERSION, and for an rpm the file name of the source package.
 */
#include "report/purl.h"

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	    c == '~' || c == ':';
}

static void
put_encoded(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (is_plain(text.ptr[i]))
			buf_put_u8(out, (uint8_t)text.ptr[i]);
		else
			buf_put_format(out, "%%%02X", (uint8_t)text.ptr[i]);
}

static void
put_lower(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		put_encoded(out, slice_of(&c, 1));
	}
}

/* Puts "KEY=VALUE" after what separates it; nothing for no value. */
static void
put_qualifier(
    struct buf *out, const char *key, struct slice value, bool *is_first)
{
	if (value.len == 0)
		return;
	buf_put_u8(out, *is_first ? '?' : '&');
	buf_put_string(out, key);
	buf_put_u8(out, '=');
	put_encoded(out, value);
	*is_first = false;
}

/* Splits "EPOCH:REST", where there is an epoch. */
static struct slice
epoch_split(struct slice version, struct slice *ret_rest)
{
	struct slice epoch;

	*ret_rest = version;
	if (!memchr(version.ptr, ':', version.len) ||
	    !slice_split(ret_rest, ':', &epoch))
		return SLICE("");
	return epoch;
}

static struct slice
distro_of(const struct purl_system *system, struct buf *buf)
{
	struct slice version =
	    system->version.len > 0 ? system->version : system->codename;

	buf_put(buf, system->id);
	if (version.len > 0) {
		buf_put_u8(buf, '-');
		buf_put(buf, version);
	}
	return buf_slice(buf);
}

static struct slice
upstream_of(const struct package *package, struct buf *buf)
{
	struct slice version = package->source_version;
	bool same_name = slice_eq(package->source, package->name);
	bool same_version = slice_eq(version, package->version);

	if (package->source.len == 0 || (same_name && same_version))
		return SLICE("");
	buf_put(buf, package->source);
	if (package->type == PACKAGE_RPM) {
		(void)epoch_split(version, &version);
		buf_put_u8(buf, '-');
		buf_put(buf, version);
		buf_put_string(buf, ".src.rpm");
	} else if (!same_version) {
		buf_put_u8(buf, '@');
		buf_put(buf, version);
	}
	return buf_slice(buf);
}

void
purl_put(const struct package *package, const struct purl_system *system,
    struct buf *out)
{
	CLEANUP(buf_clear) struct buf distro = { 0 };
	CLEANUP(buf_clear) struct buf upstream = { 0 };
	bool is_rpm = package->type == PACKAGE_RPM;
	struct slice version = package->version;
	struct slice epoch = SLICE("");
	bool is_first = true;

	if (is_rpm)
		epoch = epoch_split(package->version, &version);
	buf_put_format(out, "pkg:%s/", package_type_to_string(package->type));
	if (system->id.len > 0) {
		put_lower(out, system->id);
		buf_put_u8(out, '/');
	}
	if (is_rpm)
		put_encoded(out, package->name);
	else
		put_lower(out, package->name);
	buf_put_u8(out, '@');
	put_encoded(out, version);
	put_qualifier(out, "arch", package->arch, &is_first);
	put_qualifier(out, "distro", distro_of(system, &distro), &is_first);
	put_qualifier(out, "epoch", epoch, &is_first);
	put_qualifier(
	    out, "upstream", upstream_of(package, &upstream), &is_first);
	out->failed |= distro.failed || upstream.failed;
}

void
purl_put_image(const struct purl_image *image, struct buf *out)
{
	char hex[SHA256_HEX_SIZE];
	struct slice name = image->repository;
	bool is_first = true;

	for (size_t i = 0; i < image->repository.len; i++)
		if (image->repository.ptr[i] == '/')
			name = slice_after(image->repository, i + 1);
	sha256_to_string(image->digest, hex);
	buf_put_string(out, "pkg:oci/");
	put_lower(out, name);
	buf_put_format(out, "@sha256:%s", hex);
	put_qualifier(out, "arch", image->arch, &is_first);
	put_qualifier(out, "repository_url", image->repository, &is_first);
	put_qualifier(out, "tag", image->tag, &is_first);
}
