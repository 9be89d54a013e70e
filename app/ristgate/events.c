/* SPDX-License-Identifier: BSD-3-Clause */
#include "events.h"

#include <stdio.h>

#include "oob.h"
#include "rg_addr_text.h"

#define OOB_TEXT_BYTES 1025 /* 256 bytes at least, each as long as it can be */

static const char *kind_text(enum rg_event_kind kind)
{
	switch (kind) {
	case RG_EVENT_FLOW_NEW:
		return "flow-new";
	case RG_EVENT_FLOW_LOST:
		return "flow-lost";
	case RG_EVENT_FLOW_RESTART:
		return "flow-restart";
	case RG_EVENT_PEER_NEW:
		return "peer-new";
	case RG_EVENT_PEER_LOST:
		return "peer-lost";
	case RG_EVENT_PEER_MOVED:
		return "peer-moved";
	case RG_EVENT_WRONG_SECRET:
		return "wrong-secret";
	case RG_EVENT_NOT_ENCRYPTED:
		return "not-encrypted";
	case RG_EVENT_ENCRYPTED:
		return "encrypted";
	case RG_EVENT_SEQ_LIMIT:
		return "sequence-limit";
	case RG_EVENT_INPUT_END:
		return "input-end";
	case RG_EVENT_OUTPUT_FAILED:
		return "output-failed";
	}
	return "unknown";
}

/* What an operator must act on says more than its name. */
static const char *advice(enum rg_event_kind kind)
{
	if (kind == RG_EVENT_WRONG_SECRET)
		return " reason=\"what the peer sends does not decrypt: its secret is another\"";
	if (kind == RG_EVENT_NOT_ENCRYPTED)
		return " reason=\"the peer sends in clear, but a secret is configured here\"";
	if (kind == RG_EVENT_ENCRYPTED)
		return " reason=\"the peer encrypts, but no secret is configured here\"";
	if (kind == RG_EVENT_SEQ_LIMIT)
		return " limit=32768 reason=\"rate x buffer passes what 16-bit sequence numbers "
		       "can tell apart; the newest packets are kept\"";
	if (kind == RG_EVENT_OUTPUT_FAILED)
		return " reason=\"the file or pipe takes no more\"";
	return "";
}

/* False: it is left out. Else how many were since the last line, as text. */
static bool admit(struct gw_event_limit *l, rg_time now, unsigned kind, char left_out[32])
{
	if (l->seen[kind] && rg_time_diff(now, l->last[kind]) < RG_NS_PER_S) {
		l->left_out[kind]++;
		return false;
	}
	left_out[0] = '\0';
	if (l->left_out[kind])
		snprintf(left_out, 32, " left-out=%u", l->left_out[kind]);
	l->seen[kind] = true;
	l->last[kind] = now;
	l->left_out[kind] = 0;
	return true;
}

bool gw_event_line(struct gw_event_limit *l, rg_time now, const char *stream,
	const struct rg_event *ev, char *out, size_t cap_bytes)
{
	bool act = advice(ev->kind)[0] != '\0';
	char flow[24] = "", peer[RG_ADDR_TEXT_MAX + 8] = "", left_out[32];

	if (!admit(l, now, ev->kind, left_out))
		return false;
	if (ev->flow_id)
		snprintf(flow, sizeof(flow), " flow=%u", ev->flow_id);
	if (ev->peer.af != RG_AF_NONE) {
		memcpy(peer, " peer=", 7);
		rg_addr_format(&ev->peer, peer + 6);
	}
	snprintf(out, cap_bytes, "%s stream=%s event=%s%s%s%s%s", act ? "error" : "notice", stream,
		kind_text(ev->kind), flow, peer, advice(ev->kind), left_out);
	return true;
}

bool gw_event_oob_line(struct gw_event_limit *l, rg_time now, const char *stream, uint32_t end,
	const struct rg_oob *m, char *out, size_t cap_bytes)
{
	char text[OOB_TEXT_BYTES], number[24] = "", left_out[32];
	const uint8_t *p;
	size_t len;

	if (!admit(l, now, GW_EVENT_OOB, left_out))
		return false;
	p = gw_oob_text(m, &len);
	gw_oob_escape(p, len, text, sizeof(text));
	if (end)
		snprintf(number, sizeof(number), " end=%u", end);
	snprintf(out, cap_bytes, "notice stream=%s event=oob%s type=0x%04x len=%u text=\"%s\"%s",
		stream, number, m->type, m->len, text, left_out);
	return true;
}
