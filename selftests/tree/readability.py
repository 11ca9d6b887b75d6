#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""readability.py FILE...: Flesch's reading ease of the prose, and how long its
sentences are. Prose is what is left of Markdown or mdoc without code, tables,
headings and lists of links. 60 and more is plain English; RFCs have 30 to 50, and
chrony's own manual pages 59 to 64 by this tool.
"""
import re
import sys


def prose(text):
    """paragraphs and list items, as plain text"""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    text = re.sub(r'^\.\\".*\n', "", text, flags=re.M)
    text = re.sub(r"^\.Bd.*?^\.Ed$", "", text, flags=re.M | re.S)
    text = re.sub(r"^\.Bl .*\n|^\.(?!It)\w+.*\n", "\n", text, flags=re.M)
    text = re.sub(r"^(\||#|!|    |\.).*$", "", text, flags=re.M)
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"`([^`]*)`", "code", text)
    text = re.sub(r"^\s*(\*|\d+\.|>) +", "\n", text, flags=re.M)
    text = re.sub(r"(\d)[.,](\d)", r"\1\2", text)
    return re.sub(r"[*_]", "", text)


def without_options(text):
    """what --help prints, with each description as a paragraph"""
    return re.sub(r"^ +(?:-.*?(?: {2,}|$)|[a-z]\S* {2,})?", "\n", text, flags=re.M)


def sentences(text):
    for paragraph in re.split(r"\n\s*\n", prose(text)):
        for s in re.split(r"(?<=[.?!])\s+", " ".join(paragraph.split())):
            words = re.findall(r"[A-Za-z][\w'’-]*|\d+", s)
            if len(words) > 1:
                yield words


def syllables(word):
    word = re.sub(r"e$|(?<![td])ed$", "", word.lower())
    return max(1, len(re.findall(r"[aeiouy]+", word)))


def measure(text):
    """(words a sentence, reading ease)"""
    found = list(sentences(text))
    words = [w for s in found for w in s]
    length = len(words) / max(1, len(found))
    ease = 206.835 - 1.015 * length - \
        84.6 * sum(map(syllables, words)) / max(1, len(words))
    return length, ease


if __name__ == "__main__":
    for path in sys.argv[1:]:
        print("%-36s %4.1f words a sentence, reading ease %3.0f" % (
            path, *measure(open(path, encoding="utf-8").read())))
