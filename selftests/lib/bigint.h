/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signed integers of 384 bits: the truth that the arithmetic core is tested
 * against. Shares nothing with the core: no 128-bit type, no division (a
 * quotient is proved by multiplication), 32-bit limbs in two's complement.
 * All values in the tests are below 2^300, so that nothing ever wraps.
 */
#ifndef _VMCLOCK_BIGINT_H
#define _VMCLOCK_BIGINT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define BIG_LIMBS	12

typedef struct {
	uint32_t limb[BIG_LIMBS];
} big;

static inline big big_u(uint64_t value)
{
	return (big){ .limb = { (uint32_t)value, (uint32_t)(value >> 32) } };
}

static inline bool big_negative(big a)
{
	return a.limb[BIG_LIMBS - 1] >> 31;
}

static inline big big_add(big a, big b)
{
	uint64_t carry = 0;

	for (int i = 0; i < BIG_LIMBS; i++) {
		carry += (uint64_t)a.limb[i] + b.limb[i];
		a.limb[i] = (uint32_t)carry;
		carry >>= 32;
	}
	return a;
}

static inline big big_neg(big a)
{
	for (int i = 0; i < BIG_LIMBS; i++)
		a.limb[i] = ~a.limb[i];
	return big_add(a, big_u(1));
}

static inline big big_sub(big a, big b)
{
	return big_add(a, big_neg(b));
}

static inline big big_s(int64_t value)
{
	if (value >= 0)
		return big_u((uint64_t)value);
	return big_neg(big_u(0 - (uint64_t)value));
}

/* modulo 2^384, which is right for two's complement as well */
static inline big big_mul(big a, big b)
{
	big product = big_u(0);

	for (int i = 0; i < BIG_LIMBS; i++) {
		uint64_t carry = 0;

		for (int j = 0; a.limb[i] && i + j < BIG_LIMBS; j++) {
			carry += (uint64_t)a.limb[i] * b.limb[j] +
				 product.limb[i + j];
			product.limb[i + j] = (uint32_t)carry;
			carry >>= 32;
		}
	}
	return product;
}

/* a * 2^bits */
static inline big big_shl(big a, unsigned int bits)
{
	int limbs = (int)(bits / 32);
	big r = big_u(0);

	bits %= 32;
	for (int i = BIG_LIMBS - 1; i >= limbs; i--) {
		uint64_t two = (uint64_t)a.limb[i - limbs] << 32;

		if (i > limbs)
			two |= a.limb[i - limbs - 1];
		r.limb[i] = (uint32_t)(two << bits >> 32);
	}
	return r;
}

/* floor(a / 2^bits) */
static inline big big_sar(big a, unsigned int bits)
{
	uint32_t sign = big_negative(a) ? ~0U : 0;
	int limbs = (int)(bits / 32);
	big r;

	bits %= 32;
	for (int i = 0; i < BIG_LIMBS; i++) {
		int from = i + limbs;
		uint32_t low = from < BIG_LIMBS ? a.limb[from] : sign;
		uint32_t high = from + 1 < BIG_LIMBS ? a.limb[from + 1] : sign;

		r.limb[i] = (uint32_t)(((uint64_t)high << 32 | low) >> bits);
	}
	return r;
}

static inline int big_cmp(big a, big b)
{
	if (big_negative(a) != big_negative(b))
		return big_negative(a) ? -1 : 1;
	for (int i = BIG_LIMBS - 1; i >= 0; i--)
		if (a.limb[i] != b.limb[i])
			return a.limb[i] < b.limb[i] ? -1 : 1;
	return 0;
}

static inline bool big_eq(big a, big b)
{
	return !memcmp(&a, &b, sizeof(a));
}

static inline bool big_le(big a, big b)
{
	return big_cmp(a, b) <= 0;
}

static inline bool big_lt(big a, big b)
{
	return big_cmp(a, b) < 0;
}

static inline big big_abs(big a)
{
	return big_negative(a) ? big_neg(a) : a;
}

/* The low bits, as an unsigned number. */
static inline big big_low(big a, unsigned int limbs)
{
	memset(a.limb + limbs, 0, (BIG_LIMBS - limbs) * sizeof(a.limb[0]));
	return a;
}

static inline uint64_t big_low64(big a)
{
	return (uint64_t)a.limb[1] << 32 | a.limb[0];
}

#endif /* _VMCLOCK_BIGINT_H */
