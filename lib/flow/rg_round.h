/* SPDX-License-Identifier: BSD-3-Clause */
/* rg_round.h - the time pattern of one round of NACKs, shared by both ends.
 * A round is: `copies` groups, RG_COPY_NS apart, of `repeats` NACKs, RG_NACK_GRID_NS apart. The
 * sender answers a packet once per RG_ROUND_WINDOW_NS, so it answers a group once, whichever of
 * its NACKs came through, and every group anew. docs/recovery.md has the arithmetic.
 * Spec: TR-06-1:2020 section 5.3.3 leaves the timing to the implementation. */
#ifndef RG_ROUND_H
#define RG_ROUND_H

#include "rg_base.h"

#define RG_NACK_GRID_NS    INT64_C(2000000) /* NACKs leave on this grid, all that is due in one */
#define RG_ROUND_WINDOW_NS INT64_C(6000000) /* the sender's: requests inside it are one round */
#define RG_COPY_TICKS      4u /* grid steps from group to group */
#define RG_COPY_NS         ((int64_t)RG_COPY_TICKS * RG_NACK_GRID_NS)
#define RG_REPEATS_MAX     3u
#define RG_COPIES_MAX      4u
#define RG_COPIES_OPEN     8u /* of single NACKs, to a sender that answers each */

/* The last NACK of a group reaches the sender inside the window the first one opened, and the
 * last one of the next group after it. */
static_assert((RG_REPEATS_MAX - 1) * RG_NACK_GRID_NS < RG_ROUND_WINDOW_NS, "one group, one answer");
static_assert(RG_COPY_NS > RG_ROUND_WINDOW_NS, "another group, another answer");

#endif
