/* SPDX-License-Identifier: BSD-3-Clause */
/* encoder.h - who gives the gateway plain UDP to send on.
 * Units: rg_time. Errors: 0 or -RG_E_*. Threads: one. */
#ifndef ENCODER_H
#define ENCODER_H

#include "line.h"
#include "track.h"

struct encoder {
	struct track *track;
	struct line *line;
	struct rg_udp_tmpl *to; /* headers of each flow's payloads */
};

/* `route` without ports. */
int encoder_open(struct encoder *e, struct track *t, struct line *l, struct rg_udp_route route);
void encoder_close(struct encoder *e);
/* n payloads that are with the gateway at that time. */
void encoder_push(struct encoder *e, rg_time at, unsigned n);

#endif
