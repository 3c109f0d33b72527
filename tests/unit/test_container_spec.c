/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Over inspections that a Docker engine 20.10 gave: tests/cases/engine/
 * NAME.json is a container, NAME.body.json the request for its successor on
 * image-2 (it ran image-1, or image-base) by API 1.41, and
 * full.successor.json what the engine made of one on the same image.
 */
#include "engine/container_spec.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/json_edit.h"
#include "base/memory.h"
#include "unit.h"

#define CASE_BYTES_MAX ((size_t)1024 * 1024)

/* The file of a case, to be freed. */
static char *
load(const char *name)
{
	const char *root = getenv("SOURCE_ROOT");
	CLEANUP(buf_clear) struct buf text = buf_limited(CASE_BYTES_MAX);
	CLEANUP(string_free)
	char *path = string_format(
	    "%s/tests/cases/engine/%s.json", root ? root : ".", name);
	struct error err;

	assert_non_null(path);
	if (file_read(path, &text, &err) < 0)
		fail_msg("%s", err.msg);
	char *ret = buf_take_string(&text);
	assert_non_null(ret);
	return ret;
}

static struct container_spec *
make(const char *container, const char *old, const char *new, unsigned int api)
{
	struct container_spec *spec = NULL;
	struct container_spec_input input = {
		.container = slice_of_string(container),
		.old_image = slice_of_string(old),
		.new_image = slice_of_string(new),
		.image = "sha256:new",
		.run = "run-2",
		.api = api,
	};
	struct error err;

	if (container_spec_make(&input, &spec, &err) < 0)
		fail_msg("%s", err.msg);
	return spec;
}

static struct container_spec *
make_case(const char *name, const char *old, const char *new, unsigned int api)
{
	CLEANUP(string_free) char *container = load(name);
	CLEANUP(string_free) char *old_image = load(old);
	CLEANUP(string_free) char *new_image = load(new);

	return make(container, old_image, new_image, api);
}

static struct slice
at(const char *json, const char *const *path)
{
	struct slice value = { NULL, 0 };

	(void)json_find_path(slice_of_string(json), path, &value);
	return value;
}

static void
assert_json(struct slice actual, const char *expected)
{
	bool same = false;
	struct error err;

	assert_int_equal(
	    json_equal(actual, slice_of_string(expected), &same, &err), 0);
	if (!same)
		fail_msg(SLICE_FMT " is not %s", SLICE_ARG(actual), expected);
}

static void
the_request_is_the_old_container_on_the_new_image(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		bool base;
	} cases[] = {
		{ "plain", true },
		{ "health", true },
		{ "full", false },
		{ "entry", false },
		{ "host", false },
		{ "sidecar", false },
		{ "created", false },
		{ "mac", false },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(container_spec_free)
		struct container_spec *spec = make_case(cases[i].name,
		    cases[i].base ? "image-base" : "image-1",
		    cases[i].base ? "image-base" : "image-2", 41);
		CLEANUP(string_free)
		char *file = string_format("%s.body", cases[i].name);
		CLEANUP(string_free) char *expected = load(file);

		print_message("%s\n", cases[i].name);
		assert_json(slice_of_string(spec->body), expected);
	}
}

static void
on_the_same_image_only_three_things_change(void **state)
{
	(void)state;
	CLEANUP(string_free) char *old = load("full");
	CLEANUP(container_spec_free)
	struct container_spec *spec =
	    make_case("full", "image-1", "image-1", 41);
	static const char *const same[] = { "Env", "Cmd", "Entrypoint",
		"Healthcheck", "ExposedPorts", "Volumes", "StopTimeout",
		"Hostname", "User", "WorkingDir" };

	for (size_t i = 0; i < N_ITEMS(same); i++) {
		struct slice now = at(spec->body, JSON_PATH(same[i]));
		struct slice was = at(old, JSON_PATH("Config", same[i]));

		assert_true(was.len > 0);
		assert_true(slice_eq(now, was));
	}
	assert_json(at(spec->body, JSON_PATH("Image")), "\"sha256:new\"");
	assert_json(
	    at(spec->body, JSON_PATH("Labels", "fother.run")), "\"run-2\"");
	assert_json(at(spec->body, JSON_PATH("Labels", "note")),
	    "\"two\\nlines and \\\"quotes\\\"\"");
}

static void
later_networks_are_connected_one_by_one_before_api_1_44(void **state)
{
	(void)state;
	CLEANUP(container_spec_free)
	struct container_spec *old =
	    make_case("full", "image-1", "image-1", 43);
	CLEANUP(container_spec_free)
	struct container_spec *new =
	    make_case("full", "image-1", "image-1", 44);

	assert_int_equal(old->n_networks, 1);
	assert_string_equal(old->networks[0].name, "eng-net");
	assert_json(slice_of_string(old->networks[0].endpoint),
	    "{\"Aliases\":[\"extra\",\"web.example\"]}");
	assert_int_equal(new->n_networks, 0);
	assert_int_equal(json_count(at(new->body,
			     JSON_PATH("NetworkingConfig", "EndpointsConfig"))),
	    2);
}

static void
a_configured_mac_is_an_endpoints_from_api_1_44(void **state)
{
	(void)state;
	CLEANUP(container_spec_free)
	struct container_spec *spec =
	    make_case("mac", "image-1", "image-1", 44);

	assert_json(at(spec->body,
			JSON_PATH("NetworkingConfig", "EndpointsConfig",
			    "eng-net", "MacAddress")),
	    "\"02:11:22:33:44:55\"");
}

#define INSPECT(config, host, rest) \
	"{\"Id\":\"0123456789abcdef\",\"Config\":{" config \
	"},\"HostConfig\":{" host "}" rest "}"
#define IMAGE(config) "{\"Config\":{" config "}}"

/* What stands at path of the request for a successor. */
static void
each_setting_follows_the_image_or_stays(void **state)
{
	(void)state;
	static const struct {
		const char *container;
		const char *old;
		const char *new;
		const char *key;
		const char *expected;
	} cases[] = {
		{ "\"User\":\"a\"", "\"User\":\"a\"", "\"User\":\"b\"", "User",
		    "\"b\"" },
		{ "\"User\":\"x\"", "\"User\":\"a\"", "\"User\":\"b\"", "User",
		    "\"x\"" },
		{ "\"User\":\"a\"", "\"User\":\"a\"", "", "User", "null" },
		{ "\"Cmd\":[\"c\"],\"Entrypoint\":[\"mine\"]",
		    "\"Cmd\":[\"c\"],\"Entrypoint\":[\"e\"]",
		    "\"Cmd\":[\"d\"],\"Entrypoint\":[\"e\"]", "Cmd",
		    "[\"c\"]" },
		{ "\"Cmd\":[\"c\"],\"Entrypoint\":null",
		    "\"Entrypoint\":[\"e\"]", "\"Entrypoint\":[\"e\"]",
		    "Entrypoint", "[\"\"]" },
		{ "\"Env\":[\"A=1\",\"B=mine\",\"C\"]",
		    "\"Env\":[\"A=1\",\"B=1\",\"C=1\"]",
		    "\"Env\":[\"A=2\",\"B=2\",\"C=2\",\"D=2\"]", "Env",
		    "[\"A=2\",\"B=mine\",\"C\",\"D=2\"]" },
		{ "\"Env\":[\"A=1\",\"AB=1\"]", "\"Env\":[\"A=1\",\"AB=1\"]",
		    "\"Env\":[\"AB=2\"]", "Env", "[\"AB=2\"]" },
		{ "\"Healthcheck\":{\"Test\":[\"CMD\",\"t\"],\"Interval\":5}",
		    "\"Healthcheck\":{\"Test\":[\"CMD\",\"t\"]}",
		    "\"Healthcheck\":{\"Test\":[\"CMD\",\"u\"]}", "Healthcheck",
		    "{\"Test\":[\"CMD\",\"u\"],\"Interval\":5}" },
		{ "\"Future\":{\"x\":1.50}", "", "", "Future", "{\"x\":1.50}" },
		{ "\"Hostname\":\"0123456789ab\"", "", "", "Hostname", "" },
		{ "\"Hostname\":\"0123456789a\"", "", "", "Hostname",
		    "\"0123456789a\"" },
		{ "\"Labels\":{\"fother.run\":\"1\",\"l\":\"\\u0061\"}",
		    "\"Labels\":{\"l\":\"a\"}", "\"Labels\":{\"l\":\"b\"}",
		    "Labels", "{\"fother.run\":\"run-2\",\"l\":\"b\"}" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(string_free)
		char *container =
		    string_format(INSPECT("%s", "", ""), cases[i].container);
		CLEANUP(string_free)
		char *old = string_format(IMAGE("%s"), cases[i].old);
		CLEANUP(string_free)
		char *new = string_format(IMAGE("%s"), cases[i].new);
		CLEANUP(container_spec_free)
		struct container_spec *spec = make(container, old, new, 41);
		struct slice actual =
		    at(spec->body, (const char *[]){ cases[i].key, NULL });

		if (*cases[i].expected == '\0')
			assert_int_equal(actual.len, 0);
		else
			assert_json(actual, cases[i].expected);
	}
}

#define VOLUME(name, path) \
	"{\"Type\":\"volume\",\"Name\":\"" name "\",\"Source\":\"/v\"," \
	"\"Destination\":\"" path "\",\"RW\":false}"

static void
volumes_without_a_name_are_asked_for_by_name(void **state)
{
	(void)state;
	static const struct {
		const char *host;
		const char *mounts;
		const char *key;
		const char *expected;
	} cases[] = {
		{ "\"Binds\":null", VOLUME("v", "/d"), "Binds",
		    "[\"v:/d:ro\"]" },
		{ "\"Binds\":[\"v:/d/\"]", VOLUME("v", "/d"), "Binds",
		    "[\"v:/d/\"]" },
		{ "\"Binds\":[\"/d\"]", VOLUME("v", "/d"), "Binds",
		    "[\"v:/d:ro\"]" },
		{ "\"Binds\":[\"x:/e\"]",
		    VOLUME("z", "/a") "," VOLUME("b", "/c"), "Binds",
		    "[\"x:/e\",\"b:/c:ro\",\"z:/a:ro\"]" },
		{ "\"Tmpfs\":{\"/d\":\"\"}", VOLUME("v", "/d"), "Binds", "[]" },
		{ "\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/d\"}]",
		    VOLUME("v", "/d"), "Mounts",
		    "[{\"Type\":\"volume\",\"Target\":\"/d\","
		    "\"Source\":\"v\"}]" },
		{ "\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/d\"}]",
		    VOLUME("v", "/d"), "Binds", "[]" },
		{ "\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/d\","
		  "\"Source\":\"v\",\"VolumeOptions\":{\"Subpath\":\"s\"}}]",
		    VOLUME("v", "/d"), "Mounts",
		    "[{\"Type\":\"volume\",\"Target\":\"/d\","
		    "\"Source\":\"v\",\"VolumeOptions\":{\"Subpath\":\"s\"}"
		    "}]" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(string_free)
		char *container =
		    string_format(INSPECT("", "%s", ",\"Mounts\":[%s]"),
			cases[i].host, cases[i].mounts);
		CLEANUP(container_spec_free)
		struct container_spec *spec = make(container, "", "", 41);

		assert_json(
		    at(spec->body,
			(const char *[]){ "HostConfig", cases[i].key, NULL }),
		    cases[i].expected);
	}
}

static void
refuses_what_would_not_be_the_same(void **state)
{
	(void)state;
	static const struct {
		const char *container;
		enum error_kind kind;
	} cases[] = {
		{ "", ERROR_FORMAT },
		{ "[]", ERROR_FORMAT },
		{ "{\"Id\":\"a\"}", ERROR_FORMAT },
		{ "{\"message\":\"No such container\"}", ERROR_FORMAT },
		{ INSPECT("\"Labels\":7", "", ""), ERROR_FORMAT },
		{ INSPECT("", "\"NetworkMode\":7", ""), ERROR_FORMAT },
		{ INSPECT("", "", ",\"Mounts\":[{\"Type\":\"volume\"}]"),
		    ERROR_FORMAT },
		{ INSPECT("", "", ",\"Mounts\":[" VOLUME("v", "/a:b") "]"),
		    ERROR_UNSUPPORTED },
		{ INSPECT("",
		      "\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/d\"}]",
		      ""),
		    ERROR_UNSUPPORTED },
		{ INSPECT("", "\"NetworkMode\":\"a\"",
		      ",\"NetworkSettings\":{\"Networks\":{\"b\":{}}}"),
		    ERROR_UNSUPPORTED },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		struct container_spec *spec = NULL;
		struct container_spec_input input = {
			.container = slice_of_string(cases[i].container),
			.image = "i",
			.run = "r",
			.api = 41,
		};
		struct error err;

		assert_int_equal(container_spec_make(&input, &spec, &err), -1);
		if (err.kind != cases[i].kind)
			fail_msg("%s: %s", cases[i].container, err.msg);
		assert_null(spec);
	}
}

static char *
compare(const struct container_spec *spec, const char *inspect)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct error err;

	if (container_spec_compare(spec, slice_of_string(inspect), &out, &err) <
	    0)
		fail_msg("%s", err.msg);
	return buf_take_string(&out);
}

static struct container_spec *
make_full(void)
{
	CLEANUP(string_free) char *container = load("full");
	CLEANUP(string_free) char *image = load("image-1");
	struct container_spec *spec = NULL;
	struct container_spec_input input = {
		.container = slice_of_string(container),
		.old_image = slice_of_string(image),
		.image = "eng-app:1",
		.run = "run-2",
		.api = 41,
	};
	struct error err;

	assert_int_equal(container_spec_make(&input, &spec, &err), 0);
	return spec;
}

static void
what_the_engine_made_is_what_was_meant(void **state)
{
	(void)state;
	CLEANUP(container_spec_free) struct container_spec *spec = make_full();
	CLEANUP(string_free) char *successor = load("full.successor");
	CLEANUP(string_free) char *lines = compare(spec, successor);

	assert_string_equal(lines, "");
}

static void
each_loss_is_told(void **state)
{
	(void)state;
	static const struct {
		const char *from;
		const char *to;
		const char *told;
	} cases[] = {
		{ "\"Memory\": 67108864", "\"Memory\": 0",
		    "HostConfig.Memory: 0, not 67108864\n" },
		{ "\"IPv4Address\": \"172.30.5.9\"", "\"LinkLocalIPs\": null",
		    "Networks.eng-net2.IPAMConfig" },
		{ "\"www\"", "\"ww\"", "Networks.eng-net2.Aliases" },
		{ "MODE=mine", "MODE=old",
		    "Config.Env.0: \"MODE=old\", not \"MODE=mine\"\n" },
		{ "\"Name\": \"eng-named\"", "\"Name\": \"other\"",
		    "Mounts./named.Name: \"other\", not \"eng-named\"\n" },
		{ "\"CAP_NET_ADMIN\"", "\"CAP\"", "HostConfig.CapAdd" },
	};
	CLEANUP(container_spec_free) struct container_spec *spec = make_full();

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(string_free) char *successor = load("full.successor");
		char *place = strstr(successor, cases[i].from);

		assert_non_null(place);
		CLEANUP(string_free)
		char *changed =
		    string_format("%.*s%s%s", (int)(place - successor),
			successor, cases[i].to, place + strlen(cases[i].from));
		CLEANUP(string_free) char *lines = compare(spec, changed);
		if (!strstr(lines, cases[i].told))
			fail_msg("%s: %s", cases[i].told, lines);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_request_is_the_old_container_on_the_new_image),
		cmocka_unit_test(on_the_same_image_only_three_things_change),
		cmocka_unit_test(
		    later_networks_are_connected_one_by_one_before_api_1_44),
		cmocka_unit_test(
		    a_configured_mac_is_an_endpoints_from_api_1_44),
		cmocka_unit_test(each_setting_follows_the_image_or_stays),
		cmocka_unit_test(volumes_without_a_name_are_asked_for_by_name),
		cmocka_unit_test(refuses_what_would_not_be_the_same),
		cmocka_unit_test(what_the_engine_made_is_what_was_meant),
		cmocka_unit_test(each_loss_is_told),
	};

	return cmocka_run_group_tests_name("container_spec", tests, NULL, NULL);
}
