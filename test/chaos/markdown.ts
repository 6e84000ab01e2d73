import type { FaultReport } from "./runFault.ts";

/** Figures that all faults have, with the head of their column. */
const columns: readonly (readonly [figure: string, head: string])[] = [
  ["recoveryMs", "recovery ms"],
  ["unavailableMs", "unavailable ms"],
  ["duplicatesPer1000", "duplicates a 1,000"],
  ["lateSettlementsRefused", "late refused"],
  ["acknowledgementsLost", "lost acks"],
  ["slowestScriptMs", "slowest script ms"],
  ["peakRssMb", "peak RSS MB"],
  ["independentLossPercent", "independent asset's loss %"],
  ["totalMs", "total ms"],
  ["overFaultFreeMs", "over fault-free ms"],
];

/** The table of figures, as `docs/reliability.md` has it; a figure that a run did not have stays empty, one that none had is left out. */
export function markdownTable(reports: readonly FaultReport[]): string {
  const measured = columns.filter(([figure]) => reports.some(({ figures }) => figure in figures));
  const heads = ["fault", ...measured.map(([, head]) => head), "its own"];
  const known = new Set(["partitions", ...columns.map(([figure]) => figure)]);
  const rows = reports.map(({ fault, figures }) => {
    const own = Object.entries(figures)
      .filter(([figure]) => !known.has(figure))
      .map(([figure, value]) => `${figure} ${value}`);
    return [fault, ...measured.map(([figure]) => String(figures[figure] ?? "")), own.join(", ")];
  });
  return [heads, heads.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |\n`)
    .join("");
}
