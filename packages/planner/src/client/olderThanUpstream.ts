import {
  downstreamOf,
  type Edge,
  intersectSubsets,
  type PartitionsContext,
} from "@infill/partitions";
import type { Rows, Settlements } from "./settlements.ts";

/**
 * The downstream partitions that settled before one of the upstream partitions that they read: set algebra, by halving
 * time.
 *
 * Of downstream partitions that settled from `first` to `last`, each that reads an upstream partition newer than `last` is
 * older than it for certain; one that reads none newer than `first` is not. What reads something in between is
 * looked at again, the earlier and the later half by themselves. An upstream partition goes on into one of
 * the halves, since for the other it is newer or older than everything. So where all of the downstream is newer
 * than all of the upstream, which is the usual case, nothing is mapped at all.
 *
 * @param downstream settlements of the partitions asked about
 * @param upstream settlements of what they may read
 * @returns rows of `downstream`
 */
export function olderThanUpstream(
  edge: Edge,
  downstream: Settlements,
  upstream: Settlements,
  context: PartitionsContext,
): Rows {
  const isOlder = new Uint8Array(downstream.table.count);
  /** Which of the downstream rows read any of the upstream rows, as marks beside them. */
  const readersOf = (feeds: Rows, rows: Rows): Uint8Array => {
    const fed = downstreamOf(edge, upstream.subsetOf(feeds), context);
    return downstream.marksOf(rows, intersectSubsets(fed, downstream.subsetOf(rows)));
  };
  /** Buckets of downstream rows, with the upstream rows that some of them may be older than. */
  const buckets: [Rows, Rows][] = [[downstream.all(), upstream.all()]];
  for (let bucket = buckets.pop(); bucket !== undefined; bucket = buckets.pop()) {
    let [rows, feeds] = bucket;
    const span = downstream.spanOf(rows);
    if (span === undefined) continue;
    const newer = upstream.settledWithin(feeds, span.lastMs, Infinity);
    if (newer.length > 0) {
      const marks = readersOf(newer, rows);
      rows.forEach((row, index) => {
        if (marks[index] === 1) isOlder[row] = 1;
      });
      rows = rows.filter((_, index) => marks[index] === 0);
    }
    feeds = upstream.settledWithin(feeds, span.firstMs, span.lastMs);
    if (feeds.length === 0 || rows.length === 0) continue;
    const marks = readersOf(feeds, rows);
    rows = rows.filter((_, index) => marks[index] === 1);
    const doubtful = downstream.spanOf(rows);
    if (doubtful === undefined) continue;
    const middleMs = Math.floor((doubtful.firstMs + doubtful.lastMs) / 2);
    buckets.push(
      [downstream.settledWithin(rows, -Infinity, middleMs), feeds],
      [downstream.settledWithin(rows, middleMs, Infinity), feeds],
    );
  }
  return downstream.all().filter((row) => isOlder[row] === 1);
}
