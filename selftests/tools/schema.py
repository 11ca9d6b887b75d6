#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# schema.py SCHEMA: are the lines of stdin what the schema says? At least one.
import json
import sys

import jsonschema



def strict(node):
    """what is printed is described, though readers have to accept more"""
    if isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            node["additionalProperties"] = False
        for value in node.values():
            strict(value)
    elif isinstance(node, list):
        for value in node:
            strict(value)


schema = json.load(open(sys.argv[1]))
strict(schema)
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
lines = 0
for line in sys.stdin:
    lines += 1
    value = json.loads(line)
    # by the command, so that an error names what is wrong and not "oneOf"
    name = {"page": "page_command", "view": "view_action"}.get(
        value["command"], value["command"])
    if value.get("action") == "list":
        name = "view_list"
    part = {"$ref": "#/definitions/" + name,
            "definitions": schema["definitions"]}
    jsonschema.Draft7Validator(part).validate(value)
    validator.validate(value)
sys.exit(0 if lines else "there is no line")
