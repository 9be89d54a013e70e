/* SPDX-License-Identifier: BSD-3-Clause */
#include "sock_mail.h"
#include "rg_ctl.h"
#include "rg_event.h"
#include "rg_oob.h"
#include <stdlib.h>

static const struct {
	size_t bytes; /* of a message */
	unsigned cap; /* power of two */
} kinds[SOCK_BOXES] = {
	[SOCK_BOX_EVENT] = {sizeof(struct rg_event), 256},
	[SOCK_BOX_CTL_OUT] = {sizeof(struct rg_ctl), 256},
	[SOCK_BOX_CTL_IN] = {sizeof(struct rg_ctl), 256},
	[SOCK_BOX_OOB_OUT] = {sizeof(struct rg_oob), 64},
	[SOCK_BOX_OOB_IN] = {sizeof(struct rg_oob), 64},
};

int sock_mail_init(struct sock_mail *m)
{
	bool ok = true;

	*m = (struct sock_mail){.lock = PTHREAD_MUTEX_INITIALIZER};
	for (unsigned b = 0; b < SOCK_BOXES; b++) {
		m->box[b].slots = calloc(kinds[b].cap, kinds[b].bytes);
		ok &= m->box[b].slots != NULL;
	}
	return ok ? 0 : -RG_E_NOMEM;
}

void sock_mail_fini(struct sock_mail *m)
{
	for (unsigned b = 0; b < SOCK_BOXES; b++)
		free(m->box[b].slots);
	pthread_mutex_destroy(&m->lock);
}

static void *slot(struct sock_mail_queue *q, enum sock_box b, unsigned i)
{
	return q->slots + (i & (kinds[b].cap - 1)) * kinds[b].bytes;
}

bool sock_mail_put(struct sock_mail *m, enum sock_box b, const void *message)
{
	struct sock_mail_queue *q = &m->box[b];
	bool put;

	pthread_mutex_lock(&m->lock);
	put = q->tail - q->head < kinds[b].cap;
	if (put)
		memcpy(slot(q, b, q->tail++), message, kinds[b].bytes);
	pthread_mutex_unlock(&m->lock);
	return put;
}

bool sock_mail_take(struct sock_mail *m, enum sock_box b, void *message)
{
	struct sock_mail_queue *q = &m->box[b];
	bool got;

	pthread_mutex_lock(&m->lock);
	got = q->head != q->tail;
	if (got)
		memcpy(message, slot(q, b, q->head++), kinds[b].bytes);
	pthread_mutex_unlock(&m->lock);
	return got;
}

bool sock_mail_room(struct sock_mail *m, enum sock_box b)
{
	bool room;

	pthread_mutex_lock(&m->lock);
	room = m->box[b].tail - m->box[b].head < kinds[b].cap;
	pthread_mutex_unlock(&m->lock);
	return room;
}
