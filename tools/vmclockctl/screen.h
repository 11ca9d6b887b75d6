/* SPDX-License-Identifier: GPL-2.0 */
/* A terminal that is drawn anew, and is left as it was. */
#ifndef _VMCLOCKCTL_SCREEN_H
#define _VMCLOCKCTL_SCREEN_H

#include <stdbool.h>

#define SCREEN_COLUMNS	80	/* where there is no terminal to ask */

bool screen_colors(void);
bool screen_begin(void);
void screen_end(void);
void screen_size(int *rows, int *columns);
bool screen_utf8(void);
char *screen_capture(void (*draw)(void *), void *data);
void screen_draw(const char *text, int rows, int columns);
bool screen_wait(long ms);

#endif /* _VMCLOCKCTL_SCREEN_H */
