/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app_suites.h"
#include "args.h"
#include "config_yaml.h"

static char path[] = "/tmp/ristgate-yaml-XXXXXX";
static struct gw_config config;

static int load(const char *text, struct gw_error *err)
{
	int fd, e;

	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	memset(&config, 0, sizeof(config));
	memset(err, 0, sizeof(*err));
	e = gw_yaml_load(&config, path, err);
	unlink(path);
	return e;
}

static void refuse(const char *text, unsigned line, const char *why)
{
	struct gw_error err;
	char where[64];

	ck_assert_msg(load(text, &err) != 0, "%s loads", text);
	snprintf(where, sizeof(where), "%s:%u", path, line);
	ck_assert_str_eq(err.why.text, why);
	ck_assert_str_eq(err.where, where);
	gw_config_fini(&config);
}

START_TEST(the_whole_schema_is_taken)
{
	struct gw_error err;
	int e = load(
		"host: dpdk\n"
		"eal: ['-l', '0-3', --no-huge]\n"
		"ports:\n"
		"  - {name: wan0, device: net_tap0, addresses: [10.9.0.2/24, 'fd00:9::2/64'],\n"
		"     gateway: [10.9.0.1, 'fe80::1'], mtu: 1500, vlan: 7}\n"
		"  - {name: lan0, device: net_tap1, addresses: 10.8.0.2/24}\n"
		"lcores:\n"
		"  - {lcore: 1, tasks: [rx, worker, tx]}\n"
		"streams:\n"
		"  - name: cam1\n"
		"    inputs:\n"
		"      - paths:\n"
		"        - {buffer: 500, profile: simple, url: 'rist://@10.9.0.2:5000'}\n"
		"    outputs:\n"
		"      - {url: 'udp://239.1.1.1:7000?ttl=4', port: wan0}\n"
		"      - {url: 'file:/tmp/x'}\n"
		"stats: {interval: 2, file: /tmp/s}\n",
		&err);

	ck_assert_msg(e == 0, "%s: %s", err.where, err.why.text);
	ck_assert_int_eq(gw_config_check(&config, &err.why), 0);
	ck_assert_int_eq(config.host, GW_HOST_DPDK);
	ck_assert_uint_eq(config.n_eal, 3);
	ck_assert_uint_eq(config.n_ports, 2);
	ck_assert_int_eq(config.ports[0].gw6.af, RG_AF_IP6);
	ck_assert_uint_eq(config.ports[0].vlan, 7);
	ck_assert_uint_eq(config.lcores[0].tasks, RG_TASK_RX | RG_TASK_WORKER | RG_TASK_TX);
	ck_assert_str_eq(config.streams[0].name, "cam1");
	ck_assert_uint_eq(config.streams[0].inputs[0].paths[0].rist.buffer_max_ms, 500);
	ck_assert_str_eq(config.streams[0].outputs[0].paths[0].miface, "wan0");
	ck_assert_uint_eq(config.streams[0].outputs[0].paths[0].ttl, 4);
	ck_assert_uint_eq(config.stats_ms, 2000);
	gw_config_fini(&config);
}

END_TEST

START_TEST(mistakes_name_their_line)
{
	refuse("host: dpdk\nstraems: []\n", 2, "straems: unknown key");
	refuse("host: linux\n", 1, "host: \"linux\" is no host (dpdk, socket)");
	refuse("host: [dpdk]\n", 1, "host: a single value is wanted here");
	refuse("host: dpdk\nhost: socket\n", 2, "host: given twice");
	refuse("- host\n", 1, "file: KEY: VALUE pairs are wanted here");
	refuse("streams: cam1\n", 1, "streams: a list is wanted here");
	refuse("streams:\n  - name: Cam 1\n", 2,
		"name: \"Cam 1\" is no name (1..63 of a-z, 0-9 and -)");
	refuse("streams:\n  - name: a\n    outputs: [{url: '-'}]\n", 2,
		"inputs: none (1 at least)");
	refuse("streams:\n  - inputs:\n    - url: 'udp://@:1'\n      buffer: 3\n", 4,
		"buffer: has no meaning on this kind of URL");
	refuse("streams:\n  - inputs:\n    - url: 'rist://@:2'\n      profile: simple\n"
	       "      buffer: 3\n",
		5, "buffer: \"3\" is out of range (50..30000 ms)");
	refuse("streams:\n  - inputs:\n    - {buffer: 100}\n", 3, "url: missing");
	refuse("streams:\n  - inputs:\n    - {url: 'rist://@:2', profile: advanced}\n", 3,
		"profile: advanced is not in this version (use profile=main or profile=simple)");
	refuse("streams:\n  - inputs:\n    - paths: []\n", 3, "paths: none (1 at least)");
	refuse("streams:\n  - inputs:\n    - paths: [{url: '-'}]\n      secret-file: /x\n", 4,
		"secret-file: has no meaning on this kind of URL");
	refuse("streams:\n  - inputs:\n    - paths: [{url: '-'}]\n      buffer: 100\n", 4,
		"buffer: belongs to one of the paths, beside its url");
	refuse("streams:\n  - inputs: [{url: '-'}, {url: 'udp://@:2'}]\n", 2,
		"inputs: a second input is not in this version (1 at most)");
	refuse("ports:\n  - {name: a}\n", 2, "device: port a has none");
	refuse("ports:\n  - name: a\n    mtu: big\n", 3,
		"mtu: \"big\" is not a number (1280..9600)");
	refuse("ports:\n  - name: a\n    speed: 1\n", 3, "speed: unknown key of a port");
	refuse("lcores:\n  - {lcore: 1}\n", 2, "tasks: lcore 1 has none");
	refuse("lcores:\n  - {tasks: [rx]}\n", 2, "lcore: missing");
	refuse("stats: {interval: often}\n", 1,
		"stats: \"often\" is no interval (0..3600 seconds, one decimal place)");
	refuse("host: 'dp\n", 2, "not YAML: found unexpected end of stream");
}

END_TEST

START_TEST(mistakes_in_keys_of_main_name_their_line_and_no_secret)
{
	refuse("streams:\n  - inputs:\n    - url: 'rist://@:2'\n      profile: simple\n"
	       "      secret: hunter2\n",
		3, "secret: the Simple profile cannot encrypt (profile=main)");
	refuse("streams:\n  - inputs:\n    - url: 'rist://@:2'\n      aes-type: 512\n", 4,
		"aes-type: \"512\" is out of range (0, 128 or 256 bits)");
	refuse("streams:\n  - inputs:\n    - url: 'rist://@:2'\n      aes-type: 128\n", 3,
		"aes-type: needs a secret or a secret-file");
	refuse("streams:\n  - inputs:\n    - url: 'rist://@:2'\n      buffer: 100\n"
	       "      secret-file: /nonexistent\n",
		5, "secret-file: /nonexistent: No such file or directory");
	refuse("streams:\n  - inputs:\n    - paths:\n      - url: 'rist://@:2'\n"
	       "      secret-file: /nonexistent\n",
		5, "secret-file: /nonexistent: No such file or directory");
	refuse("streams:\n  - inputs:\n    - paths: [{url: 'rist://@:2?secret=hunter2'}]\n"
	       "      secret: hunter2\n",
		4, "secret: given twice");
	refuse("streams:\n  - inputs:\n    - url: 'rust://@:2?secret=hunter2'\n", 3,
		"url: \"\" does not start with rist://, udp://, rtp:// or file:, and is not -");
	refuse("streams:\n  - inputs:\n    - url: 'rist://@:2?buffer=hunter2&secret=hunter2'\n", 3,
		"buffer: \"\" is not a number (50..30000 ms)");
	refuse("streams:\n  - inputs:\n    - url: 'rist://@:2'\n      secret: [hunter2]\n", 4,
		"secret: a single value is wanted here");
}

END_TEST

START_TEST(what_encrypts_stands_beside_the_url_or_beside_the_paths)
{
	struct gw_error err;
	int e = load("streams:\n"
		     "  - inputs:\n"
		     "      - paths:\n"
		     "        - {url: 'rist://@10.9.0.2:5001?buffer=500'}\n"
		     "        secret: hunter2\n"
		     "        aes-type: 256\n"
		     "        key-rotation: 9000\n"
		     "    outputs:\n"
		     "      - {url: 'rist://h:5001', secret: hunter3, npd: 1, oob: 'tap:rist0'}\n",
		&err);
	const struct rg_url *in, *out;

	ck_assert_msg(e == 0, "%s: %s", err.where, err.why.text);
	in = &config.streams[0].inputs[0].paths[0];
	out = &config.streams[0].outputs[0].paths[0];
	ck_assert_uint_eq(in->rist.aes_bits, 256);
	ck_assert_uint_eq(in->rist.key_rotation, 9000);
	ck_assert_uint_eq(in->secret.len, 0);
	ck_assert_str_eq(gw_secrets_get(&config.secrets, in->secret_id)->text.text, "hunter2");
	ck_assert_uint_eq(out->rist.aes_bits, 128);
	ck_assert_uint_eq(out->rist.npd, 1);
	ck_assert_str_eq(rg_url_tap(out), "rist0");
	ck_assert_str_eq(gw_secrets_get(&config.secrets, out->secret_id)->text.text, "hunter3");
	gw_config_fini(&config);
}

END_TEST

START_TEST(an_empty_file_is_no_configuration)
{
	struct gw_error err;

	ck_assert_int_ne(load("", &err), 0);
	ck_assert_str_eq(err.why.text, "the file is empty");
	gw_config_fini(&config);
}

END_TEST

START_TEST(the_examples_are_configurations)
{
	static char *const files[] = {EXAMPLES_DIR "/ristgate.yaml",
		EXAMPLES_DIR "/ristgate-dpdk.yaml", EXAMPLES_DIR "/ristgate-main.yaml"};

	for (size_t i = 0; i < RG_ARRAY_LEN(files); i++) {
		char *argv[] = {"ristgate", "-f", files[i], "--check-config", NULL};
		struct gw_args *a = malloc(sizeof(*a));
		struct gw_error err;

		ck_assert_ptr_nonnull(a);
		ck_assert_msg(
			gw_args_parse(a, 4, argv, &err) == 0, "%s: %s", err.where, err.why.text);
		gw_config_fini(&a->config);
		free(a);
	}
}

END_TEST

TCase *yaml_cases(void)
{
	TCase *c = tcase_create("yaml");

	tcase_add_test(c, the_whole_schema_is_taken);
	tcase_add_test(c, mistakes_name_their_line);
	tcase_add_test(c, mistakes_in_keys_of_main_name_their_line_and_no_secret);
	tcase_add_test(c, what_encrypts_stands_beside_the_url_or_beside_the_paths);
	tcase_add_test(c, an_empty_file_is_no_configuration);
	tcase_add_test(c, the_examples_are_configurations);
	return c;
}
