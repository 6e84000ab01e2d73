const longestShown = 80;

/**
 * A value for an error message: quoted like JSON, control and invisible characters escaped, cut at
 * 80 characters. Never throws.
 */
export function quoteValue(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : describe(value);
  const escaped = text.replaceAll(
    /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return escaped.length > longestShown ? `${escaped.slice(0, longestShown - 1)}…` : escaped;
}

function describe(value: unknown): string {
  if (value === null || typeof value !== "object")
    return typeof value === "function" ? "a function" : String(value);
  return Array.isArray(value) ? `an array of ${value.length}` : "an object";
}
