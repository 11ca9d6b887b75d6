#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# metrics.py [openmetrics]: is stdin Prometheus' text format, or OpenMetrics, in
# the eyes of the format's own reader, with a type and a help for everything?
# Prints each sample as NAME{LABEL=VALUE,...} VALUE.
import sys

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics_parser

new = sys.argv[1:] == ["openmetrics"]
reader = openmetrics_parser if new else parser
families = list(reader.text_string_to_metric_families(sys.stdin.read()))
for family in families:
    assert family.documentation, family.name + " has no help"
    # node_exporter refuses what the older format doesn't know
    assert family.type in {"gauge", "counter"} | ({"info"} if new else set()), \
        family.name + ": " + family.type
    for s in family.samples:
        labels = ",".join(k + "=" + v for k, v in sorted(s.labels.items()))
        print("%s{%s} %.12g" % (s.name, labels, s.value))
seen = [f.name for f in families]
assert len(seen) == len(set(seen)), "a family in two places"
