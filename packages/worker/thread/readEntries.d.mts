import type { EntryMark, EntryPage } from "../src/session/sharedEntries.ts";

/** All entries of the pages, each as it was at one moment. */
export function readEntries(
  pages: readonly EntryPage[],
): { readonly text: string; readonly mark: EntryMark }[];
