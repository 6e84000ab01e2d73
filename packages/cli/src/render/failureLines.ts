import type { BackfillFailures, FailureGroup } from "@infill/planning";
import { causeLines } from "./causeLines.ts";
import { escapeLines, escapeText } from "../text/escapeText.ts";
import { countOf, countText, instantText } from "../text/numbers.ts";
import { renderTable } from "../text/table.ts";
import type { Theme } from "../text/theme.ts";

/** Characters of a fingerprint that are enough to tell groups apart, most often. */
const shortFingerprint = 8;
/** Lines of the example of a group. */
const exampleLines = 6;

/** The failures of a backfill: a row for each group, the newest error of the largest, and how to retry one. */
export function failureLines(
  failures: BackfillFailures,
  theme: Theme,
  width: number | undefined,
): string[] {
  const { groups } = failures;
  const [largest] = groups;
  if (largest === undefined) return [];
  return [
    ...renderTable(
      [
        { header: "group" },
        { header: "failed", align: "right" },
        { header: "share", align: "right" },
        { header: "first" },
        { header: "last" },
        { header: "error", canShrink: true },
        { header: "partitions", canShrink: true },
      ],
      groups.map((group) => [
        { text: group.fingerprint.slice(0, shortFingerprint), role: "bold" },
        { text: countText(group.count) },
        { text: `${Math.round(group.share * 100)} %` },
        { text: instantText(group.firstAt ?? "") },
        { text: instantText(group.lastAt ?? "") },
        { text: escapeText(group.error), role: "red" },
        { text: escapeText(whichText(group)) },
      ]),
      theme,
      width,
    ),
    ...restLines(failures),
    "",
    ...exampleOf(largest, theme),
    "",
    `Retry one: infill backfill retry ${failures.id} --group ${largest.fingerprint.slice(0, shortFingerprint)}`,
  ];
}

function whichText({ assets, samples, count }: FailureGroup): string {
  const names = assets.map(({ asset, count: failed }) =>
    assets.length === 1 ? asset : `${asset} (${countText(failed)})`,
  );
  const keys = samples.map(({ key }) => key).filter((key) => key !== "");
  const more = count > samples.length ? ", …" : "";
  return keys.length === 0 ? names.join(", ") : `${names.join(", ")}: ${keys.join(", ")}${more}`;
}

function restLines({ failed, examined, ungrouped, groups }: BackfillFailures): string[] {
  return [
    ...(ungrouped > 0
      ? [
          `and ${countOf(ungrouped, "partition")} in no group: the limit is ${countOf(groups.length, "group")}`,
        ]
      : []),
    ...(examined < failed
      ? [
          `only the first ${countText(examined)} of ${countText(failed)} failed partitions were examined`,
        ]
      : []),
  ];
}

function exampleOf({ example }: FailureGroup, theme: Theme): string[] {
  const { asset, key, attempt, name, message, stack, causes } = example;
  const lines = escapeLines(stack ?? `${name}: ${message}`);
  const place = escapeText(key === "" ? asset : `${asset} ${key}`);
  return [
    attempt === 0 ? `${place}:` : `${place}, attempt ${attempt}:`,
    ...lines.slice(0, exampleLines).map((line) => theme.paint("red", line)),
    ...(lines.length > exampleLines ? ["…"] : []),
    ...causeLines(causes).map((line) => theme.paint("red", line)),
  ];
}
