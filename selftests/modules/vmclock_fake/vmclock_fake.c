// SPDX-License-Identifier: GPL-2.0
/*
 * vmclock_fake: a VMClock device whose page the test writes itself. /dev/
 * vmclock_fake is that page, to be mapped; what is written to it does the rest:
 *	add BYTES	a platform device "ptp_vmclock.0" appears, whose region is
 *			the page's first BYTES; drivers bind by that name, and
 *			to "vmclock.0", with the parameter name=vmclock, the
 *			kernel's own
 *	del		it goes
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/uaccess.h>

static char *fake_name = "ptp_vmclock";
module_param_named(name, fake_name, charp, 0444);
MODULE_PARM_DESC(name, "of the platform device (default ptp_vmclock)");

static DEFINE_MUTEX(fake_lock);		/* protects fake_pdev */
static struct platform_device *fake_pdev;
static unsigned long fake_page;

static int fake_add(unsigned int bytes)
{
	phys_addr_t phys = virt_to_phys((void *)fake_page);
	const struct resource mem = DEFINE_RES_MEM(phys, bytes);
	struct platform_device *pdev;

	if (fake_pdev)
		return -EBUSY;
	if (!bytes || bytes > PAGE_SIZE)
		return -EINVAL;
	pdev = platform_device_register_simple(fake_name, 0, &mem, 1);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	fake_pdev = pdev;
	return 0;
}

static void fake_del(void)
{
	platform_device_unregister(fake_pdev);	/* takes NULL */
	fake_pdev = NULL;
}

static ssize_t fake_write(struct file *file, const char __user *from,
			  size_t count, loff_t *pos)
{
	char line[32] = "";
	unsigned int bytes;
	int ret = 0;

	if (count >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, from, count))
		return -EFAULT;
	mutex_lock(&fake_lock);
	if (!strncmp(line, "del", 3))
		fake_del();
	else if (sscanf(line, "add %u", &bytes) == 1)
		ret = fake_add(bytes);
	else
		ret = -EINVAL;
	mutex_unlock(&fake_lock);
	return ret ? ret : count;
}

static int fake_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_pgoff)
		return -EINVAL;
	return vm_insert_page(vma, vma->vm_start, virt_to_page(fake_page));
}

static const struct file_operations fake_fops = {
	.owner = THIS_MODULE,
	.write = fake_write,
	.mmap = fake_mmap,
};

static struct miscdevice fake_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vmclock_fake",
	.fops = &fake_fops,
};

static int __init fake_init(void)
{
	int ret;

	fake_page = get_zeroed_page(GFP_KERNEL);
	if (!fake_page)
		return -ENOMEM;
	ret = misc_register(&fake_misc);
	if (ret)
		free_page(fake_page);
	return ret;
}
module_init(fake_init);

static void __exit fake_exit(void)
{
	misc_deregister(&fake_misc);
	fake_del();
	free_page(fake_page);
}
module_exit(fake_exit);

MODULE_DESCRIPTION("VMClock device for tests");
MODULE_LICENSE("GPL");
