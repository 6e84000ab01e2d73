import {
  downstreamOf,
  type Edge,
  emptySubset,
  intersectSubsets,
  type PartitionsContext,
  type PartitionsSubset,
  unionSubsets,
} from "@infill/partitions";
import { filterRows, type Rows, type Settlements } from "./settlements.ts";

/** How many spans of time a bucket is cut into. */
const spans = 32;

/**
 * The downstream partitions that settled before one of the upstream partitions that they read. Uses
 * set operations on spans of time.
 *
 * A partition that reads an upstream of a later span than its own is older for certain. One that
 * reads only upstreams of earlier spans is not. One that reads an upstream of its own span goes to
 * the next round, which cuts each span alone, with the upstream partitions of that span. So each
 * upstream partition is mapped once for each round, and a round makes the spans 32 times shorter.
 * In the usual case all of the downstream is newer than all of the upstream, and nothing is mapped.
 *
 * @param downstream settlements of the partitions in question
 * @param upstream settlements of the partitions that they may read
 * @returns rows of `downstream`
 */
export function olderThanUpstream(
  edge: Edge,
  downstream: Settlements,
  upstream: Settlements,
  context: PartitionsContext,
): Rows {
  const isOlder = new Uint8Array(downstream.table.count);
  /** Marks the rows that are in the subset. @returns the others */
  const markOlder = (rows: Rows | undefined, subset: PartitionsSubset): Rows => {
    if (rows === undefined || rows.length === 0) return new Uint32Array(0);
    const marks = downstream.marksOf(rows, subset);
    return filterRows(rows, (row, at) => {
      if (marks[at] === 1) isOlder[row] = 1;
      return marks[at] === 0;
    });
  };
  /**
   * Buckets of downstream rows, each with the upstream rows that some of them may be older than.
   */
  const buckets: [Rows, Rows][] = [[downstream.all(), upstream.all()]];
  for (let bucket = buckets.pop(); bucket !== undefined; bucket = buckets.pop()) {
    const [rows, candidates] = bucket;
    const span = downstream.spanOf(rows);
    if (span === undefined) continue;
    const feeds = upstream.settledAfter(candidates, span.firstMs);
    if (feeds.length === 0) continue;
    const lengthMs = Math.ceil((span.lastMs - span.firstMs + 1) / spans);
    const rowsBySpan = downstream.bySpan(rows, span.firstMs, lengthMs, spans);
    // One more span for everything newer than the last one.
    const feedsBySpan = upstream.bySpan(feeds, span.firstMs, lengthMs, spans + 1);
    const whole = downstream.subsetOf(rows);
    /** What reads upstream partitions of the later spans; the loop goes backwards. */
    let readLater: PartitionsSubset = emptySubset(edge.downstream);
    for (let index = spans; index >= 0; index--) {
      const own = feedsBySpan[index];
      const fed =
        own === undefined || own.length === 0
          ? undefined
          : intersectSubsets(downstreamOf(edge, upstream.subsetOf(own), context), whole);
      const left = markOlder(rowsBySpan[index], readLater);
      if (fed === undefined || own === undefined) continue;
      if (left.length > 0 && lengthMs > 1) {
        const marks = downstream.marksOf(left, fed);
        buckets.push([filterRows(left, (_, at) => marks[at] === 1), own]);
      }
      readLater = unionSubsets(readLater, fed);
    }
  }
  return filterRows(downstream.all(), (row) => isOlder[row] === 1);
}
