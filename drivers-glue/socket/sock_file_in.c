/* SPDX-License-Identifier: BSD-3-Clause */
/* sock_file_in.c - a file or stdin as a source of datagrams of seven transport stream packets.
 * A regular file is paced by its PCRs, anything by the key bitrate; a pipe without it gives what
 * it has, in whole packets. What is left at the end goes out whatever its length. */
#include "sock_priv.h"
#include "ts_pace.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TS_BYTES    188
#define CHUNK       (7 * TS_BYTES) /* what every RIST receiver takes */
#define HOLD_BYTES  (50 * CHUNK)
#define PROBE_BYTES (TS_BYTES * 20000) /* two PCRs are at most 100 ms apart: 300 Mb/s */
#define RETRY_NS    (2 * RG_NS_PER_MS) /* pool empty, or a paced pipe is */

struct sock_in {
	struct ts_pace pace;
	bool paced;
	bool regular;
	bool eof;
	bool timed; /* due is that of the chunk in hand */
	rg_time due;
	size_t head, len; /* bytes held: hold[head..head+len) */
	uint8_t hold[HOLD_BYTES];
};

static int fail(struct rg_conf_error *err, const struct rg_ep_plan *p, const char *what)
{
	snprintf(err->text, sizeof(err->text), "%.160s: %s", *p->path ? p->path : "stdin", what);
	return -RG_E_INVAL;
}

/* Finds the pace in the first bytes of a regular file. */
static int probe_pace(struct sock_ep *e, const struct rg_ep_plan *p, struct rg_conf_error *err)
{
	off_t at = lseek(e->fd, 0, SEEK_CUR); /* of stdin somebody may have read the beginning */
	uint8_t *head = malloc(PROBE_BYTES);
	ssize_t n;
	bool ok;

	if (!head)
		return fail(err, p, "no memory");
	n = pread(e->fd, head, PROBE_BYTES, at > 0 ? at : 0);
	ok = n > 0 && ts_pace_probe(&e->in->pace, head, (size_t)n);
	free(head);
	return ok ? 0 : fail(err, p, "no PCR tells its pace: give bitrate=KBPS");
}

int sock_in_open(struct sock_ep *e, const struct rg_ep_plan *p, struct rg_conf_error *err)
{
	struct stat st;

	e->in = calloc(1, sizeof(*e->in));
	if (!e->in)
		return fail(err, p, "no memory");
	/* O_NONBLOCK: a named pipe opens although nobody writes yet */
	e->fd = *p->path ? open(p->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
			 : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (e->fd < 0 || fstat(e->fd, &st) < 0)
		return fail(err, p, strerrordesc_np(errno));
	if (S_ISDIR(st.st_mode))
		return fail(err, p, strerrordesc_np(EISDIR));
	e->in->regular = S_ISREG(st.st_mode);
	e->in->paced = e->in->regular || p->bitrate_kbps;
	e->in->due = RG_TIME_NEVER;
	ts_pace_init(&e->in->pace, p->bitrate_kbps);
	return e->in->regular && !p->bitrate_kbps ? probe_pace(e, p, err) : 0;
}

bool sock_in_paced(const struct sock_ep *e)
{
	return e->in->paced;
}

rg_time sock_in_due(const struct sock_ep *e)
{
	return e->in->due;
}

/* One read that cannot block: stdin's blocking mode belongs to whoever shares it. A named pipe
 * without a writer would read as ended, but it does not hang up before the first one has gone. */
static void fill(struct sock_ep *e)
{
	struct pollfd p = {.fd = e->fd, .events = POLLIN};
	struct sock_in *f = e->in;
	ssize_t n;

	if (f->eof)
		return;
	if (poll(&p, 1, 0) <= 0) {
		e->ready = f->paced;
		return;
	}
	memmove(f->hold, f->hold + f->head, f->len);
	f->head = 0;
	n = read(e->fd, f->hold + f->len, HOLD_BYTES - f->len);
	if (n > 0)
		f->len += (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		f->eof = true;
}

/* Bytes of the next datagram; 0: wait for more. */
static size_t next_len(const struct sock_in *f)
{
	if (f->len >= CHUNK)
		return CHUNK;
	if (f->eof)
		return f->len;
	return f->paced ? 0 : f->len / TS_BYTES * TS_BYTES;
}

/* False: not due yet, or no buffer; then `due` says when to look again. */
static bool give(
	struct rg_sock_set *s, struct sock_ep *e, size_t len, rg_time now, struct rg_dgram *d)
{
	struct sock_in *f = e->in;
	struct rg_newbuf b;

	if (f->paced && !f->timed) {
		f->due = ts_pace_due(&f->pace, f->hold + f->head, len, now);
		f->timed = true;
	}
	if (f->paced && rg_time_before(now, f->due))
		return false;
	if (sock_stash(s, 1) == 0) {
		f->due = rg_time_add(now, RETRY_NS); /* a file can wait for a buffer */
		return false;
	}
	b = s->fresh[--s->n_fresh];
	len = rg_min_u32((uint32_t)len, b.cap_bytes);
	memcpy(b.data, f->hold + f->head, len);
	f->head += len;
	f->len -= len;
	f->timed = false;
	f->due = RG_TIME_NEVER;
	*d = (struct rg_dgram){.buf = b.buf,
		.data = b.data,
		.len = (uint16_t)len,
		.arrival = now,
		.ep = e->id,
		.stream = e->stream};
	return true;
}

static void end_input(struct sock_ep *e, rg_time now, struct rg_dgram *d)
{
	*d = (struct rg_dgram){
		.arrival = now, .ep = e->id, .stream = e->stream, .flags = RG_DGRAM_EOF};
	close(e->fd);
	e->fd = -1;
	e->ready = false;
	e->in->due = RG_TIME_NEVER;
}

unsigned sock_in_recv(
	struct rg_sock_set *s, struct sock_ep *e, rg_time now, struct rg_dgram *in, unsigned cap)
{
	struct sock_in *f = e->in;
	unsigned n = 0;

	while (n < cap) {
		size_t len;

		if (f->len < CHUNK && !f->timed)
			fill(e);
		len = next_len(f);
		if (len > 0) {
			if (!give(s, e, len, now, &in[n]))
				break;
			n++;
		} else if (f->eof) {
			end_input(e, now, &in[n++]);
			break;
		} else {
			f->due = f->paced ? rg_time_add(now, RETRY_NS) : RG_TIME_NEVER;
			break;
		}
	}
	return n;
}

void sock_in_close(struct sock_ep *e)
{
	free(e->in);
	e->in = NULL;
}
