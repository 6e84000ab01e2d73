import type { PartitionMapping } from "@infill/partitions";

/** A mapping in words, such as `time window from -1 to -1`. */
export function describeMapping(mapping: PartitionMapping): string {
  switch (mapping.kind) {
    case "identity":
      return "the same key";
    case "timeWindow":
      return mapping.startOffset === 0 && mapping.endOffset === 0
        ? "overlapping time windows"
        : `time windows from ${mapping.startOffset} to ${mapping.endOffset}`;
    case "latestOverlapping":
      return "the time window that holds the start";
    case "all":
      return "all partitions";
    case "last":
      return "the last partition";
    case "specific":
      return `partitions ${mapping.keys.join(", ")}`;
    case "static":
      return "a table of keys";
    case "dimension":
      return mapping.dimension === undefined
        ? "by the dimension in common"
        : `by dimension ${mapping.dimension}`;
    case "multi":
      return `by dimension: ${Object.entries(mapping.dimensions)
        .map(([upstream, pair]) =>
          upstream === pair.dimension ? upstream : `${upstream} → ${pair.dimension}`,
        )
        .join(", ")}`;
  }
}
