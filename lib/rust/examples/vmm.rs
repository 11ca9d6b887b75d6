// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//! What a VMM in the style of rust-vmm adds: a device that owns a view. `Vm` stands for
//! kvm-ioctls' `VmFd` and for the VMM's allocators; its calls have the same arguments.
//! Here it prints what it does, on a host with vmclock_host.
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::io::AsFd;
use vmclock::host::{HostPage, Translation, View, DISRUPTION_IMMINENT, NOTIFICATION};

/// A hypervisor, as far as this device needs it.
trait Vm {
    /// `KVM_SET_USER_MEMORY_REGION` with `KVM_MEM_READONLY`
    fn map_read_only(&self, guest: u64, host: u64, len: usize) -> io::Result<()>;
    /// An eventfd, given to `KVM_IRQFD` for this interrupt
    fn irqfd(&self, gsi: u32) -> io::Result<File>;
    /// `KVM_VCPU_TSC_OFFSET` of the first virtual CPU, and the ratio of its TSC
    fn counter(&self) -> io::Result<Translation>;
}

struct VmClock {
    view: View,
    _page: HostPage,
    _interrupt: File,
    guest: u64,
    gsi: u32,
}

impl VmClock {
    /// Before the virtual CPUs run; `host` is `/dev/vmclock_host`, opened before the
    /// VMM was jailed.
    fn new(vm: &dyn Vm, host: &File, guest: u64, gsi: u32) -> io::Result<VmClock> {
        let view = View::create(host, NOTIFICATION)?;
        let page = view.map()?;
        vm.map_read_only(guest, page.address(), page.len())?;
        let interrupt = vm.irqfd(gsi)?;
        view.set_eventfd(Some(interrupt.as_fd()))?;
        Ok(VmClock { view, _page: page, _interrupt: interrupt, guest, gsi })
    }

    /// Whenever the counter has been set: at the start, and after a restore.
    fn counter_is_set(&self, vm: &dyn Vm) -> io::Result<()> {
        self.view.set_translation(Some(&vm.counter()?))
    }

    /// Before a pause that is known: the guest can prepare for a disruption.
    fn will_pause(&self) -> io::Result<()> {
        self.view.set_flags(DISRUPTION_IMMINENT, DISRUPTION_IMMINENT)
    }

    /// On the host to which the machine has moved: a new view, its old generation.
    fn moved(&self, generation: u64) -> io::Result<()> {
        self.view.set_generation(generation)
    }

    /// From a snapshot, which may be used more than once.
    fn restored(&self) -> io::Result<u64> {
        self.view.new_generation()
    }

    /// For vm-fdt; on ACPI it is the SSDT of docs/quickstart-vmm.md.
    fn node(&self) -> String {
        format!(
            "vmclock@{:x} {{\n\tcompatible = \"amazon,vmclock\";\n\treg = <0x{:x} 0x{:x} 0x0 0x1000>;\n\tinterrupts = <0x0 {} 0x1>;\n}};\n",
            self.guest, self.guest >> 32, self.guest & 0xffff_ffff, self.gsi
        )
    }
}

/// In place of a hypervisor.
struct Printed;

impl Vm for Printed {
    fn map_read_only(&self, guest: u64, _host: u64, len: usize) -> io::Result<()> {
        println!("read-only memory of {len} bytes at {guest:#x}");
        Ok(())
    }
    fn irqfd(&self, gsi: u32) -> io::Result<File> {
        println!("an eventfd for interrupt {gsi}");
        File::open("/dev/null")
    }
    fn counter(&self) -> io::Result<Translation> {
        Ok(Translation { ratio: 1 << 48, offset: 0, frac_bits: 48, spread: 0 })
    }
}

fn main() -> io::Result<()> {
    let host = OpenOptions::new().read(true).write(true).open("/dev/vmclock_host")?;
    let clock = VmClock::new(&Printed, &host, 0xd000_0000, 5)?;
    clock.counter_is_set(&Printed)?;
    clock.will_pause()?;
    clock.moved(7)?;
    println!("generation {:#x}", clock.restored()?);
    print!("{}", clock.node());
    Ok(())
}
