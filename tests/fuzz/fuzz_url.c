/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_addr_text.h"
#include "rg_conf.h"
#include "rg_fuzz.h"

static void check_addr(const struct rg_addr *a)
{
	char text[RG_ADDR_TEXT_MAX];
	struct rg_addr again;
	size_t len = rg_addr_format_ip(a, text);

	fuzz_require(len < sizeof(text) && text[len] == '\0');
	if (a->af == RG_AF_NONE)
		return;
	fuzz_require(rg_addr_parse(text, len, &again));
	fuzz_require(rg_addr_same_host(&again, a));
}

static void parse(const char *text, enum rg_end_role role)
{
	struct rg_url u;
	struct rg_conf_error err;

	if (rg_url_parse(text, role, &u, &err) != 0) {
		fuzz_require(memchr(err.text, '\0', sizeof(err.text)) != NULL);
		fuzz_require(err.text[0] != '\0');
		fuzz_require(u.secret.len == 0 && u.secret.text[0] == '\0');
		return;
	}
	fuzz_require(memchr(u.host, '\0', sizeof(u.host)) != NULL);
	fuzz_require(memchr(u.path, '\0', sizeof(u.path)) != NULL);
	fuzz_require(memchr(u.miface, '\0', sizeof(u.miface)) != NULL);
	fuzz_require(memchr(u.rist.cname, '\0', sizeof(u.rist.cname)) != NULL);
	fuzz_require(memchr(u.secret_file, '\0', sizeof(u.secret_file)) != NULL);
	fuzz_require(memchr(u.oob, '\0', sizeof(u.oob)) != NULL);
	fuzz_require(u.secret.len <= RG_SECRET_MAX);
	fuzz_require(u.secret.len == strlen(u.secret.text));
	fuzz_require((u.rist.aes_bits != 0) == (u.secret.len > 0 || u.secret_file[0] != '\0'));
	fuzz_require(u.stream_id % 2 == 0);
	fuzz_require((u.kind == RG_END_FILE) == (u.addr.port == 0));
	fuzz_require(u.rist.buffer_min_ms <= u.rist.buffer_max_ms);
	fuzz_require(u.rist.rtt_min_ms <= u.rist.rtt_max_ms);
	fuzz_require(u.rist.min_retries <= u.rist.max_retries);
	check_addr(&u.addr);
	check_addr(&u.source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	parse(text, RG_ROLE_INPUT);
	parse(text, RG_ROLE_OUTPUT);
	free(text);
	return 0;
}
