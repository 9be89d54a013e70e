/* SPDX-License-Identifier: BSD-3-Clause */
/* sock_file_out.c - a file or stdout as a sink. Payloads are written whole and in order; what a
 * slow reader of a pipe does not take at once is held, up to HOLD_BYTES, then dropped whole. */
#include "sock_priv.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define HOLD_BYTES    (1u << 20)
#define PIPE_BYTES    (1 << 20)
#define CLOSE_WAIT_MS 1000

struct sock_out {
	bool socket;
	bool failed, told;
	size_t head, len; /* bytes held: hold[head..head+len) */
	uint8_t hold[HOLD_BYTES];
};

/* stdout's blocking mode belongs to whoever shares it; a pipe or terminal can be opened anew. */
static int open_stdout(void)
{
	struct stat st;
	int fd = -1;

	if (fstat(STDOUT_FILENO, &st) < 0)
		return -1;
	if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode))
		fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 ? fd : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
}

static int fail(struct rg_conf_error *err, const struct rg_ep_plan *p, int error)
{
	snprintf(err->text, sizeof(err->text), "%.160s: %s", *p->path ? p->path : "stdout",
		strerrordesc_np(error));
	return -RG_E_INVAL;
}

int sock_out_open(struct sock_ep *e, const struct rg_ep_plan *p, struct rg_conf_error *err)
{
	struct stat st;

	e->out = calloc(1, sizeof(*e->out));
	if (!e->out)
		return fail(err, p, ENOMEM);
	e->fd = *p->path
		? open(p->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0666)
		: open_stdout();
	if (e->fd < 0 || fstat(e->fd, &st) < 0)
		return fail(err, p, errno);
	e->out->socket = S_ISSOCK(st.st_mode);
	if (S_ISFIFO(st.st_mode))
		fcntl(e->fd, F_SETPIPE_SZ, PIPE_BYTES);
	return 0;
}

static ssize_t write_some(const struct sock_ep *e, struct iovec *v, size_t n)
{
	struct msghdr h = {.msg_iov = v, .msg_iovlen = n};

	return e->out->socket ? sendmsg(e->fd, &h, MSG_DONTWAIT | MSG_NOSIGNAL)
			      : writev(e->fd, v, (int)n);
}

static void watch(struct rg_sock_set *s, struct sock_ep *e, int op)
{
	struct epoll_event ev = {.events = EPOLLOUT, .data.u32 = e->id};

	/* a regular file never has to wait, nor can it */
	(void)epoll_ctl(s->epoll_fd, op, e->fd, &ev);
}

static void give_up(struct rg_sock_set *s, struct sock_ep *e)
{
	if (e->out->len > 0)
		watch(s, e, EPOLL_CTL_DEL);
	e->out->len = 0;
	e->out->failed = true;
}

/* Appends what is left of a payload, all or nothing. */
static bool hold(struct sock_out *o, const uint8_t *p, size_t len)
{
	if (len > HOLD_BYTES - o->len)
		return false;
	if (o->head + o->len + len > HOLD_BYTES) {
		memmove(o->hold, o->hold + o->head, o->len);
		o->head = 0;
	}
	memcpy(o->hold + o->head + o->len, p, len);
	o->len += len;
	return true;
}

void sock_out_flush(struct rg_sock_set *s, struct sock_ep *e)
{
	struct sock_out *o = e->out;

	while (o->len > 0) {
		struct iovec v = {o->hold + o->head, o->len};
		ssize_t n = write_some(e, &v, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			give_up(s, e);
			return;
		}
		o->head += (size_t)n;
		o->len -= (size_t)n;
	}
	o->head = 0;
	watch(s, e, EPOLL_CTL_DEL);
}

/* Holds d[0..n) less the `skip` bytes of the first that are written already. */
static void hold_rest(
	struct rg_sock_set *s, struct sock_ep *e, const struct rg_dgram *d, unsigned n, size_t skip)
{
	bool idle = e->out->len == 0;

	for (unsigned i = 0; i < n; i++) {
		if (!hold(e->out, d[i].data + skip, d[i].len - skip))
			sock_count(s, RG_V_TX_REFUSED, 1);
		skip = 0;
	}
	if (idle && e->out->len > 0)
		watch(s, e, EPOLL_CTL_ADD);
}

void sock_out_write(struct rg_sock_set *s, struct sock_ep *e, const struct rg_dgram *d, unsigned n)
{
	struct iovec v[SOCK_BURST];
	unsigned i = 0;

	if (e->out->len > 0)
		sock_out_flush(s, e);
	while (i < n && !e->out->failed) {
		ssize_t done;

		for (unsigned k = i; k < n; k++)
			v[k] = (struct iovec){d[k].data, d[k].len};
		done = e->out->len > 0 ? 0 : write_some(e, v + i, n - i);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && errno != EAGAIN) {
			give_up(s, e);
			break;
		}
		while (i < n && done >= (ssize_t)d[i].len)
			done -= d[i++].len;
		if (i < n) {
			hold_rest(s, e, d + i, n - i, done > 0 ? (size_t)done : 0);
			return;
		}
	}
	if (i < n)
		sock_count(s, RG_V_STREAM_CLOSED, n - i);
}

bool sock_out_failed(struct sock_ep *e)
{
	bool news = e->out->failed && !e->out->told;

	e->out->told = e->out->failed;
	return news;
}

void sock_out_close(struct sock_ep *e)
{
	struct pollfd p = {.fd = e->fd, .events = POLLOUT};

	if (!e->out)
		return;
	while (e->out->len > 0 && poll(&p, 1, CLOSE_WAIT_MS) > 0) {
		struct iovec v = {e->out->hold + e->out->head, e->out->len};
		ssize_t n = write_some(e, &v, 1);

		if (n <= 0)
			break;
		e->out->head += (size_t)n;
		e->out->len -= (size_t)n;
	}
	free(e->out);
	e->out = NULL;
}
