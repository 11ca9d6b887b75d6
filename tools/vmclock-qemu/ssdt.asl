/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VMClock device for an unmodified QEMU, in two forms: the page at a fixed
 * address in QEMU's device memory, or (IVSHMEM) in BAR 2 of an ivshmem-plain
 * function. table.c replaces what depends on the machine: page address, slot
 * and interrupt of the doorbell, name of the PCI function. "make ssdt" compiles
 * this into ssdt.h.
 *
 * The doorbell is a pci-serial that the guest does not find, since its slot has
 * no function 0: each byte from the host raises INTA of the slot; the GED reads
 * the byte away and does Notify(VCLK, 0x80). The UART gets its port, and may
 * interrupt, only when _CRS is evaluated by the driver's probe: a line raised
 * before the I/O APIC entry is set would stay unseen. Without a doorbell there
 * is no GED. RING does the same as a byte, for tests inside the guest.
 */
DefinitionBlock ("", "SSDT", 2, "VMCLK", "VMCLOCK", 1)
{
	External (\_SB.PCI0, DeviceObj)
#ifdef IVSHMEM
	External (\_SB.PCI0.SB8, DeviceObj)
#endif

	Scope (\_SB.PCI0) {
		Device (VDB) {
			Name (_ADR, 0x00180002)
			OperationRegion (PCFG, PCI_Config, 0, 0x40)
			Field (PCFG, DWordAcc, NoLock, Preserve) {
				VID, 32, CMD, 32, Offset (0x10), BAR0, 32
			}
			OperationRegion (UART, SystemIO, 0x0B20, 8)
			Field (UART, ByteAcc, NoLock, Preserve) {
				RBR, 8, IER, 8, IIR, 8, LCR, 8, MCR, 8, LSR, 8
			}
			Method (HERE) {
				Return (VID != 0xFFFFFFFF)
			}
			Method (ARM, 0, Serialized) {
				If (HERE ()) {
					BAR0 = 0x0B20
					CMD = 1		/* I/O decoding */
					LCR = 3
					IER = 0
					While (LSR & 1) {
						Local0 = RBR
					}
					IER = 1	/* interrupt on a received byte */
				}
			}
		}
	}

#ifdef IVSHMEM
	/*
	 * As a child of the function the device takes its resource out of the
	 * BAR instead of competing with it, and as a method _CRS follows the
	 * BAR wherever the guest moves it. By halves, for QEMU's DSDT is of
	 * revision 1, so that the guest's AML integers have 32 bits.
	 */
	Scope (\_SB.PCI0.SB8) {
		OperationRegion (VCFG, PCI_Config, 0, 0x40)
		Field (VCFG, DWordAcc, NoLock, Preserve) {
			VVID, 32, Offset (0x18), BARL, 32, BARH, 32
		}
		Device (VCLK) {
			Name (_HID, "AMZNC10C")
			Name (_CID, "VMCLOCK")
			Name (_DDN, "VMCLOCK")
			Method (_STA) {
				If (VVID == 0x11101AF4) {
					Return (0x0F)
				}
				Return (0)
			}
			Method (_CRS, 0, Serialized) {
				Name (RBUF, ResourceTemplate () {
					QWordMemory (ResourceConsumer,
						PosDecode, MinFixed, MaxFixed,
						Cacheable, ReadOnly,
						0, 0, 0x0FFF, 0, 0x1000)
				})
				CreateDWordField (RBUF, 14, MINL)
				CreateDWordField (RBUF, 18, MINH)
				CreateDWordField (RBUF, 22, MAXL)
				CreateDWordField (RBUF, 26, MAXH)
				\_SB.PCI0.VDB.ARM ()
				MINL = BARL & 0xFFFFFFF0
				MAXL = MINL | 0x0FFF
				MINH = BARH
				MAXH = BARH
				Return (RBUF)
			}
		}
	}
#define VCLK_PATH \_SB.PCI0.SB8.VCLK
#else
	Device (\_SB.VCLK) {
		Name (_HID, "AMZNC10C")
		Name (_CID, "VMCLOCK")
		Name (_DDN, "VMCLOCK")
		Name (_STA, 0x0F)
		Method (_CRS, 0, Serialized) {
			\_SB.PCI0.VDB.ARM ()
			Return (ResourceTemplate () {
				QWordMemory (ResourceConsumer, PosDecode,
					MinFixed, MaxFixed, Cacheable, ReadOnly,
					0, 0x100000000, 0x100000FFF, 0, 0x1000)
			})
		}
		Method (RING, 0, Serialized) {
			Notify (\_SB.VCLK, 0x80)
		}
	}
#define VCLK_PATH \_SB.VCLK
#endif

	Device (\_SB.VGED) {
		Name (_HID, "ACPI0013")
		Name (_UID, "VCLK")
		Method (_STA) {
			If (\_SB.PCI0.VDB.HERE ()) {
				Return (0x0F)
			}
			Return (0)
		}
		Name (_CRS, ResourceTemplate () {
			Interrupt (ResourceConsumer, Level, ActiveHigh, Shared) { 20 }
		})
		Method (_EVT, 1, Serialized) {
			If (\_SB.PCI0.VDB.LSR & 1) {
				While (\_SB.PCI0.VDB.LSR & 1) {
					Local0 = \_SB.PCI0.VDB.RBR
				}
				Notify (VCLK_PATH, 0x80)
			}
		}
	}
}
