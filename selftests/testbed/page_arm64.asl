/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VMClock device of the bed's machine for arm64 with EFI: qemu_arm64.sh
 * fills in where the page is, and the interrupt, an edge, that is its notification.
 */
DefinitionBlock ("", "SSDT", 2, "VMCLK", "VMCLOCK", 1)
{
	Device (\_SB.VCLK) {
		Name (_HID, "AMZNC10C")
		Name (_CID, "VMCLOCK")
		Name (_DDN, "VMCLOCK")
		Name (_STA, 0x0F)
		Name (_CRS, ResourceTemplate () {
			QWordMemory (ResourceConsumer, PosDecode, MinFixed,
				MaxFixed, Cacheable, ReadOnly,
				0, @FIRST@, @LAST@, 0, 0x1000)
		})
	}

	Device (\_SB.VGED) {
		Name (_HID, "ACPI0013")
		Name (_UID, "VCLK")
		Name (_CRS, ResourceTemplate () {
			Interrupt (ResourceConsumer, Edge, ActiveHigh) { @GSI@ }
		})
		Method (_EVT, 1) {
			Notify (\_SB.VCLK, 0x80)
		}
	}
}
