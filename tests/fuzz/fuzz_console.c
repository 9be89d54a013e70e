/* SPDX-License-Identifier: BSD-3-Clause */
/* What an operator types after oob, and out-of-band data of a peer as a line of text. The first
 * byte chooses. */
#include "console.h"
#include "events.h"
#include "oob.h"
#include "rg_fuzz.h"
#include "rg_gre.h"

static const struct rg_side_plan ends[] = {
	{.kind = RG_END_RIST, .ep = 0, .rist = {.profile = RG_PROFILE_MAIN}},
	{.kind = RG_END_RIST, .ep = 1, .rist = {.profile = RG_PROFILE_MAIN}},
	{.kind = RG_END_UDP, .ep = 2},
};
static struct rg_stream_plan streams[] = {
	{.name = "a", .inputs = ends, .outputs = ends + 2, .n_inputs = 1, .n_outputs = 1},
	{.name = "b",
		.inputs = ends,
		.outputs = ends + 1,
		.n_inputs = 1,
		.n_outputs = 2,
		.index = 1},
};
static const struct gw_plan plan = {.streams = streams, .n_streams = 2};

static void type(const uint8_t *data, size_t size)
{
	struct rg_conf_error err = {""};
	struct rg_oob *m = malloc(sizeof(*m));
	char *line = malloc(size + 1);

	if (m && line) {
		memcpy(line, data, size);
		line[size] = '\0';
		if (gw_console_read_oob(&plan, line, m, &err) == 0) {
			fuzz_require(m->stream < 2 && m->ep <= m->stream);
			fuzz_require(m->len > 0 && m->len <= RG_OOB_BYTES_MAX);
			fuzz_require(!rg_gre_type_reserved(m->type));
		} else {
			fuzz_require(err.text[0] != '\0');
		}
	}
	free(line);
	free(m);
}

static void show(const uint8_t *data, size_t size)
{
	struct gw_event_limit l = {.seen = {false}};
	struct rg_oob m = {.type = size & 1 ? GW_OOB_IPV4 : 0x9999};
	char line[1400];
	const uint8_t *text;
	size_t len;

	m.len = (uint16_t)(size < RG_OOB_BYTES_MAX ? size : RG_OOB_BYTES_MAX);
	memcpy(m.data, data, m.len);
	text = gw_oob_text(&m, &len);
	fuzz_require(text >= m.data && text + len <= m.data + m.len);
	fuzz_require(gw_event_oob_line(&l, (rg_time){0}, "cam1", 0, &m, line, sizeof(line)));
	fuzz_require(strlen(line) < sizeof(line) - 1 && line[strlen(line) - 1] == '"');
	for (const char *c = line; *c; c++)
		fuzz_require(*c >= ' ' && *c <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] & 1)
		type(data + 1, size - 1);
	else
		show(data + 1, size - 1);
	return 0;
}
