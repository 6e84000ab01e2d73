import stringWidth from "string-width";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Columns that text takes on a terminal; color codes take none, wide characters two. */
export function displayWidth(text: string): number {
  return stringWidth(text);
}

/** Text cut to a width, with `…` where something is missing. Colors have to be added afterwards. */
export function truncateToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width < 1) return "";
  let kept = "";
  let keptWidth = 0;
  for (const { segment } of graphemes.segment(text)) {
    const segmentWidth = displayWidth(segment);
    if (keptWidth + segmentWidth > width - 1) break;
    kept += segment;
    keptWidth += segmentWidth;
  }
  return `${kept}…`;
}

/** Text on as many lines of a width as it takes, broken at spaces where there are any. Colors have to be added afterwards. */
export function wrapText(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(/(?<= )/)) {
    const line = lines.at(-1) ?? "";
    if (displayWidth(line + word.trimEnd()) <= width) lines[lines.length - 1] = line + word;
    else for (const part of partsOfWidth(word, width)) lines.push(part);
  }
  return lines.filter((line, index) => index > 0 || line !== "").map((line) => line.trimEnd());
}

function partsOfWidth(text: string, width: number): string[] {
  const parts = [""];
  for (const { segment } of graphemes.segment(text)) {
    const part = parts.at(-1) ?? "";
    if (part === "" || displayWidth((part + segment).trimEnd()) <= width) {
      parts[parts.length - 1] = part + segment;
    } else parts.push(segment);
  }
  return parts;
}

/** Text filled up with spaces to a width. */
export function padToWidth(text: string, width: number, align: "left" | "right" = "left"): string {
  const spaces = " ".repeat(Math.max(0, width - displayWidth(text)));
  return align === "left" ? text + spaces : spaces + text;
}

/** Joins pieces to lines of at most a width, each piece whole; what is wider gets a line of its own, cut. */
export function wrapPieces(
  pieces: readonly string[],
  gap: string,
  width: number | undefined,
): string[] {
  if (width === undefined) return pieces.length === 0 ? [] : [pieces.join(gap)];
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    const joined = last === undefined ? piece : `${last}${gap}${piece}`;
    if (last !== undefined && displayWidth(joined) <= width) lines[lines.length - 1] = joined;
    else lines.push(piece);
  }
  return lines;
}
