import { displayWidth, padToWidth, truncateToWidth, wrapText } from "./displayWidth.ts";
import type { Role, Theme } from "./theme.ts";

/** One cell: its text, made inert, and the color that repeats what it says. */
export interface Cell {
  readonly text: string;
  readonly role?: Role;
}

export interface Column {
  readonly header: string;
  readonly align?: "left" | "right";
  /** May be cut where the terminal is narrow. */
  readonly canShrink?: boolean;
}

const gap = "  ";
const leastWidth = 8;

/**
 * Rows in aligned columns. Where the terminal is too narrow, columns that may shrink are cut; where that does not
 * do, each row becomes a block of `header: value` lines.
 *
 * @param width undefined: as wide as it has to be
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  theme: Theme,
  width: number | undefined,
): string[] {
  const widths = columns.map((column, index) =>
    Math.max(
      displayWidth(column.header),
      ...rows.map((row) => displayWidth(row[index]?.text ?? "")),
    ),
  );
  if (width !== undefined && !shrink(columns, widths, width)) {
    return renderBlocks(columns, rows, theme, width);
  }
  const header = columns.map(({ header }) => ({ text: header, role: "grey" as const }));
  return [header, ...rows].map((row) =>
    columns
      .map(({ align }, index) => {
        const cell = row[index] ?? { text: "" };
        const columnWidth = widths[index] ?? 0;
        const isLast = index === columns.length - 1 && align !== "right";
        const text = truncateToWidth(cell.text, columnWidth);
        return theme.paint(
          cell.role ?? "plain",
          isLast ? text : padToWidth(text, columnWidth, align),
        );
      })
      .join(gap)
      .trimEnd(),
  );
}

/** Takes columns away from the widest one that may shrink until all fit; false where they never do. */
function shrink(columns: readonly Column[], widths: number[], width: number): boolean {
  const total = () => widths.reduce((sum, each) => sum + each, gap.length * (widths.length - 1));
  while (total() > width) {
    let widest = -1;
    for (const [index, column] of columns.entries()) {
      const current = widths[index] ?? 0;
      if (column.canShrink === true && current > leastWidth && current > (widths[widest] ?? 0)) {
        widest = index;
      }
    }
    if (widest < 0) return false;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return true;
}

function renderBlocks(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  theme: Theme,
  width: number,
): string[] {
  const blocks = rows.map((row) =>
    columns.map(({ header }, index) => [header, row[index] ?? { text: "" }] as const),
  );
  return blocks.flatMap((block, index) => [
    ...(index === 0 ? [] : [""]),
    ...renderFields(block, theme, width),
  ]);
}

/**
 * Names and values, one pair a line, values aligned. Pairs without text are left out.
 *
 * @param width longer values go on below; undefined: each stays on its line
 */
export function renderFields(
  fields: readonly (readonly [name: string, cell: Cell])[],
  theme: Theme,
  width: number | undefined,
): string[] {
  const shown = fields.filter(([, cell]) => cell.text !== "");
  const nameWidth = Math.max(0, ...shown.map(([name]) => displayWidth(name)));
  const room = width === undefined ? undefined : Math.max(leastWidth, width - nameWidth - 2);
  return shown.flatMap(([name, { text, role }]) =>
    (room === undefined ? [text] : wrapText(text, room)).map((line, index) => {
      const label = theme.paint("grey", padToWidth(index === 0 ? name : "", nameWidth));
      return `${label}${gap}${theme.paint(role ?? "plain", line)}`;
    }),
  );
}
