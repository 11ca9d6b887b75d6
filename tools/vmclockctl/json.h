/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A writer of JSON on stdout, one object a line: enough for facts, and no
 * library to depend on. Keys are the caller's constants; strings are escaped.
 */
#ifndef _VMCLOCKCTL_JSON_H
#define _VMCLOCKCTL_JSON_H

#include "ctl.h"

#define JSON_SCHEMA	1	/* increases when a field changes or goes */

void json_begin(const char *command);
void json_finish(void);
void json_object(const char *key);
void json_array(const char *key);
void json_end(void);
void json_null(const char *key);
void json_bool(const char *key, bool value);
void json_s64(const char *key, s64 value);
void json_u64(const char *key, u64 value);
void json_bound(const char *key, u64 value);
void json_hex(const char *key, u64 value);
void json_double(const char *key, double value);
void json_string(const char *key, const char *value);

#endif /* _VMCLOCKCTL_JSON_H */
