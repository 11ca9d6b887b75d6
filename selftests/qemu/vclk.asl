/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VMClock device of the bed, for an unmodified QEMU. The page lies at
 * PAGE_BASE, in QEMU's device memory (a virtio-pmem function that the guest
 * does not find, since its slot has no function 0). The doorbell is a hidden
 * pci-serial: each byte from the host raises INTA of slot 5, GSI 21 on q35; the
 * GED reads the byte away and does Notify(VCLK, 0x80). RING does the same for
 * somebody in the guest.
 *
 * The UART gets its port, and may interrupt, only when _CRS is evaluated by the
 * driver's probe: a line raised before the I/O APIC entry is set would stay
 * unseen.
 */
DefinitionBlock ("", "SSDT", 2, "BED", "VCLK", 1)
{
	External (\_SB.PCI0, DeviceObj)

	Device (\_SB.VCLK) {
		Name (_HID, "AMZNC10C")
		Name (_CID, "VMCLOCK")
		Name (_STA, 0x0F)
		Method (_CRS, 0, Serialized) {
			\_SB.PCI0.VDB.ARM ()
			Return (ResourceTemplate () {
				QWordMemory (ResourceConsumer, PosDecode,
					MinFixed, MaxFixed, Cacheable, ReadOnly,
					0, PAGE_BASE, PAGE_LAST, 0, 0x1000)
			})
		}
		Method (RING, 0, Serialized) {
			Notify (\_SB.VCLK, 0x80)
		}
	}

	Scope (\_SB.PCI0) {
		Device (VDB) {
			Name (_ADR, 0x00050002)
			OperationRegion (PCFG, PCI_Config, 0, 0x40)
			Field (PCFG, DWordAcc, NoLock, Preserve) {
				VID, 32, CMD, 32, Offset (0x10), BAR0, 32
			}
			OperationRegion (UART, SystemIO, 0x0B20, 8)
			Field (UART, ByteAcc, NoLock, Preserve) {
				RBR, 8, IER, 8, IIR, 8, LCR, 8, MCR, 8, LSR, 8
			}
			Method (ARM, 0, Serialized) {
				BAR0 = 0x0B20
				CMD = 1		/* I/O decoding */
				LCR = 3
				IER = 0
				While (LSR & 1) {
					Local0 = RBR
				}
				IER = 1		/* interrupt on a received byte */
			}
		}
	}

	Device (\_SB.VGED) {
		Name (_HID, "ACPI0013")
		Name (_UID, "VCLK")
		Name (_CRS, ResourceTemplate () {
			Interrupt (ResourceConsumer, Level, ActiveHigh, Shared) { 21 }
		})
		Method (_EVT, 1, Serialized) {
			If (\_SB.PCI0.VDB.LSR & 1) {
				While (\_SB.PCI0.VDB.LSR & 1) {
					Local0 = \_SB.PCI0.VDB.RBR
				}
				Notify (\_SB.VCLK, 0x80)
			}
		}
	}
}
