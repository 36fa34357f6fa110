/* SPDX-License-Identifier: Apache-2.0 */
/* noise.h - noise of port.h, from the kernel's generator. */
#ifndef TERN_BOARDS_LINUX_NOISE_H
#define TERN_BOARDS_LINUX_NOISE_H

/* From now on there is none, as on a chip without a generator. */
void noise_off(void);

#endif
