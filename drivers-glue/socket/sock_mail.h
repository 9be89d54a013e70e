/* SPDX-License-Identifier: BSD-3-Clause */
/* sock_mail.h - bounded queues between control and the worker thread of the socket host.
 * Shape: one box for each kind of message and direction. Errors: false: the box is full, or empty.
 * Ownership: copies. Threads: any, under one mutex; what passes here is rare. */
#ifndef SOCK_MAIL_H
#define SOCK_MAIL_H

#include "rg_base.h"
#include <pthread.h>

enum sock_box {
	SOCK_BOX_EVENT, /* struct rg_event, to control */
	SOCK_BOX_CTL_OUT, /* struct rg_ctl, to control */
	SOCK_BOX_CTL_IN, /* struct rg_ctl, to the worker */
	SOCK_BOX_OOB_OUT, /* struct rg_oob, to control */
	SOCK_BOX_OOB_IN, /* struct rg_oob, to the worker */
	SOCK_BOXES
};

struct sock_mail {
	pthread_mutex_t lock; /* protects head and tail, and what lies in between */

	struct sock_mail_queue {
		uint8_t *slots;
		unsigned head, tail;
	} box[SOCK_BOXES];
};

/* 0 or -RG_E_NOMEM. */
int sock_mail_init(struct sock_mail *m);
void sock_mail_fini(struct sock_mail *m);

bool sock_mail_put(struct sock_mail *m, enum sock_box b, const void *message);
bool sock_mail_take(struct sock_mail *m, enum sock_box b, void *message);
/* False: put would fail. */
bool sock_mail_room(struct sock_mail *m, enum sock_box b);

#endif
