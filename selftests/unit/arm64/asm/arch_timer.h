/* SPDX-License-Identifier: GPL-2.0 */
/* Nothing: counter_arm64_test.c has what is used of it. */
