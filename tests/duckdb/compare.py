#!/usr/bin/env python3
"""Computes the views of events.toml with DuckDB and compares with what Oriel printed.

    compare.py EVENTS.ndjson ADVERTISERS.csv FRAMES.ndjson

FRAMES holds the output of `oriel-stream --print`; the last frame of each view is compared,
row by row and in order. Sums are compared as decimals, so to the cent, and every other
number as it stands; only averages may be off by rounding, and quantiles by 1 %.

Needs `pip install duckdb`. Exit code 0 if all rows are equal, 1 if not.
"""

import json
import sys
from decimal import Decimal

import duckdb

EVENTS = """
CREATE TABLE events AS
SELECT epoch_ms("at") AS t, advertiser, location, publisher, "user", clicks, url,
       coalesce(list_distinct(tags), []) AS tags,
       lower(publisher) AS medium,
       lower(regexp_extract(url, '^https?://([^/:?#]+)', 1)) AS host,
       TRY_CAST(cost AS DECIMAL(18, 2)) AS spent,
       -- A cost that is no number makes the record bad, but only where costs are used.
       cost IS NOT NULL AND TRY_CAST(cost AS DECIMAL(18, 2)) IS NULL AS bad,
       advertisers.industry, advertisers.budget
FROM read_json($events, format = 'newline_delimited', columns = {
         "at": 'TIMESTAMP', advertiser: 'VARCHAR', location: 'VARCHAR', publisher: 'VARCHAR', "user": 'BIGINT',
         cost: 'VARCHAR', clicks: 'BIGINT', url: 'VARCHAR', tags: 'VARCHAR[]'}) AS read
LEFT JOIN read_csv($lookup, header = true,
                   columns = {name: 'VARCHAR', industry: 'VARCHAR', budget: 'DECIMAL(18, 2)'}) AS advertisers
       ON advertisers.name = read.advertiser
"""

# The first or last value by time; of equal times the larger.
FIRST = "list({0} ORDER BY t, {0} DESC) FILTER ({0} IS NOT NULL)"
LAST = "list({0} ORDER BY t DESC, {0} DESC) FILTER ({0} IS NOT NULL)"
QUANTILE = "list_sort(list(spent) FILTER (spent IS NOT NULL))[1 + floor({} * (count(spent) - 1))::INT]"


def windows(size, slide=None, offset=0):
    """The starts of the windows that hold an event, in milliseconds; spans in seconds."""
    size, slide, offset = size * 1000, (slide or size) * 1000, offset * 1000
    newest = f"t - ((t - {offset}) % {slide} + {slide}) % {slide}"
    return f"unnest(range({newest} - {size - slide}, {newest} + {slide}, {slide}))"


def series(window, metrics, where="true", by=None):
    key = f"{by} AS key," if by else ""
    group = "ORDER BY ALL" if not by else "ORDER BY start, key NULLS FIRST"
    keys = "start, key" if by else "start"
    inner = f"SELECT *, {window} AS start FROM events WHERE {where}"
    return f"SELECT start, {key} {metrics} FROM ({inner}) GROUP BY {keys} {group}"


def ranking(size, by, metrics, rank, n, slide=None, where="true", per=None, none=False):
    """Of the newest window (of all events without a size) the first n of each list."""
    # Two lists of one SELECT would be unnested side by side.
    inner = f"SELECT *, {windows(size, slide) if size else 0} AS start FROM (SELECT *, {by} AS key FROM events)"
    group = f"{per} AS per, " if per else ""
    part = "PARTITION BY per" if per else ""
    left_out = "key IS NOT NULL" + (f" AND {per} IS NOT NULL" if per else "")
    return f"""
    WITH cells AS (SELECT start, {group} key, {metrics} FROM ({inner} WHERE {where})
                   WHERE {"true" if none else left_out} GROUP BY ALL),
         -- An empty window shows no list, and so the newest that is not empty is shown.
         newest AS (SELECT * FROM cells WHERE start = (SELECT max(start) FROM cells)),
         ranked AS (SELECT *, row_number() OVER ({part} ORDER BY {rank} NULLS LAST, key NULLS FIRST) - 1 AS place
                    FROM newest)
    SELECT * EXCLUDE (start) FROM ranked WHERE place < {n} ORDER BY {"per, " if per else ""} place"""


MONEY = "count(*) AS events, sum(spent) AS spent"
TAGS = "unnest(CASE WHEN len(tags) = 0 THEN [NULL] ELSE tags END)"

VIEWS = {
    "tumbling": series(windows(300, offset=90), f"""
        count(*) AS events, count(*) FILTER (url <> '') AS linked, count(*) FILTER (len(tags) > 0) AS tagged,
        sum(spent), min(spent), max(spent), avg(spent::DOUBLE) AS mean, sum(clicks), sum(clicks * 0.25),
        count(DISTINCT publisher), ({FIRST.format("location")})[1], ({LAST.format("clicks")})[1],
        {QUANTILE.format(0.5)} AS median, {QUANTILE.format(0.99)} AS high""", "NOT bad"),
    "sliding": series(windows(600, 120, 30),
                      f"{MONEY}, avg(clicks) AS mean, count(DISTINCT \"user\") AS users", "NOT bad"),
    "discarding": series(windows(240, 60), MONEY, "NOT bad"),
    "retracting": series(windows(180), MONEY, "NOT bad"),
    "rare": f"""
        WITH found AS ({series(windows(60), "count(*) AS events, sum(clicks) AS clicks",
                               "NOT bad AND advertiser = 'adv-23' AND spent > 5")}),
             every AS (SELECT unnest(range(min(start), max(start) + 60000, 60000)) AS start FROM found)
        SELECT start, coalesce(events, 0), CASE WHEN events IS NULL THEN 0 ELSE clicks END
        FROM every LEFT JOIN found USING (start) ORDER BY start""",
    "perAdvertiser": series(windows(600, 300), f"{MONEY}, max(spent)", "NOT bad", "advertiser"),
    "perIndustry": f"""SELECT (SELECT max(t) FROM events), industry, count(*), sum(clicks), max(budget)
        FROM events GROUP BY industry ORDER BY industry NULLS FIRST""",
    "topMedia": ranking(None, "medium", "count(*) AS count", "count DESC", 40),
    "topTags": ranking(1800, TAGS, "count(*) AS count", "count DESC", 60, none=True),
    "topSites": ranking(3600, "nullif(host, '')", MONEY, "spent DESC", 50, slide=1200,
                        where="NOT bad AND (location <> 'paris' OR clicks IS NULL OR location IS NULL)"),
    "bottomMedia": ranking(120, "medium", "sum(clicks) AS clicks", "clicks", 30),
    "mediaOfEach": ranking(3600, "medium", "sum(spent) AS spent, count(*) AS events", "spent DESC", 3,
                           where="NOT bad", per="advertiser"),
    # A gap of exactly two minutes separates.
    "sessions": f"""
        WITH steps AS (SELECT *, coalesce(t - lag(t) OVER every >= 120000, true) AS opens FROM events
                       WHERE NOT bad WINDOW every AS (PARTITION BY "user" ORDER BY t)),
             numbered AS (SELECT *, sum(opens::INT) OVER (PARTITION BY "user" ORDER BY t) AS nth FROM steps)
        SELECT min(t) AS start, "user"::VARCHAR AS key, {MONEY}, max(t) + 120000 AS "end"
        FROM numbered GROUP BY "user", nth ORDER BY start, key NULLS FIRST""",
}

# Columns that are allowed to be off by so much of their value.
TOLERANCE = {"mean": 1e-12, "users": 0.025, "median": 0.01, "high": 0.01}


def rows(result):
    """A view's rows as lists, without what follows from their order."""
    found = []
    for place, row in enumerate(result["data"]):
        if result["meta"]["kind"] == "top":
            if row.pop("label") != str(row["rank"]):
                sys.exit(f"{result['id']}: the label is not the rank in {row}")
        values = list(row.values())
        if "end" in result["meta"]:
            values.append(result["meta"]["end"][place])
        found.append(values)
    return found


def equal(name, expected, value):
    if expected is None or value is None or name not in TOLERANCE:
        # Numbers were read as decimals: 12.30 and 12.3 are equal, 12.3000001 is not.
        return type(value) is not bool and expected == value
    return abs(float(expected) - float(value)) <= TOLERANCE[name] * abs(float(expected))


def compare(name, query, result, database):
    """The first differences of one view, and how many rows were compared."""
    cursor = database.execute(query)
    columns = [column[0] for column in cursor.description]
    expected, found = cursor.fetchall(), rows(result)
    faults = []
    if len(expected) != len(found):
        faults.append(f"{name}: {len(expected)} rows in DuckDB, {len(found)} in Oriel")
    if set(result["meta"]["state"]) - {"final"}:
        faults.append(f"{name}: not all rows are final")
    if result["meta"].get("counting", "exact") != "exact":
        faults.append(f"{name}: not counted exactly")
    for want, row in zip(expected, found):
        if len(want) != len(row) or not all(map(equal, columns, want, row)):
            faults.append(f"{name}\n    DuckDB: {list(map(str, want))}\n    Oriel:  {list(map(str, row))}")
    return faults, len(expected)


def main():
    events, lookup, frames = sys.argv[1:]
    last = {}
    with open(frames, encoding="utf-8") as lines:
        for line in lines:
            result = json.loads(line, parse_float=Decimal)["data"]
            last[result["id"]] = result
    if sorted(last) != sorted(VIEWS):
        sys.exit(f"the views are {sorted(last)}, not {sorted(VIEWS)}")
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    database.execute(EVENTS, {"events": events, "lookup": lookup})
    faults = []
    for name, query in VIEWS.items():
        differences, compared = compare(name, query, last[name], database)
        faults.extend(differences)
        print(f"{name}: {compared} rows, {len(differences)} differences")
        if compared == 0:
            faults.append(f"{name}: nothing to compare")
    print("\n".join(faults[:20]))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
