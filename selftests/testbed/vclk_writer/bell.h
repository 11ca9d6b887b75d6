/* SPDX-License-Identifier: GPL-2.0 */
/* The guest's doorbell: see bell.c. */
#ifndef _VCLK_BELL_H
#define _VCLK_BELL_H

/* a FIFO, or the socket of QEMU's test interface and an interrupt line */
extern const char *bell_path, *bell_socket, *bell_line;

int connect_to(const char *path);
void open_bell(void);
void ring(void);

#endif /* _VCLK_BELL_H */
