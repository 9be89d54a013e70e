/* SPDX-License-Identifier: BSD-3-Clause */
#include "sock_priv.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define TS_BYTES         188
#define PROBE_BYTES      (TS_BYTES * 20000) /* two PCRs are at most 100 ms apart: 300 Mb/s */
#define PIPE_PATIENCE_MS 20

static int fail(struct rg_conf_error *err, const char *path, const char *what)
{
	snprintf(err->text, sizeof(err->text), "%.160s: %s", *path ? path : "-", what);
	return -RG_E_INVAL;
}

/* Finds the pace in the first bytes of a regular file. */
static int probe_pace(struct sock_ep *e, const struct rg_ep_plan *p, struct rg_conf_error *err)
{
	uint8_t *head;
	ssize_t n;
	bool ok;

	ts_pace_init(&e->file->pace, p->bitrate_kbps);
	if (p->bitrate_kbps)
		return 0;
	head = malloc(PROBE_BYTES);
	if (!head)
		return fail(err, p->path, "no memory");
	n = pread(e->fd, head, PROBE_BYTES, 0);
	ok = n > 0 && ts_pace_probe(&e->file->pace, head, (size_t)n);
	free(head);
	return ok ? 0 : fail(err, p->path, "no PCR tells its pace: give bitrate=KBPS");
}

int sock_file_open(struct sock_ep *e, const struct rg_ep_plan *p, struct rg_conf_error *err)
{
	bool in = p->kind == RG_EP_FILE_IN;
	struct stat st;

	if (*p->path)
		e->fd = in ? open(p->path, O_RDONLY | O_CLOEXEC)
			   : open(p->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	else
		e->fd = fcntl(in ? STDIN_FILENO : STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (e->fd < 0 || fstat(e->fd, &st) < 0)
		return fail(err, p->path, strerror(errno));
	e->file = calloc(1, sizeof(*e->file));
	if (!e->file)
		return fail(err, p->path, "no memory");
	e->file->regular = S_ISREG(st.st_mode);
	if (in && e->file->regular)
		return probe_pace(e, p, err);
	/* a pipe must never hold up the streams beside it */
	if (S_ISFIFO(st.st_mode))
		fcntl(e->fd, F_SETFL, fcntl(e->fd, F_GETFL) | O_NONBLOCK);
	return 0;
}

/* Reads until a chunk is full, the source has no more for now, or ended. */
static void fill_chunk(struct sock_ep *e)
{
	struct sock_file *f = e->file;

	while (f->have < FILE_CHUNK && !f->ended) {
		ssize_t n = read(e->fd, f->chunk + f->have, FILE_CHUNK - f->have);

		if (n > 0) {
			f->have += (uint32_t)n;
			if (!f->regular)
				return; /* one read a wake-up: what a terminal gives may block next */
		} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
			f->ended = true;
		} else {
			e->ready = false;
			return;
		}
	}
}

/* Moves n bytes of the chunk into a buffer. */
static bool give_chunk(
	struct rg_sock_set *s, struct sock_ep *e, uint32_t n, rg_time now, struct rg_dgram *d)
{
	struct sock_file *f = e->file;
	struct rg_newbuf b;

	if (sock_stash(s, 1) == 0)
		return false; /* a file can wait for a buffer */
	b = s->fresh[--s->n_fresh];
	memcpy(b.data, f->chunk, n);
	f->have -= n;
	memmove(f->chunk, f->chunk + n, f->have);
	*d = (struct rg_dgram){.buf = b.buf,
		.data = b.data,
		.len = (uint16_t)n,
		.arrival = now,
		.ep = e->id,
		.stream = e->stream};
	return true;
}

static void end_of_file(struct sock_ep *e, rg_time now, struct rg_dgram *d)
{
	*d = (struct rg_dgram){
		.arrival = now, .ep = e->id, .stream = e->stream, .flags = RG_DGRAM_EOF};
	close(e->fd);
	e->fd = -1;
	e->ready = false;
}

unsigned sock_file_recv(
	struct rg_sock_set *s, struct sock_ep *e, rg_time now, struct rg_dgram *in, unsigned cap)
{
	struct sock_file *f = e->file;
	unsigned n = 0;

	while (n < cap && e->fd >= 0) {
		bool whole = f->have == FILE_CHUNK;
		uint32_t usable;

		if (!whole && !f->ended)
			fill_chunk(e);
		if (f->regular && !whole && f->have > 0)
			f->due = ts_pace_due(&f->pace, f->chunk, f->have, now);
		if (f->regular && f->have > 0 && rg_time_before(now, f->due))
			break;
		usable = f->ended ? f->have : f->have / TS_BYTES * TS_BYTES;
		if (usable > 0) {
			if (!give_chunk(s, e, usable, now, &in[n]))
				break;
			n++;
		} else if (f->ended) {
			end_of_file(e, now, &in[n++]);
		}
		if (!f->regular)
			break;
	}
	return n;
}

void sock_file_send(struct rg_sock_set *s, struct sock_ep *e, const struct rg_dgram *d)
{
	struct iovec iov[2] = {{(void *)(uintptr_t)d->hdr, d->hdr_len}, {d->data, d->len}};
	struct pollfd pfd = {.fd = e->fd, .events = POLLOUT};
	ssize_t n;

	if (e->file->failed) {
		s->drops[RG_V_STREAM_CLOSED]++;
		return;
	}
	n = writev(e->fd, iov, 2);
	if (n < 0 && errno == EAGAIN && poll(&pfd, 1, PIPE_PATIENCE_MS) > 0)
		n = writev(e->fd, iov, 2);
	if (n == (ssize_t)d->hdr_len + d->len)
		return;
	s->drops[RG_V_TX_REFUSED]++;
	/* a full pipe loses a packet; a closed one or a full disk loses the output */
	if (n >= 0 || (errno != EAGAIN && errno != EINTR))
		e->file->failed = true;
}
