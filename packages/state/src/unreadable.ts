/** The first characters of what stands in Redis, on one line, for people. */
export function excerptOf(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
