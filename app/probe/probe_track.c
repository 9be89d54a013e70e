/* SPDX-License-Identifier: BSD-3-Clause */
/* probe_track.c - keeps account of the numbers that came. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe.h"

#define NUMBERS_MAX (INT64_C(1) << 31) /* bounds the map against a mangled marker */

int probe_track_init(struct probe_track *t, int64_t first, int64_t count, bool hash)
{
	*t = (struct probe_track){
		.first = first, .count = count, .lowest = INT64_MAX, .highest = -1};
	t->sha = hash ? probe_sha_new() : NULL;
	return hash && !t->sha ? -1 : 0;
}

void probe_track_fini(struct probe_track *t)
{
	EVP_MD_CTX_free(t->sha);
	free(t->seen);
	free(t->latency_ns);
}

/* 1: new, 0: known, -1: no memory. */
static int mark(struct probe_track *t, int64_t number)
{
	size_t word = (size_t)number / 64;
	uint64_t bit = UINT64_C(1) << (number % 64);

	if (word >= t->seen_words) {
		size_t n = (word + 1) * 2;
		uint64_t *grown = realloc(t->seen, n * sizeof(*grown));

		if (!grown)
			return -1;
		memset(grown + t->seen_words, 0, (n - t->seen_words) * sizeof(*grown));
		t->seen = grown;
		t->seen_words = n;
	}
	if (t->seen[word] & bit)
		return 0;
	t->seen[word] |= bit;
	return 1;
}

int probe_track_late(struct probe_track *t, int64_t ns)
{
	if (t->n_latency == t->latency_cap) {
		size_t cap = t->latency_cap ? t->latency_cap * 2 : 16384;
		int64_t *grown = realloc(t->latency_ns, cap * sizeof(*grown));

		if (!grown)
			return -1;
		t->latency_ns = grown;
		t->latency_cap = cap;
	}
	t->latency_ns[t->n_latency++] = ns;
	return 0;
}

int probe_track_add(struct probe_track *t, const uint8_t *p, size_t len, int64_t now_ns)
{
	struct probe_marker m;
	int fresh;

	if (!probe_marker_read(p, len, &m) || m.number >= NUMBERS_MAX) {
		t->foreign++;
		return 0;
	}
	if (m.filler || m.number < t->first || (t->count >= 0 && m.number - t->first >= t->count)) {
		t->filler++;
		return 0;
	}
	fresh = mark(t, m.number);
	if (fresh < 0)
		return -1;
	if (!fresh) {
		t->duplicates++;
		return 0;
	}
	if (m.number < t->highest)
		t->reordered++;
	else
		t->highest = m.number;
	if (m.number < t->lowest)
		t->lowest = m.number;
	t->delivered++;
	t->bytes += len;
	if (t->sha && EVP_DigestUpdate(t->sha, p, len) != 1)
		return -1;
	return probe_track_late(t, now_ns - m.sent_ns);
}

uint64_t probe_track_lost(const struct probe_track *t, int64_t expect)
{
	int64_t want = expect >= 0 ? expect : t->highest >= 0 ? t->highest - t->first + 1 : 0;

	return want > (int64_t)t->delivered ? (uint64_t)want - t->delivered : 0;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int64_t probe_track_latency(struct probe_track *t, unsigned permille)
{
	if (t->n_latency == 0)
		return 0;
	qsort(t->latency_ns, t->n_latency, sizeof(*t->latency_ns), compare);
	return t->latency_ns[(t->n_latency - 1) * permille / 1000];
}

void probe_track_print(struct probe_track *t)
{
	static const struct {
		const char *name;
		unsigned permille;
	} q[] = {{"min", 0}, {"p50", 500}, {"p99", 990}, {"p999", 999}, {"max", 1000}};

	for (size_t i = 0; i < sizeof(q) / sizeof(q[0]); i++)
		printf("%s\"%s\":%lld", i ? "," : "\"latency_us\":{", q[i].name,
			(long long)probe_track_latency(t, q[i].permille) / 1000);
	putchar('}');
}

EVP_MD_CTX *probe_sha_new(void)
{
	EVP_MD_CTX *sha = EVP_MD_CTX_new();

	if (sha && EVP_DigestInit_ex(sha, EVP_sha256(), NULL) == 1)
		return sha;
	EVP_MD_CTX_free(sha);
	return NULL;
}

int probe_sha_hex(EVP_MD_CTX *sha, char hex[65])
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	hex[0] = 0;
	if (!sha)
		return 0;
	if (EVP_DigestFinal_ex(sha, md, &n) != 1 || n != 32)
		return -1;
	for (unsigned i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", md[i]);
	return 0;
}
