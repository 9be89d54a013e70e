/* SPDX-License-Identifier: BSD-3-Clause */
/* bench_crypto [PASSES]: nanoseconds a packet of the cipher engines, beside the bare burst of
 * ipsec-mb. Cold: packets of 1,316 bytes in buffers as far apart as mbufs, 64 MiB of them, visited
 * in random order in bursts of 32, so that payload comes from memory as it does behind a
 * recovery buffer. Warm: the same 32 again and again. The time is the thread's CPU time; of all
 * passes the fastest and the median are printed. */
#define NO_COMPAT_IMB_API_053
#include "rg_bytes.h"
#include "rg_crypto_glue.h"
#include <intel-ipsec-mb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define BURST        32
#define PAYLOAD      1316
#define STRIDE       2304 /* data room and header of an mbuf */
#define HEADROOM     156 /* odd multiple of 4: no payload begins at a cache line */
#define COLD_BYTES   (64u << 20)
#define COLD_BUFFERS (COLD_BYTES / STRIDE / BURST * BURST)
#define WARM_BUFFERS 256 /* to send from: what was sent last comes back first */
#define PASSES_MAX   1000

struct bench {
	struct rg_engine engine;
	IMB_MGR *mgr;
	IMB_JOB jobs[BURST];
	uint8_t iv[BURST][16];
	const struct rg_key *key;
	uint8_t *src, *dst; /* equal: in place */
	uint32_t *order;
	uint32_t n_buffers;
	uint32_t n_dst; /* different ones, power of two; 0: as many as there are */
};

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static uint8_t *buffers(uint32_t n)
{
	uint8_t *p = aligned_alloc(2u << 20, rg_align_up((size_t)n * STRIDE, 2u << 20));

	if (!p)
		exit(1);
	madvise(p, rg_align_up((size_t)n * STRIDE, 2u << 20), MADV_HUGEPAGE);
	memset(p, 0x5a, (size_t)n * STRIDE);
	return p;
}

static size_t place(const struct bench *b, uint32_t i)
{
	return (size_t)b->order[i] * STRIDE + HEADROOM;
}

static uint8_t *target(const struct bench *b, uint32_t i)
{
	if (b->n_dst == 0)
		return b->dst + place(b, i);
	return b->dst + (size_t)(i & (b->n_dst - 1)) * STRIDE + HEADROOM;
}

static void run_engine(struct bench *b)
{
	struct rg_crypto_op ops[BURST];

	for (uint32_t i = 0; i < b->n_buffers; i += BURST) {
		for (uint32_t k = 0; k < BURST; k++)
			ops[k] = (struct rg_crypto_op){
				b->key, b->src + place(b, i + k), target(b, i + k), PAYLOAD, i + k};
		b->engine.run(b->engine.ctx, ops, BURST);
	}
}

/* What the library does by itself, jobs prepared as far as they can be. */
static void run_bare(struct bench *b)
{
	for (uint32_t i = 0; i < b->n_buffers; i += BURST) {
		for (uint32_t k = 0; k < BURST; k++) {
			rg_put32(b->iv[k], i + k);
			b->jobs[k].enc_keys = b->key->schedule;
			b->jobs[k].src = b->src + place(b, i + k);
			b->jobs[k].dst = target(b, i + k);
			b->jobs[k].msg_len_to_cipher_in_bytes = PAYLOAD;
		}
		IMB_SUBMIT_CIPHER_BURST_NOCHECK(b->mgr, b->jobs, BURST, IMB_CIPHER_CNTR,
			IMB_DIR_ENCRYPT,
			b->key->key_bits == 128 ? IMB_KEY_128_BYTES : IMB_KEY_256_BYTES);
	}
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void row(struct bench *b, const char *name, void (*run)(struct bench *), unsigned passes)
{
	/* a warm pass is short: repeat it */
	unsigned again = b->n_buffers < 1000 ? 1000 : 1;
	double ns[PASSES_MAX];

	run(b);
	for (unsigned p = 0; p < passes; p++) {
		double begin = cpu_ns();

		for (unsigned i = 0; i < again; i++)
			run(b);
		ns[p] = (cpu_ns() - begin) / again / b->n_buffers;
	}
	qsort(ns, passes, sizeof(ns[0]), ascending);
	printf("%-9s aes-%u %-4s %-12s %7.1f %7.1f ns/packet %6.1f Gb/s\n", name, b->key->key_bits,
		b->n_buffers < 1000 ? "warm" : "cold",
		b->src == b->dst   ? "in-place"
			: b->n_dst ? "to-warm"
				   : "out-of-place",
		ns[0], ns[passes / 2], PAYLOAD * 8 / ns[passes / 2]);
}

static void shuffle(uint32_t *order, uint32_t n)
{
	uint64_t z = 1;

	for (uint32_t i = 0; i < n; i++)
		order[i] = i;
	for (uint32_t i = n - 1; i > 0; i--) {
		uint32_t k, t = order[i];

		z = z * UINT64_C(6364136223846793005) + 1;
		k = (uint32_t)(z >> 33) % (i + 1);
		order[i] = order[k];
		order[k] = t;
	}
}

static void prepare_bare(struct bench *b)
{
	b->mgr = alloc_mb_mgr(0);
	if (!b->mgr)
		exit(1);
	init_mb_mgr_auto(b->mgr, NULL);
	for (unsigned i = 0; i < BURST; i++)
		b->jobs[i] = (IMB_JOB){.iv = b->iv[i],
			.iv_len_in_bytes = 16,
			.cipher_mode = IMB_CIPHER_CNTR,
			.cipher_direction = IMB_DIR_ENCRYPT,
			.hash_alg = IMB_AUTH_NULL};
}

static void rows(struct bench *b, struct rg_engine *imb, struct rg_engine *openssl, unsigned passes)
{
	row(b, "bare", run_bare, passes);
	b->engine = *imb;
	row(b, "ipsec-mb", run_engine, passes);
	b->engine = *openssl;
	row(b, "openssl", run_engine, passes);
}

int main(int argc, char **argv)
{
	unsigned passes = argc > 1 ? (unsigned)rg_clamp_i64(atoi(argv[1]), 1, PASSES_MAX) : 20;
	uint8_t *here = buffers(COLD_BUFFERS), *there = buffers(COLD_BUFFERS);
	static const uint32_t sizes[] = {COLD_BUFFERS, BURST};
	struct rg_key_pool *pool = rg_key_pool_new(2);
	struct rg_engine imb, openssl;
	struct bench b = {.order = calloc(COLD_BUFFERS, sizeof(*b.order))};

	if (!pool || !b.order || rg_engine_open(&imb, RG_ENGINE_IMB) != 0 ||
		rg_engine_open(&openssl, RG_ENGINE_OPENSSL) != 0) {
		fprintf(stderr, "bench_crypto: no memory, or ipsec-mb cannot be used here\n");
		return 1;
	}
	prepare_bare(&b);
	printf("%u bytes, bursts of %u, %u passes: fastest and median\n", PAYLOAD, BURST, passes);
	for (unsigned s = 0; s < RG_ARRAY_LEN(sizes); s++) {
		b.n_buffers = sizes[s];
		shuffle(b.order, b.n_buffers);
		for (unsigned bits = 128; bits <= 256; bits += 128) {
			struct rg_key *key = rg_key_raw(pool, there, 1, bits);

			b.key = key;
			b.src = here;
			b.dst = here;
			rows(&b, &imb, &openssl, passes);
			b.dst = there;
			rows(&b, &imb, &openssl, passes);
			b.n_dst = WARM_BUFFERS;
			rows(&b, &imb, &openssl, passes);
			b.n_dst = 0;
			rg_key_free(pool, key);
		}
	}
	rg_engine_close(&imb);
	rg_engine_close(&openssl);
	rg_key_pool_free(pool);
	free_mb_mgr(b.mgr);
	free(b.order);
	free(here);
	free(there);
	return 0;
}
