#!/usr/bin/env python3
"""Counts tweets again, without any of Oriel's code, and compares with what it printed.

    recount.py TWEETS.ndjson FRAMES.ndjson --format v2|v1 [--top VIEW=N ...]

TWEETS holds one tweet a line, FRAMES the output of `oriel-stream --print`. Two kinds of
view are known: `tweetStats` (sliding, one minute every 30 seconds: all tweets, those with
a hashtag, those with a link) and top hashtags over five-minute windows (a tweet counts
once for each distinct tag; ties by the tag's bytes, ascending). Every row that was printed
as final must equal the recount, and the last frame of each view must be complete.

Standard library only. Exit code 0 if all rows are equal, 1 if not.
"""

import argparse
import calendar
import json
import sys

MINUTE = 60_000
SIZE, SLIDE = MINUTE, MINUTE // 2
TOP_SIZE = 5 * MINUTE


class Formats:
    """Where the two generations of the Twitter API keep what is counted."""

    seconds = {}  # the first 19 letters of an RFC 3339 time to its second

    @classmethod
    def v2(cls, tweet):
        data = tweet["data"]
        text = data["created_at"]
        whole = text[:19]
        second = cls.seconds.get(whole)
        if second is None:
            numbers = [int(text[a:b]) for a, b in ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19))]
            second = cls.seconds[whole] = calendar.timegm((*numbers, 0, 0, 0))
        rest = text[19:]
        if not rest.endswith("Z"):
            raise ValueError(f"a time that is not UTC: {text}")
        digits = rest[1:-1]
        millis = int((digits + "000")[:3]) if digits else 0
        entities = data.get("entities") or {}
        tags = [tag["tag"] for tag in entities.get("hashtags") or []]
        urls = [url["url"] for url in entities.get("urls") or []]
        return second * 1000 + millis, tags, urls

    @staticmethod
    def v1(tweet):
        entities = tweet.get("entities") or {}
        tags = [tag["text"] for tag in entities.get("hashtags") or []]
        urls = [url["url"] for url in entities.get("urls") or []]
        return int(tweet["timestamp_ms"]), tags, urls


def recount(lines, read):
    """Every window's counts: {start: [total, with tag, with link]} and {start: {tag: count}}."""
    stats, tops = {}, {}
    for line in lines:
        time, tags, urls = read(json.loads(line))
        newest = time - time % SLIDE
        for start in range(newest - SIZE + SLIDE, newest + SLIDE, SLIDE):
            row = stats.setdefault(start, [0, 0, 0])
            row[0] += 1
            row[1] += any(tag != "" for tag in tags)
            row[2] += any(url != "" for url in urls)
        window = tops.setdefault(time - time % TOP_SIZE, {})
        for tag in set(tags):
            window[tag] = window.get(tag, 0) + 1
    return stats, tops


def series_row(stats, start):
    total, with_tag, with_link = stats[start]
    return {"timestamp": start, "total": total, "withHashtag": with_tag, "withURL": with_link}


def top_rows(window, n):
    ordered = sorted(window.items(), key=lambda item: (-item[1], item[0].encode()))
    return [
        {"hashtag": tag, "count": count, "label": str(rank), "rank": rank}
        for rank, (tag, count) in enumerate(ordered[:n])
    ]


class Check:
    """Collects what differs, and counts what was compared."""

    def __init__(self, stats, tops, limits):
        self.stats, self.tops, self.limits = stats, tops, limits
        self.faults, self.rows = [], 0

    def equal(self, what, expected, found):
        self.rows += 1
        # Compared as text too: 1, 1.0 and true are equal to Python but not on the wire.
        if json.dumps(expected) != json.dumps(found):
            self.faults.append(f"{what}\n    recount: {json.dumps(expected)}\n    oriel:   {json.dumps(found)}")

    def series(self, result):
        states = result["meta"]["state"]
        self.equal("as many states as rows", len(result["data"]), len(states))
        for row, state in zip(result["data"], states):
            if state == "final":
                start = row["timestamp"]
                expected = series_row(self.stats, start) if start in self.stats else None
                self.equal(f"{result['id']}, window {start}", expected, row)

    def top(self, result):
        window = result["meta"]["window"]
        if window["state"] != "final":
            return
        expected = top_rows(self.tops.get(window["start"], {}), self.limits[result["id"]])
        self.equal(f"{result['id']}, window {window['start']}: rows", len(expected), len(result["data"]))
        for want, row in zip(expected, result["data"]):
            self.equal(f"{result['id']}, window {window['start']}", want, row)

    def last_series(self, result):
        self.equal("tweetStats: its windows", sorted(self.stats), [row["timestamp"] for row in result["data"]])
        self.equal("tweetStats: all final", ["final"] * len(result["data"]), result["meta"]["state"])

    def last_top(self, result):
        window = result["meta"]["window"]
        found = [window["start"], window["end"], window["state"]]
        self.equal(f"{result['id']}: its window", [max(self.tops), max(self.tops) + TOP_SIZE, "final"], found)


def compare(frames, check):
    last = {}
    for line in frames:
        frame = json.loads(line)
        result = frame["data"]
        check.equal("the frame's type", "publish", frame["type"])
        check.equal("the frame's topic", "twitter." + result["id"], frame["topic"])
        (check.series if result["id"] == "tweetStats" else check.top)(result)
        last[result["id"]] = result
    check.equal("the views", sorted(["tweetStats", *check.limits]), sorted(last))
    for name, result in last.items():
        (check.last_series if name == "tweetStats" else check.last_top)(result)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tweets")
    parser.add_argument("frames")
    parser.add_argument("--format", choices=["v1", "v2"], required=True)
    parser.add_argument("--top", action="append", metavar="VIEW=N", default=[])
    arguments = parser.parse_args()

    limits = {"topHashtags": 10}
    for pair in arguments.top:
        name, _, n = pair.partition("=")
        limits[name] = int(n)
    with open(arguments.tweets, encoding="utf-8") as lines:
        stats, tops = recount(lines, getattr(Formats, arguments.format))
    check = Check(stats, tops, limits)
    with open(arguments.frames, encoding="utf-8") as frames:
        compare(frames, check)

    for fault in check.faults[:20]:
        print(fault)
    print(f"{check.rows} compared, {len(check.faults)} differ; {len(stats)} and {len(tops)} windows")
    sys.exit(1 if check.faults else 0)


if __name__ == "__main__":
    main()
