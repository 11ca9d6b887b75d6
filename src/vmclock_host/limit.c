// SPDX-License-Identifier: GPL-2.0
/*
 * How many views there may be, in all and of each user, so that no user takes
 * the others' away.
 */
#include <linux/capability.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/xarray.h>

#include "limit.h"

static unsigned int max_views = 65536;
module_param(max_views, uint, 0444);
MODULE_PARM_DESC(max_views, "most views that there may be (65536)");

static unsigned int max_user_views = 1024;
module_param(max_user_views, uint, 0444);
MODULE_PARM_DESC(max_user_views,
		 "most views of one user, unless CAP_SYS_RESOURCE makes them (1024)");

/* Protects all that follows. */
static DEFINE_MUTEX(limit_mutex);
/* views of each user that has any, by its number */
static DEFINE_XARRAY(user_views);
static unsigned int view_count;

static int take_view(kuid_t uid)
{
	unsigned long views = xa_to_value(xa_load(&user_views,
						  __kuid_val(uid)));
	int ret;

	lockdep_assert_held(&limit_mutex);
	if (view_count >= max_views)
		return -ENOSPC;
	if (views >= max_user_views && !capable(CAP_SYS_RESOURCE))
		return -EDQUOT;
	ret = xa_err(xa_store(&user_views, __kuid_val(uid),
			      xa_mk_value(views + 1), GFP_KERNEL_ACCOUNT));
	view_count += !ret;
	return ret;
}

/**
 * host_limit_take() - count one more view of a user
 * @uid: the user
 *
 * Context: process, may sleep.
 * Return: 0; -ENOSPC if there are as many views as there may be; -EDQUOT if
 * the user has as many, and the caller lacks CAP_SYS_RESOURCE; -ENOMEM.
 */
int host_limit_take(kuid_t uid)
{
	int ret;

	mutex_lock(&limit_mutex);
	ret = take_view(uid);
	mutex_unlock(&limit_mutex);
	return ret;
}

/**
 * host_limit_give() - a view that was counted is gone
 * @uid: the user
 *
 * Context: process, may sleep.
 */
void host_limit_give(kuid_t uid)
{
	unsigned long views;

	mutex_lock(&limit_mutex);
	view_count--;
	views = xa_to_value(xa_load(&user_views, __kuid_val(uid))) - 1;
	/* what is in the place of an entry needs no memory */
	xa_store(&user_views, __kuid_val(uid),
		 views ? xa_mk_value(views) : NULL, 0);
	mutex_unlock(&limit_mutex);
}
