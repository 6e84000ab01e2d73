import type { BackfillPreview } from "@infill/client";
import { countText } from "./numbers.ts";

/** One sentence to mind, and its kind: sentences of one kind differ in names and numbers only. */
export interface KindOfWarning {
  readonly kind: string;
  readonly text: string;
}

/** Sentences of one kind that are written out where there are more. */
const shownOfKind = 3;

/**
 * The sentences to print: of a kind with many, the first three and how many more there are. JSON output carries all.
 *
 * @param all true with `--verbose`: every sentence
 */
export function warningLines(warnings: readonly KindOfWarning[], all: boolean): string[] {
  const byKind = new Map<string, string[]>();
  for (const { kind, text } of warnings) {
    const alike = byKind.get(kind);
    if (alike === undefined) byKind.set(kind, [text]);
    else alike.push(text);
  }
  return [...byKind.values()].flatMap((texts) => {
    // Four take as many lines as three and the count.
    if (all || texts.length <= shownOfKind + 1) return texts;
    return [
      ...texts.slice(0, shownOfKind),
      `${countText(texts.length - shownOfKind)} more like these ${countText(shownOfKind)}, ${countText(texts.length)} in all; --verbose or --json lists them.`,
    ];
  });
}

/** The warnings of a preview with their kinds. */
export function previewWarnings({ warnings, warningKinds }: BackfillPreview): KindOfWarning[] {
  const kinds = warningKinds.flatMap(({ kind, count }) =>
    Array.from({ length: count }, () => kind),
  );
  return warnings.map((text, index) => ({ kind: kinds[index] ?? "other", text }));
}
