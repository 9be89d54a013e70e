/* SPDX-License-Identifier: BSD-3-Clause */
/* lab_priv.h - what the files of the lab share: lab.c (network, nodes, time), lab_control.c (keys). */
#ifndef LAB_PRIV_H
#define LAB_PRIV_H

#include "lab.h"

_Noreturn void lab_die(const char *why);

/* Engine and keys of a node. */
void lab_control_open(struct lab_node *n);
void lab_control_close(struct lab_node *n);
/* What the worker asks of control. */
void lab_hear_worker(struct lab *l, struct lab_node *n);
/* When control's next answer arrives, and its arrival. */
rg_time lab_next_answer(const struct lab *l);
void lab_give_answer(struct lab *l);

#endif
