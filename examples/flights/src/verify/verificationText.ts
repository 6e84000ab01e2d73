import type { Verification } from "./verifyOutputs.ts";

/** A table of the source and the assets, and the problems below it, one a line. */
export function verificationText(verification: Verification): string {
  const number = new Intl.NumberFormat("en-US");
  const totals = ({ flights, delay_minutes, distance_miles }: Verification["source"]) =>
    [flights, delay_minutes, distance_miles].map((value) => number.format(value));
  const rows = [
    ["", "files", "flights", "delay minutes", "miles", ""],
    ["source", "1", ...totals(verification.source), ""],
    ...verification.assets.map(({ asset, files, totals: sums, problems }) => [
      asset,
      number.format(files),
      ...(sums === undefined ? ["?", "?", "?"] : totals(sums)),
      problems.length === 0 ? "equal" : "DIFFERS",
    ]),
  ];
  const widths = [0, 1, 2, 3, 4, 5].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
  return [...lines, ...verification.problems].join("\n");
}
