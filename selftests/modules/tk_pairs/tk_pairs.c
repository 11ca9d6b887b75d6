// SPDX-License-Identifier: GPL-2.0
/*
 * tk_pairs: reads (counter, clock) pairs in the kernel, for tests that compare
 * clocks through counter values, to fractions of a nanosecond. It knows nothing
 * of the modules under test.
 *
 * The pair comes from the kernel's public snapshot function, which truncates to
 * whole ns. The fraction is computed from the timekeeper's state, as a gtod
 * notifier of its own saw it; truncated, it has to give the same time, and a
 * sample says whether it did.
 *
 * In debugfs, tk_pairs/:
 *	now	reading it takes one pair, in the reader's context
 *	run	"thread N MIN MAX" takes N pairs from the writing process, after
 *		sleeps of MIN to MAX us; "irq N MIN MAX" the same from the hard
 *		interrupt of a timer; "burst N" without a pause. The write ends
 *		when they are taken. "watch N 0 US" takes one at each of the
 *		timekeeper's updates of the next US us, at most N: the clock is
 *		linear between two of them. "updates N 0 US" the same at the
 *		update's own counter value, where ntp_error is what it was
 *		computed for
 *	samples	the pairs of the last run
 * A pair is a line of numbers:
 *	counter
 *	CLOCK_REALTIME, ns
 *	its fraction, ns / 2^32
 *	TAI - UTC, s
 *	counts since the timekeeper's last update
 *	the most counts between two updates since the pair before
 *	ntp_error at the last one, ns / 2^32
 *	1 if snapshot and computation agree, otherwise 0
 */
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pvclock_gtod.h>
#include <linux/random.h>
#include <linux/seq_file.h>
#include <linux/seqlock.h>
#include <linux/timekeeper_internal.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "../snapshot.h"

#define MAX_SAMPLES	1000000
#define MAX_SLEEP_US	(100 * USEC_PER_SEC)

/* The timekeeper's state, as it left its last update. */
struct state {
	u64 cycle_last;
	u64 sec;
	u64 nsec_shifted;
	s64 ntp_error;
	u32 mult;
	u32 shift;
	s32 tai_offset;
};

struct sample {
	u64 counter;
	s64 ns;
	u32 frac;
	s32 tai_offset;
	u64 since;
	u64 gap;
	s64 ntp_error;
	bool agrees;
};

static struct state state;
/* written under the timekeeper's lock */
static seqcount_t state_seq = SEQCNT_ZERO(state_seq);
/* raised by the notifier, reset by who takes a pair */
static u64 longest_gap;

/* serialises runs, and readers of samples with them */
static DEFINE_MUTEX(run_lock);
static struct sample *samples;
static unsigned int taken, wanted;
static unsigned int min_us, max_us;
static struct hrtimer timer;
static DECLARE_COMPLETION(run_done);
/* the notifier takes samples, at counter values of its updates */
static bool watching, at_updates;

/*
 * What the kernel does with the state to read its clock: below 2^56 for the
 * seconds' part and, for 100 s without an update, 2^62 for the counter's.
 */
static u64 compute(struct sample *s, const struct state *st)
{
	u64 shifted = st->nsec_shifted + s->since * st->mult;

	s->frac = (shifted << (64 - st->shift)) >> 32;
	s->ntp_error = st->ntp_error;
	s->tai_offset = st->tai_offset;
	return st->sec * NSEC_PER_SEC + (shifted >> st->shift);
}

/* What readers get from now on. Context: as on_update(). */
static void watch(u64 gap)
{
	struct sample *s = &samples[taken];

	if (taken == wanted)
		return;
	s->counter = at_updates ? state.cycle_last : get_cycles();
	s->since = s->counter - state.cycle_last;
	s->gap = gap;
	s->ns = compute(s, &state);
	s->agrees = true;
	taken++;
}

/* Context: the timekeeper's lock held, interrupts off, no clock can be read. */
static int on_update(struct notifier_block *nb, unsigned long was_set,
		     void *data)
{
	const struct timekeeper *tk = data;
	u64 gap = tk->tkr_mono.cycle_last - state.cycle_last;

	if (state.cycle_last && gap > READ_ONCE(longest_gap))
		WRITE_ONCE(longest_gap, gap);
	raw_write_seqcount_begin(&state_seq);
	state.cycle_last = tk->tkr_mono.cycle_last;
	state.sec = tk->xtime_sec;
	state.nsec_shifted = tk->tkr_mono.xtime_nsec;
	state.ntp_error = tk->ntp_error;
	state.mult = tk->tkr_mono.mult;
	state.shift = tk->tkr_mono.shift;
	state.tai_offset = tk->tai_offset;
	raw_write_seqcount_end(&state_seq);
	if (READ_ONCE(watching))
		watch(gap);
	return NOTIFY_OK;
}

static struct notifier_block notifier = {
	.notifier_call = on_update,
};

/* If no update came in between, state and snapshot are of the same one. */
static void take(struct sample *s)
{
	struct state st;
	unsigned int seq;

	do {
		seq = raw_read_seqcount_begin(&state_seq);
		st = state;
		s->ns = ktime_to_ns(vmclock_snapshot_realtime(&s->counter));
	} while (read_seqcount_retry(&state_seq, seq));

	s->since = s->counter - st.cycle_last;
	s->gap = xchg(&longest_gap, 0);
	s->agrees = compute(s, &st) == (u64)s->ns;
}

static void print(struct seq_file *m, const struct sample *s)
{
	seq_printf(m, "%llu %lld %u %d %llu %llu %lld %d\n", s->counter, s->ns,
		   s->frac, s->tai_offset, s->since, s->gap, s->ntp_error,
		   s->agrees);
}

static unsigned int pause_us(void)
{
	return min_us + get_random_u32() % (max_us - min_us + 1);
}

static ktime_t pause_time(void)
{
	return ns_to_ktime((u64)pause_us() * NSEC_PER_USEC);
}

static enum hrtimer_restart on_timer(struct hrtimer *t)
{
	take(&samples[taken]);
	if (++taken == wanted) {
		complete(&run_done);
		return HRTIMER_NORESTART;
	}
	hrtimer_forward_now(t, pause_time());
	return HRTIMER_RESTART;
}

static int run_irq(void)
{
	int ret;

	reinit_completion(&run_done);
	hrtimer_start(&timer, pause_time(), HRTIMER_MODE_REL_HARD);
	ret = wait_for_completion_killable(&run_done);
	hrtimer_cancel(&timer);
	return ret;
}

static int run_thread(void)
{
	for (; taken < wanted; taken++) {
		unsigned int us = pause_us();

		if (us)
			usleep_range(us, us);
		if (fatal_signal_pending(current))
			return -EINTR;
		take(&samples[taken]);
	}
	return 0;
}

static int run_burst(void)
{
	for (; taken < wanted; taken++) {
		take(&samples[taken]);
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

/* A notifier that still writes has interrupts off, which RCU waits for. */
static int run_watch(bool updates)
{
	at_updates = updates;
	WRITE_ONCE(watching, true);
	usleep_range(max_us, max_us + USEC_PER_MSEC);
	WRITE_ONCE(watching, false);
	synchronize_rcu();
	return 0;
}

/* Context: run_lock held. */
static int run(const char *mode)
{
	struct sample *fresh;

	if (!wanted || wanted > MAX_SAMPLES || min_us > max_us ||
	    max_us > MAX_SLEEP_US)
		return -EINVAL;
	fresh = vzalloc(array_size(wanted, sizeof(*samples)));
	if (!fresh)
		return -ENOMEM;
	vfree(samples);
	samples = fresh;
	taken = 0;
	if (!strcmp(mode, "thread"))
		return run_thread();
	if (!strcmp(mode, "irq"))
		return run_irq();
	if (!strcmp(mode, "burst"))
		return run_burst();
	if (!strcmp(mode, "watch"))
		return run_watch(false);
	if (!strcmp(mode, "updates"))
		return run_watch(true);
	return -EINVAL;
}

static ssize_t run_write(struct file *file, const char __user *buf,
			 size_t count, loff_t *pos)
{
	char text[64] = "", mode[8];
	int fields, ret;

	if (count >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, count))
		return -EFAULT;
	ret = mutex_lock_interruptible(&run_lock);
	if (ret)
		return ret;
	fields = sscanf(text, "%7s %u %u %u", mode, &wanted, &min_us, &max_us);
	if (fields == 2) {
		min_us = 0;
		max_us = 0;
	}
	ret = fields == 4 || fields == 2 ? run(mode) : -EINVAL;
	mutex_unlock(&run_lock);
	return ret ? ret : count;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = run_write,
};

static void *samples_start(struct seq_file *m, loff_t *pos)
{
	mutex_lock(&run_lock);
	return *pos < taken ? &samples[*pos] : NULL;
}

static void *samples_next(struct seq_file *m, void *v, loff_t *pos)
{
	return ++*pos < taken ? &samples[*pos] : NULL;
}

static void samples_stop(struct seq_file *m, void *v)
{
	mutex_unlock(&run_lock);
}

static int samples_show(struct seq_file *m, void *v)
{
	print(m, v);
	return 0;
}

static const struct seq_operations samples_sops = {
	.start = samples_start,
	.next = samples_next,
	.stop = samples_stop,
	.show = samples_show,
};
DEFINE_SEQ_ATTRIBUTE(samples);

static int now_show(struct seq_file *m, void *v)
{
	struct sample s;

	take(&s);
	print(m, &s);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(now);

static struct dentry *dir;

static int __init tk_pairs_init(void)
{
	int ret = pvclock_gtod_register_notifier(&notifier);

	if (ret)
		return ret;
	hrtimer_setup(&timer, on_timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	dir = debugfs_create_dir("tk_pairs", NULL);
	debugfs_create_file("now", 0400, dir, NULL, &now_fops);
	debugfs_create_file("run", 0200, dir, NULL, &run_fops);
	debugfs_create_file("samples", 0400, dir, NULL, &samples_fops);
	return 0;
}

static void __exit tk_pairs_exit(void)
{
	debugfs_remove(dir);
	pvclock_gtod_unregister_notifier(&notifier);
	vfree(samples);
}

module_init(tk_pairs_init);
module_exit(tk_pairs_exit);

MODULE_DESCRIPTION("(counter, clock) pairs for tests");
MODULE_LICENSE("GPL");
