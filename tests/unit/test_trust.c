/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/verify.h"

#include "base/memory.h"
#include "base/reader.h"
#include "base/time.h"
#include "files.h"

#define CASES "tests/cases/trust/"
#define REAL  "../shared/data/trust/debian/"
#define SECURITY \
	"deb.debian.org_debian-security_dists_bookworm-security_InRelease"

/* A directory of the source tree, and a name in it. */
static void
load(const char *directory, struct slice name, struct buf *ret)
{
	char path[256];

	(void)snprintf(
	    path, sizeof(path), "%s" SLICE_FMT, directory, SLICE_ARG(name));
	source_file(path, ret);
}

/* Sends msg through what a worker and its parent say to each other. */
static struct clearsign *
pass_on(struct clearsign *msg)
{
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct clearsign *ret = NULL;
	struct error err;

	clearsign_encode(msg, &bytes);
	if (clearsign_decode(buf_slice(&bytes), &ret, &err) < 0)
		fail_msg("%s", err.msg);
	clearsign_free(msg);
	return ret;
}

/* "InRelease", or "Release + Release.gpg". */
static int
message_load(const char *directory, struct slice names, struct clearsign **ret,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(buf_clear) struct buf signatures = { 0 };
	struct slice name;

	(void)slice_split(&names, '+', &name);
	load(directory, slice_trim(name), &text);
	if (names.len == 0)
		return clearsign_parse(buf_slice(&text), ret, err);
	load(directory, slice_trim(names), &signatures);
	return signatures_parse(
	    buf_slice(&text), buf_slice(&signatures), ret, err);
}

static struct keyring *
keyring_load(const char *directory, struct slice name)
{
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct keyring *ring = NULL;
	struct error err;

	load(directory, name, &bytes);
	if (keyring_parse(buf_slice(&bytes), &ring, &err) < 0)
		fail_msg(SLICE_FMT ": %s", SLICE_ARG(name), err.msg);
	return ring;
}

static struct keyring *
keyrings_load(const char *directory, struct slice names)
{
	struct keyring *ret = NULL;
	struct slice name;
	struct error err;

	while (slice_split(&names, ' ', &name)) {
		struct keyring *ring = keyring_load(directory, name);
		if (!ret) {
			ret = ring;
			continue;
		}
		assert_int_equal(keyring_add(ret, ring, &err), 0);
		keyring_free(ring);
	}
	return ret;
}

static void
outcome_put(int r, const struct trust_verdict *verdict, const struct error *err,
    struct buf *ret)
{
	if (r == 0)
		buf_put_format(ret, "good %s %s %s", verdict->owner.primary,
		    verdict->signer, verdict->owner.user_id);
	else
		buf_put_format(
		    ret, "%s %s", error_kind_to_string(err->kind), err->msg);
}

static void
check_case(struct slice line)
{
	CLEANUP(clearsign_free) struct clearsign *msg = NULL;
	CLEANUP(buf_clear) struct buf outcome = { 0 };
	struct slice field[4] = { 0 };
	struct trust_verdict verdict;
	struct slice rest = line;
	struct error err;
	int64_t now;

	for (size_t i = 0; i < N_ITEMS(field); i++) {
		(void)slice_split(&rest, '|', &field[i]);
		field[i] = slice_trim(field[i]);
	}
	if (!time_from_rfc3339(field[2], &now))
		fail_msg("not a case: " SLICE_FMT, SLICE_ARG(line));

	CLEANUP(keyring_free)
	struct keyring *ring = keyrings_load(CASES "keys/", field[1]);
	int r = message_load(CASES "messages/", field[0], &msg, &err);
	if (r == 0) {
		msg = pass_on(msg);
		r = trust_verify(ring, msg, now, &verdict, &err);
	}
	outcome_put(r, &verdict, &err, &outcome);
	if (!slice_eq(buf_slice(&outcome), field[3]))
		fail_msg(SLICE_FMT " is not what came out: " SLICE_FMT,
		    SLICE_ARG(line), SLICE_ARG(buf_slice(&outcome)));
}

static void
judges_as_the_cases_say(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct slice line;
	size_t n = 0;

	source_file(CASES "verify.cases", &text);
	struct reader in = reader_of(buf_slice(&text));
	while (reader_line(&in, &line))
		if (line.len > 0 && line.ptr[0] != '#') {
			check_case(line);
			n++;
		}
	assert_true(n > 50);
}

static void
shows_the_text_as_it_was_signed(void **state)
{
	(void)state;
	static const char *const names[] = { "by-ed25519", "crlf",
		"more-blanks" };
	const struct slice expected =
	    SLICE("Origin: Example\n"
		  "Suite: stable\n"
		  "Date: Sun, 01 Feb 2026 00:00:00 UTC\n"
		  "Description: blanks at the end\n"
		  "-----a line of dashes\n"
		  "- a dash and a blank\n"
		  "\n"
		  "MD5Sum:\n"
		  " d41d8cd98f00b204e9800998ecf8427e 0 "
		  "main/binary-amd64/Packages\n");

	for (size_t i = 0; i < N_ITEMS(names); i++) {
		CLEANUP(clearsign_free) struct clearsign *msg = NULL;
		struct error err;

		assert_int_equal(message_load(CASES "messages/",
				     slice_of_string(names[i]), &msg, &err),
		    0);
		assert_true(slice_eq(msg->signed_text, expected));
	}
}

static void
hashes_no_two_texts_alike(void **state)
{
	(void)state;
	static const struct {
		struct slice text, hashed;
	} cases[] = {
		{ SLICE(""), SLICE("") },
		{ SLICE("a\n"), SLICE("a") },
		{ SLICE("a\n\n"), SLICE("a\r\n") },
		{ SLICE("\na\n"), SLICE("\r\na") },
		{ SLICE("a\nb\n"), SLICE("a\r\nb") },
		{ SLICE("a\r\nb\n"), SLICE("a\r\r\nb") },
		{ SLICE("a\n\n\nb\n"), SLICE("a\r\n\r\n\r\nb") },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf hashed = { 0 };
		struct clearsign msg = { .signed_text = cases[i].text };

		clearsign_canonical(&msg, &hashed);
		assert_true(slice_eq(buf_slice(&hashed), cases[i].hashed));
		buf_clear(&hashed);
		msg.detached = true;
		clearsign_canonical(&msg, &hashed);
		assert_true(slice_eq(buf_slice(&hashed), cases[i].text));
	}
}

/* A claim as a worker might send it. */
static int
decode(uint8_t detached, struct slice text, struct slice signatures,
    struct slice rest, struct error *err)
{
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	CLEANUP(clearsign_free) struct clearsign *msg = NULL;

	buf_put_u8(&bytes, detached);
	buf_put_sized(&bytes, text);
	buf_put_sized(&bytes, signatures);
	buf_put(&bytes, rest);
	return clearsign_decode(buf_slice(&bytes), &msg, err);
}

static void
refuses_the_claim_of_a_worker_gone_bad(void **state)
{
	(void)state;
	const struct slice signature = SLICE("\x88\x01\x04");
	const struct slice user_id = SLICE("\xb4\x01x");
	const struct slice a = SLICE("a\n");
	const struct slice no = SLICE("");
	struct clearsign *msg = NULL;
	struct error err;

	assert_int_equal(decode(0, a, signature, no, &err), 0);
	assert_int_equal(decode(1, SLICE("a"), signature, no, &err), 0);
	assert_int_equal(decode(2, a, signature, no, &err), -1);
	assert_int_equal(decode(0, SLICE("a"), signature, no, &err), -1);
	assert_int_equal(decode(0, a, signature, SLICE("x"), &err), -1);
	assert_int_equal(decode(0, a, no, no, &err), -1);
	assert_int_equal(decode(0, a, user_id, no, &err), -1);
	assert_int_equal(decode(0, a, SLICE("\x88\x02\x04"), no, &err), -1);
	assert_int_equal(err.kind, ERROR_FORMAT);
	assert_int_equal(
	    clearsign_decode(SLICE("\0\xff\xff\xff\xff"), &msg, &err), -1);
	assert_int_equal(err.kind, ERROR_FORMAT);
}

static void
refuses_too_many_signatures(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf signatures = { 0 };
	CLEANUP(clearsign_free) struct clearsign *msg = NULL;
	struct error err;

	for (int i = 0; i < 33; i++)
		buf_put(&signatures, SLICE("\x88\x01\x04"));
	assert_int_equal(
	    signatures_parse(SLICE("a"), buf_slice(&signatures), &msg, &err),
	    -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
}

static void
refuses_a_text_that_is_too_large(void **state)
{
	(void)state;
	CLEANUP(clearsign_free) struct clearsign *msg = NULL;
	size_t len = CLEARSIGN_TEXT_MAX_BYTES + 1;
	CLEANUP(string_free) char *text = calloc(1, len);
	struct error err;

	assert_non_null(text);
	assert_int_equal(signatures_parse(slice_of(text, len),
			     SLICE("\x88\x01\x04"), &msg, &err),
	    -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
}

static void
says_why_a_key_is_left_out(void **state)
{
	(void)state;
	CLEANUP(keyring_free)
	struct keyring *ring =
	    keyring_load(CASES "keys/", SLICE("rsa-cut-off"));

	assert_int_equal(ring->n_certificates, 1);
	assert_int_equal(ring->n_keys, 2);
	assert_int_equal(ring->n_faults, 1);
	assert_string_equal(ring->faults[0].msg, "a packet is cut off");
}

static void
refuses_what_is_no_keyring(void **state)
{
	(void)state;
	static const struct {
		struct slice bytes;
		enum error_kind kind;
		const char *msg;
	} cases[] = {
		{ SLICE("<html>"), ERROR_FORMAT, "not an OpenPGP keyring" },
		{ SLICE("\0\0\0\x20\1\1\0\2KBXf"), ERROR_UNSUPPORTED,
		    "a GnuPG keybox; export the keys from it" },
		{ SLICE("\xb4\x01x"), ERROR_FORMAT, "no key in it" },
		{ SLICE("\x94\x01x"), ERROR_UNSUPPORTED, "a private key" },
		{ SLICE("\x98\x06\x03xxxx\x01"), ERROR_UNSUPPORTED,
		    "a key of version 3" },
		{ SLICE("\x98\x05\x04xxxx"), ERROR_FORMAT, "a key is cut off" },
		{ SLICE("\xc6\xe1x"), ERROR_UNSUPPORTED,
		    "a packet of unknown length" },
		{ SLICE("\x9bx"), ERROR_UNSUPPORTED,
		    "a packet of unknown length" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		struct keyring *ring = NULL;
		struct error err;

		assert_int_equal(
		    keyring_parse(cases[i].bytes, &ring, &err), -1);
		assert_int_equal(err.kind, cases[i].kind);
		assert_string_equal(err.msg, cases[i].msg);
		assert_null(ring);
	}
}

static void
an_empty_keyring_knows_nobody(void **state)
{
	(void)state;
	CLEANUP(keyring_free) struct keyring *ring = NULL;
	CLEANUP(clearsign_free) struct clearsign *msg = NULL;
	struct trust_verdict verdict;
	struct error err;

	assert_int_equal(keyring_parse(SLICE(""), &ring, &err), 0);
	assert_int_equal(
	    message_load(CASES "messages/", SLICE("by-ed25519"), &msg, &err),
	    0);
	assert_int_equal(
	    trust_verify(ring, msg, 1770000000, &verdict, &err), -1);
	assert_int_equal(err.kind, ERROR_UNTRUSTED);
}

static void
verifies_what_debian_signed(void **state)
{
	(void)state;
	static const char *const names[] = {
		"deb.debian.org_debian_dists_bookworm_InRelease",
		"deb.debian.org_debian_dists_bookworm-updates_InRelease",
		SECURITY,
		"deb.debian.org_debian_dists_sid_InRelease",
		"deb.debian.org_debian_dists_trixie_InRelease",
		"bookworm_Release+bookworm_Release.gpg",
	};
	const int64_t now = 1795305600; /* 2026-11-22 */
	CLEANUP(buf_clear) struct buf present = { 0 };

	if (!source_file_try(REAL "debian-archive-keyring.gpg", &present)) {
		print_message(REAL " is not there\n");
		skip();
	}
	CLEANUP(keyring_free)
	struct keyring *ring =
	    keyring_load(REAL, SLICE("debian-archive-keyring.gpg"));
	assert_int_equal(ring->n_faults, 0);
	for (size_t i = 0; i < N_ITEMS(names); i++) {
		CLEANUP(clearsign_free) struct clearsign *msg = NULL;
		struct trust_verdict verdict;
		struct error err;

		if (message_load(REAL, slice_of_string(names[i]), &msg, &err) <
			0 ||
		    trust_verify(ring, msg, now, &verdict, &err) < 0)
			fail_msg("%s: %s", names[i], err.msg);
		assert_non_null(strstr(verdict.owner.user_id, "@"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_as_the_cases_say),
		cmocka_unit_test(shows_the_text_as_it_was_signed),
		cmocka_unit_test(hashes_no_two_texts_alike),
		cmocka_unit_test(refuses_the_claim_of_a_worker_gone_bad),
		cmocka_unit_test(refuses_too_many_signatures),
		cmocka_unit_test(refuses_a_text_that_is_too_large),
		cmocka_unit_test(says_why_a_key_is_left_out),
		cmocka_unit_test(refuses_what_is_no_keyring),
		cmocka_unit_test(an_empty_keyring_knows_nobody),
		cmocka_unit_test(verifies_what_debian_signed),
	};

	return cmocka_run_group_tests_name("trust", tests, NULL, NULL);
}
