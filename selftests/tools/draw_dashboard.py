#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""draw_dashboard.py DASHBOARD SERIES DIR: asks the queries of each panel of a dashboard of
Grafana's of a Prometheus that has the recorded SERIES (OpenMetrics), and draws the panels
into DIR/dashboard.png, for someone to look at. Fails if a query finds nothing."""
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request

dashboard, series, out = sys.argv[1:]
ROW, WIDTH = 40, 1600           # pixels
COLUMNS = 24
# the machine's proxy doesn't reach it
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
UNITS = {"s": '"%.1s %cs"', "none": '"%.3g"'}


def run(*command, text=None):
    subprocess.run(command, input=text, text=True, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def serve():
    """the Prometheus, and where it is"""
    run("promtool", "tsdb", "create-blocks-from", "openmetrics", series, out + "/data")
    with open(out + "/prometheus.yml", "w", encoding="ascii") as f:
        f.write("global: {}\n")
    server = subprocess.Popen(
        [os.path.dirname(os.path.realpath(shutil.which("promtool"))) + "/prometheus",
         f"--config.file={out}/prometheus.yml",
         f"--storage.tsdb.path={out}/data", "--storage.tsdb.retention.time=10y",
         "--web.listen-address=127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        found = re.search(r"Listening on.*address=(127\.0\.0\.1:\d+)", line)
        if found:
            return server, "http://" + found[1]
    sys.exit("prometheus has ended")


def get(server, path, **parameters):
    url = f"{server}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
    for _ in range(100):
        try:
            with DIRECT.open(url, timeout=30) as f:
                return json.load(f)["data"]["result"]
        except urllib.error.HTTPError as e:
            if e.code != 503:           # not ready yet
                sys.exit(f"{url}: {e.read().decode()}")
            time.sleep(0.2)
    return sys.exit("prometheus isn't ready")


def times():
    found = [int(t) for t in re.findall(r" (\d{10})$", open(series, encoding="utf-8").read(), re.M)]
    return min(found), max(found)


def legend(template, labels):
    return re.sub(r"\{\{(\w+)\}\}", lambda m: labels.get(m[1], ""), template)


def curves(server, panel, first, last):
    """[(legend, [(time, value)])]"""
    for target in panel["targets"]:
        expr = target["expr"].replace("$instance", ".*")
        if target["instant"]:
            found = get(server, "query", query=expr, time=last)
        else:
            found = get(server, "query_range", query=expr, start=first, end=last, step=60)
        if not found:
            sys.exit(f"{panel['title']}: nothing by {expr}")
        for curve in found:
            yield legend(target["legendFormat"], curve["metric"]), \
                curve.get("values") or [curve["value"]]


def quoted(text):
    return '"' + text.replace('"', "'").replace("_", "\\\\_") + '"'


def draw(panel, found, height):
    at = panel["gridPos"]
    print_at = (at["x"] / COLUMNS, 1 - (at["y"] + at["h"]) * ROW / height)
    yield f"set origin {print_at[0]}, {print_at[1]}"
    yield f"set size {at['w'] / COLUMNS}, {at['h'] * ROW / height}"
    yield f"set title {quoted(panel['title'])}"
    if panel["type"] == "stat":
        yield "unset tics; unset border; set xrange [0:1]; set yrange [0:1]; unset key"
        for i, (name, values) in enumerate(found):
            named = panel["options"].get("textMode") == "name"
            text = name if named else f"{name}: {values[-1][1]}"
            yield f"set label {i + 1} {quoted(text)} at .5, {.85 - .14 * i} center"
        yield "plot NaN; unset label; set border; set tics; set autoscale; set key"
        return
    yield "set xdata time; set timefmt '%s'; set format x '%H:%M'"
    yield f"set format y {UNITS[panel['fieldConfig']['defaults']['unit']]}; set key outside below"
    for i, (_, values) in enumerate(found):
        yield f"$d{i} << END\n" + "\n".join(f"{t} {v}" for t, v in values) + "\nEND"
    yield "plot " + ", ".join(f"$d{i} using 1:2 with lines lw 2 title {quoted(name)}"
                              for i, (name, _) in enumerate(found))
    yield "set xdata"


def main():
    with open(dashboard, encoding="utf-8") as f:
        panels = json.load(f)["panels"]
    process, server = serve()
    try:
        height = ROW * max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in panels)
        script = [f"set terminal pngcairo size {WIDTH},{height}",
                  f"set output '{out}/dashboard.png'", "set multiplot"]
        for panel in panels:
            found = list(curves(server, panel, *times()))
            print(f"{panel['title']}: {len(found)} curves")
            script += draw(panel, found, height)
        run("gnuplot", text="\n".join(script) + "\nunset multiplot\n")
    finally:
        process.kill()
        process.wait()


try:
    main()
except FileNotFoundError as e:
    sys.exit(f"there is no {e.filename}; remedy: apt install prometheus gnuplot-nox")
