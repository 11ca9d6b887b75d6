#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# metrics.py: is stdin OpenMetrics, and the older text format as well? Prints
# each sample as NAME{LABEL=VALUE,...} VALUE.
import sys

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics_parser

text = sys.stdin.read()
for family in openmetrics_parser.text_string_to_metric_families(text):
    for s in family.samples:
        labels = ",".join(k + "=" + v for k, v in sorted(s.labels.items()))
        print("%s{%s} %g" % (s.name, labels, s.value))
types = {f.type for f in parser.text_string_to_metric_families(text)}
# node_exporter refuses what the older format doesn't know
assert types <= {"gauge", "counter", "unknown"}, types
