/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel as the sources of timekeeping_reference need, for one
 * thread of execution in user space. Included into each of them in front of
 * everything; the kernel's own headers are empty files then. Locks check that
 * they are taken and held as they should be; what happens in time is left to
 * guest.c.
 */
#ifndef _VMCLOCK_SIM_KERNEL_H
#define _VMCLOCK_SIM_KERNEL_H

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/kernel_names.h"

#define NSEC_PER_SEC		1000000000LL
#define NSEC_PER_MSEC		1000000LL
#define TIME_UPTIME_SEC_MAX	(30LL * 365 * 24 * 3600)
#define TIME_SETTOD_SEC_MAX	(9223372036LL - TIME_UPTIME_SEC_MAX)
#define MIN_NICE		(-20)
#define CLOCK_MONOTONIC		1

extern unsigned int sim_hz;
#define HZ			((long)sim_hz)

#define noinline		__attribute__((noinline))
#undef __always_inline
#define __always_inline		inline __attribute__((always_inline))
#define __acquires(x)
#define __releases(x)
#define min_t(t, a, b)		({ t _a = (a), _b = (b); _a < _b ? _a : _b; })
#define max_t(t, a, b)		({ t _a = (a), _b = (b); _a > _b ? _a : _b; })
#define clamp_t(t, x, l, h)	min_t(t, max_t(t, x, l), h)
#define abs(x)			({ __typeof__(x) _x = (x); _x < 0 ? -_x : _x; })
#define div_u64(a, b)		((u64)(a) / (u32)(b))
#define DIV_ROUND_CLOSEST(a, b)						\
	({ __typeof__(a) _x = (a); __typeof__(b) _h = (b) / 2;		\
	   (_x + (_x < 0 ? -_h : _h)) / (b); })
#define DIV_ROUND_UP_ULL(a, b)	(((a) + (b) - 1) / (b))
#define check_add_overflow(a, b, d)	__builtin_add_overflow(a, b, d)
#define strscpy(d, s, n)	((void)snprintf(d, n, "%s", s))
#define container_of(p, t, m)	((t *)((char *)(p) - offsetof(t, m)))

/* ---- time ---- */

typedef s64 ktime_t;
ktime_t ktime_get(void);
#define ktime_add_ns(a, b)	((a) + (b))

unsigned long sim_jiffies(void);
#define jiffies			sim_jiffies()
#define time_after_eq(a, b)	((long)((a) - (b)) >= 0)
#define time_before(a, b)	((long)((a) - (b)) < 0)
#define time_after(a, b)	((long)((b) - (a)) < 0)

/* ---- locks ---- */

typedef struct { bool held; } raw_spinlock_t;
typedef struct { unsigned int sequence; raw_spinlock_t *lock; }
	seqcount_raw_spinlock_t;
struct mutex { bool held; };

#define DEFINE_RAW_SPINLOCK(l)	raw_spinlock_t l
#define raw_spin_lock_init(l)	((void)((l)->held = false))
static inline void raw_spin_lock(raw_spinlock_t *l)
{
	assert(!l->held);
	l->held = true;
}

static inline void raw_spin_unlock(raw_spinlock_t *l)
{
	assert(l->held);
	l->held = false;
}

void sim_unlocked(void);
#define raw_spin_lock_irq	raw_spin_lock
static inline void raw_spin_unlock_irq(raw_spinlock_t *l)
{
	raw_spin_unlock(l);
	sim_unlocked();
}

#define raw_spin_lock_irqsave(l, f)	((void)((f) = 0), raw_spin_lock(l))
#define raw_spin_unlock_irqrestore(l, f)	((void)(f), raw_spin_unlock(l))
#define lockdep_assert_held(l)	assert((l)->held)

#define seqcount_raw_spinlock_init(s, l)				\
	((void)(*(s) = (seqcount_raw_spinlock_t){ .lock = (l) }))
static inline void write_seqcount_begin(seqcount_raw_spinlock_t *s)
{
	assert(s->lock->held && !(s->sequence & 1));
	s->sequence++;
}

static inline void write_seqcount_end(seqcount_raw_spinlock_t *s)
{
	assert(s->lock->held && s->sequence & 1);
	s->sequence++;
}

/* What other CPUs do while somebody reads; tests set it. */
extern void (*sim_in_read)(void);

static inline unsigned int read_seqcount_begin(const seqcount_raw_spinlock_t *s)
{
	assert(!(s->sequence & 1));
	return s->sequence;
}

static inline bool read_seqcount_retry(const seqcount_raw_spinlock_t *s,
				       unsigned int sequence)
{
	if (sim_in_read)
		sim_in_read();
	return s->sequence != sequence;
}

#define DEFINE_MUTEX(m)		struct mutex m
#define mutex_init(m)		((void)((m)->held = false))
static inline void mutex_lock(struct mutex *m)
{
	assert(!m->held);
	m->held = true;
}

static inline void mutex_unlock(struct mutex *m)
{
	assert(m->held);
	m->held = false;
}

#define smp_load_acquire(p)	(*(p))
#define smp_store_release(p, v)	((void)(*(p) = (v)))
#define msleep(ms)		((void)(ms))

/* ---- contexts ---- */

struct task_struct {
	char comm[16];
	bool idle;
	int tgid;
	u64 start_time;
	struct task_struct *group_leader;
};
extern struct task_struct *current;
extern bool sim_in_interrupt;
extern int system_state;
#define SYSTEM_RUNNING		1
#define SYSTEM_SUSPEND		2
#define in_task()		(!sim_in_interrupt)
#define is_idle_task(t)		((t)->idle)
void wake_up_process(struct task_struct *task);
struct pid;
#define PIDTYPE_TGID		0
#define rcu_read_lock()		((void)0)
#define rcu_read_unlock()	sim_unlocked()
struct pid *find_vpid(int nr);
struct task_struct *pid_task(struct pid *pid, int type);
extern bool sim_thread_is_realtime;
/* What the thread does before it is demoted; tests set it. */
extern void (*sim_in_demotion)(void);
#define sched_set_fifo(t)	((void)(t), sim_thread_is_realtime = true)
void sched_set_normal(struct task_struct *task, int nice);

void cpu_relax(void);

struct task_struct *sim_kthread(const char *name);
#define kthread_run(fn, arg, name)	((void)(fn), sim_kthread(name))
#define kthread_stop(t)		((void)(t))
#define kthread_should_stop()	true
#define PTR_ERR_OR_ZERO(p)	0
#define TASK_IDLE		0
#define TASK_RUNNING		0
#define set_current_state(s)	((void)(s))
#define __set_current_state(s)	((void)(s))
#define schedule_timeout(t)	((void)(t))

enum hrtimer_restart { HRTIMER_NORESTART };
enum hrtimer_mode { HRTIMER_MODE_ABS_HARD };
struct hrtimer { enum hrtimer_restart (*function)(struct hrtimer *timer); };
#define hrtimer_setup(t, f, c, m)	((void)((t)->function = (f)))
#define hrtimer_cancel(t)	((void)(t))
void hrtimer_start(struct hrtimer *timer, ktime_t at, enum hrtimer_mode mode);

struct irq_work {
	void (*func)(struct irq_work *work);
	bool lost;	/* waits for an interrupt that does not come */
};

#define IRQ_WORK_INIT_HARD(f)	((struct irq_work){ .func = (f) })
void irq_work_queue(struct irq_work *work);
#define irq_work_sync(w)	((void)(w))

struct work_struct { void (*func)(struct work_struct *work); };
struct delayed_work { struct work_struct work; };
#define to_delayed_work(w)	container_of(w, struct delayed_work, work)
#define INIT_WORK(w, f)		((void)((w)->func = (f)))
#define INIT_DELAYED_WORK(w, f)	INIT_WORK(&(w)->work, f)
#define system_highpri_wq	NULL
#define system_unbound_wq	NULL
#define DECLARE_WORK(w, f)	struct work_struct w = { .func = (f) }
#define flush_work(w)		((void)(w))
void sim_queue_work(struct work_struct *work);
#define queue_work(q, w)	sim_queue_work(w)
#define queue_delayed_work(q, w, d)	((void)(w), (void)(d))
#define cancel_delayed_work(w)	((void)(w))
#define cancel_delayed_work_sync(w)	((void)(w))

/* ---- the timekeeper, as its notifiers see it ---- */

struct clocksource { const char *name; u32 mult; };
struct tk_read_base {
	const struct clocksource *clock;
	u64 cycle_last;
	u32 mult;
	u32 shift;
	u64 xtime_nsec;
	ktime_t base;
};

struct timekeeper {
	struct tk_read_base tkr_mono;
	u64 xtime_sec;
	s32 tai_offset;
	u64 cycle_interval;
	u64 xtime_interval;
	s64 ntp_error;
	u32 ntp_error_shift;
	u32 ntp_err_mult;
	s64 xtime_remainder;
	u64 ntp_tick;
	ktime_t offs_boot;
};

#define HAVE_TK_XTIME_REMAINDER
#define NOTIFY_DONE		0
#define NOTIFY_OK		1
struct notifier_block {
	int (*notifier_call)(struct notifier_block *nb, unsigned long action,
			     void *data);
};

int pvclock_gtod_register_notifier(struct notifier_block *nb);
int pvclock_gtod_unregister_notifier(struct notifier_block *nb);

/* ---- adjtimex ---- */

#define ADJ_OFFSET		0x0001
#define ADJ_FREQUENCY		0x0002
#define ADJ_MAXERROR		0x0004
#define ADJ_ESTERROR		0x0008
#define ADJ_STATUS		0x0010
#define ADJ_TAI			0x0080
#define ADJ_SETOFFSET		0x0100
#define ADJ_MICRO		0x1000
#define ADJ_NANO		0x2000
#define ADJ_TICK		0x4000
#define ADJ_ADJTIME		0x8000
#define ADJ_OFFSET_SINGLESHOT	0x0001
#define STA_PLL			0x0001
#define STA_INS			0x0010
#define STA_DEL			0x0020
#define STA_UNSYNC		0x0040
#define STA_FREQHOLD		0x0080
#define NTP_PHASE_LIMIT		16000000

struct __kernel_timex {
	unsigned int modes;
	s64 offset, freq, maxerror, esterror;
	int status;
	s64 constant;
	struct { s64 tv_sec, tv_usec; } time;
	s64 tick;
};

/* ---- what is told ---- */

struct module;
struct kobject { int unused; };
struct device { struct kobject kobj; };
#define KOBJ_CHANGE		0
void sim_printk(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#define pr_notice		sim_printk
#define pr_notice_ratelimited	sim_printk
#define pr_info_ratelimited	sim_printk
#define pr_warn			sim_printk
#define pr_warn_ratelimited	sim_printk
#define pr_err			sim_printk
#define audit_enabled		1
#define GFP_KERNEL		0
#define AUDIT_TIME_INJOFFSET	1332
#define audit_log(context, gfp, type, ...)				\
	sim_printk("audit " #type " " __VA_ARGS__)
int kobject_uevent_env(struct kobject *kobj, int action, char *env[]);

#define TP_PROTO(...)		__VA_ARGS__
#define TP_ARGS(...)
#define TRACE_EVENT(name, proto, ...)					\
	static inline __attribute__((unused)) void trace_##name(proto) { }

#endif /* _VMCLOCK_SIM_KERNEL_H */
