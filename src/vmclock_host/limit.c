// SPDX-License-Identifier: GPL-2.0
/*
 * How many views there may be, in all and of each user, so that no user takes
 * the others' away.
 */
#include <linux/capability.h>
#include <linux/hashtable.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "limit.h"

/**
 * struct host_user - a user with views
 * @hash: entry in the table of users
 * @uid: the user
 * @views: the user's views
 */
struct host_user {
	struct hlist_node hash;
	kuid_t uid;
	unsigned int views;
};

/* Protects all that follows. */
static DEFINE_MUTEX(limit_mutex);
static DEFINE_HASHTABLE(limit_users, 8);
static unsigned int view_count, most_views, most_user_views;

static struct host_user *find_user(kuid_t uid)
{
	struct host_user *user;

	lockdep_assert_held(&limit_mutex);
	hash_for_each_possible(limit_users, user, hash, __kuid_val(uid)) {
		if (uid_eq(user->uid, uid))
			return user;
	}
	return NULL;
}

static struct host_user *add_user(kuid_t uid)
{
	struct host_user *user;

	lockdep_assert_held(&limit_mutex);
	user = kzalloc(sizeof(*user), GFP_KERNEL_ACCOUNT);
	if (!user)
		return NULL;
	user->uid = uid;
	hash_add(limit_users, &user->hash, __kuid_val(uid));
	return user;
}

static int take_view(kuid_t uid)
{
	struct host_user *user = find_user(uid);

	lockdep_assert_held(&limit_mutex);
	if (view_count >= most_views)
		return -ENOSPC;
	if ((user ? user->views : 0) >= most_user_views &&
	    !capable(CAP_SYS_RESOURCE))
		return -EDQUOT;
	if (!user)
		user = add_user(uid);
	if (!user)
		return -ENOMEM;
	user->views++;
	view_count++;
	return 0;
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
	struct host_user *user;

	mutex_lock(&limit_mutex);
	view_count--;
	user = find_user(uid);
	if (!--user->views) {
		hash_del(&user->hash);
		kfree(user);
	}
	mutex_unlock(&limit_mutex);
}

/**
 * host_limit_set() - set the limits
 * @all: views of all users
 * @user: views of one user
 *
 * Context: process, before there are views.
 */
void host_limit_set(unsigned int all, unsigned int user)
{
	most_views = all;
	most_user_views = user;
}
