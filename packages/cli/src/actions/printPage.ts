import type { Page } from "@infill/client";
import type { Output } from "../terminal/output.ts";
import { escapeText } from "../text/escapeText.ts";
import { shellWord } from "../text/shellWord.ts";
import { type Cell, type Column, renderTable } from "../text/table.ts";

/** How the entries of a list are printed. */
export interface PageView<T> {
  /** `type` of an entry in JSON; the list's own is its plural. */
  readonly type: string;
  readonly plural: string;
  readonly columns: readonly Column[];
  row(item: T): readonly Cell[];
  json(item: T): object;
  /** What `-q` prints. */
  id(item: T): string;
}

/**
 * Prints a page: a table, one JSON object with `items` and `nextCursor`, one JSON object an entry, or ids only. On
 * stderr it says how to get the next page, or that there is nothing.
 */
export function printPage<T>(
  out: Output,
  page: Page<T>,
  view: PageView<T>,
  options: { readonly quiet?: boolean | undefined },
): void {
  const { items, nextCursor } = page;
  if (options.quiet === true) out.lines(items.map((item) => view.id(item)));
  else if (out.format === "json") {
    const next = nextCursor === undefined ? {} : { nextCursor };
    out.object(view.plural, { items: items.map((item) => view.json(item)), ...next });
    return;
  } else if (out.format === "jsonl") {
    for (const item of items) out.object(view.type, view.json(item));
  } else if (items.length > 0) {
    const rows = items.map((item) => view.row(item));
    out.lines(renderTable(view.columns, rows, out.theme, out.width));
  }
  if (nextCursor !== undefined)
    out.note(`For more, add --cursor ${shellWord(escapeText(nextCursor))}`);
  else if (items.length === 0 && !out.isJson && options.quiet !== true) {
    out.note(`No ${view.plural.replaceAll("_", " ")}.`);
  }
}
