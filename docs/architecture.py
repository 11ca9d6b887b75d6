#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""architecture.py > architecture.svg: the figure of architecture.md."""

W, H = 1000, 560
out = []


def text(x, y, s, size=14, anchor="middle", extra=""):
    s = s.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    out.append(f'<text x="{x}" y="{y}" font-size="{size}" '
               f'text-anchor="{anchor}" {extra}>{s}</text>')


def area(x, y, w, h, name, fill, name_y=20):
    out.append(f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="10" '
               f'fill="{fill}" stroke="#999"/>')
    text(x + 12, y + name_y, name, 13, "start", 'fill="#555" font-weight="bold"')


def box(x, y, w, h, name, *lines, ours=False):
    fill, stroke = ("#d8ead2", "#38761d") if ours else ("#fff", "#666")
    out.append(f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="4" '
               f'fill="{fill}" stroke="{stroke}" '
               f'stroke-width="{2 if ours else 1}"/>')
    top = y + h / 2 - 8 * len(lines) + 5
    text(x + w / 2, top, name, 14, extra='font-weight="bold"')
    for i, line in enumerate(lines):
        text(x + w / 2, top + 18 + 16 * i, line, 12)


def arrow(*points, label="", at=None, dash=False, anchor="middle"):
    d = "M" + " L".join(f"{x} {y}" for x, y in points)
    dashes = 'stroke-dasharray="5 4"' if dash else ""
    out.append(f'<path d="{d}" fill="none" stroke="#333" stroke-width="1.6" '
               f'marker-end="url(#head)" {dashes}/>')
    if label:
        text(*at, label, 12, anchor, 'fill="#333" font-style="italic"')


area(10, 10, 300, 540, "host kernel", "#f2f5fa")
area(340, 10, 250, 540, "host user space", "#faf6ee")
area(620, 10, 370, 330, "guest kernel", "#f2f5fa")
area(620, 360, 370, 190, "guest user space", "#faf6ee", 114)

box(40, 45, 240, 62, "timekeeper", "steered by chronyd, PTP, ...")
box(40, 180, 240, 96, "vmclock_host", "the NTP clock, bounds that nest,",
    "status, leap second, marker", ours=True)
box(40, 335, 240, 62, "/dev/vmclock_host", "page over the host's counter")
box(40, 455, 240, 76, "/dev/vmclock-view-NAME", "page over one guest's counter,",
    "its own marker and generation")

box(365, 45, 200, 62, "NTP daemons", "unaware of all this")
box(365, 176, 200, 80, "the page", "T(C) = T₁ + P·(C − C₁)",
    "bounds, status, leap, markers")
box(365, 300, 190, 116, "QEMU, Firecracker, ...", "maps the page for the guest,",
    "describes it (ACPI, tree),", "rings its doorbell")

box(645, 45, 320, 62, "timekeeper", "CLOCK_REALTIME, CLOCK_TAI, NTP state")
box(645, 150, 320, 62, "timekeeping_reference",
    "keeps the clock on the line: exact, linear", ours=True)
box(645, 255, 320, 66, "ptp_vmclock", "checks the page, finds disruptions",
    ours=True)

box(634, 400, 96, 60, "vDSO", "all programs")
box(738, 400, 108, 60, "/dev/ptpN", "chrony, phc2sys")
box(854, 400, 126, 60, "/dev/vmclockN", "reader, poll()")
box(634, 480, 346, 56, "vmclockctl, udev, systemd",
    "sysfs, uevents, tracepoints", ours=True)

arrow((365, 76), (282, 76))
arrow((70, 107), (70, 178))
text(80, 138, "gtod notifier: counter and", 12, "start", 'font-style="italic"')
text(80, 154, "time of each update", 12, "start", 'font-style="italic"')
arrow((160, 276), (160, 333))
arrow((60, 276), (60, 310), (24, 310), (24, 493), (38, 493))
text(34, 428, "ratio, offset", 12, "start", 'fill="#333" font-style="italic"')
arrow((280, 366), (363, 366))
arrow((280, 480), (460, 480), (460, 418), label="eventfd", at=(400, 474))
arrow((460, 300), (460, 258), label="maps it, read-only", at=(473, 284),
      anchor="start")
arrow((565, 216), (604, 216), (604, 280), (643, 280))
arrow((555, 350), (604, 350), (604, 302), (643, 302), dash=True)
text(470, 436, "- - interrupt, Notify", 11, "start", 'font-style="italic"')
arrow((805, 255), (805, 214), label="the line", at=(812, 239), anchor="start")
arrow((805, 150), (805, 109), label="adjtimex, inside the kernel",
      at=(812, 134), anchor="start")
arrow((965, 76), (982, 76), (982, 348), (682, 348), (682, 398))
arrow((792, 321), (792, 398))
arrow((917, 321), (917, 398))

print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {W} {H}" '
      f'width="{W}" height="{H}" font-family="DejaVu Sans, Arial, sans-serif">'
      '<!-- made by architecture.py -->\n'
      '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" '
      'markerWidth="8" markerHeight="8" orient="auto">'
      '<path d="M0 0 L10 5 L0 10 z" fill="#333"/></marker></defs>\n'
      f'<rect width="{W}" height="{H}" fill="#fff"/>')
print("\n".join(out))
print("</svg>")
