import { InvalidArgumentError } from "commander";
import type { z } from "zod";
import { durationForm, parseDuration, shortDuration } from "./duration.ts";

/** Reads a whole number in a range, written in plain digits. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}

/** A schema of numbers, with or without a default, that may be left out or not. */
type NumberSchema = z.ZodNumber | z.ZodOptional<z.ZodNumber> | z.ZodDefault<z.ZodNumber>;

/** Reads a whole number in the range of its schema. */
export function wholeNumberOf(schema: NumberSchema): (text: string) => number {
  return wholeNumber(...rangeOf(schema));
}

/** Reads a duration with its unit in the range of its schema, and gives milliseconds. */
export function durationOf(schema: NumberSchema): (text: string) => number {
  return duration(...rangeOf(schema));
}

/** Least and most of a schema, both included. */
export function rangeOf(schema: NumberSchema): [least: number, most: number] {
  const { minValue, maxValue } = "unwrap" in schema ? schema.unwrap() : schema;
  if (minValue === null || maxValue === null) throw new Error("Bug: a number without a range");
  return [minValue, maxValue];
}

/** Reads a share, `5%` or `0.05`, from `least` to all of it. */
export function share(least: number): (text: string) => number {
  return (text) => {
    const parts = /^(\d{1,3}(?:\.\d{1,6})?)(%?)$/.exec(text);
    const value = parts === null ? Number.NaN : Number(parts[1]) / (parts[2] === "%" ? 100 : 1);
    if (value >= least && value <= 1) return value;
    throw new InvalidArgumentError("Expected a share, such as 5% or 0.05, of at most 100%.");
  };
}

/** Reads a whole number in the range of its schema, or the word `none`. */
export function wholeNumberOrNone(schema: z.ZodNumber): (text: string) => number | "none" {
  const read = wholeNumberOf(schema);
  return (text) => (text === "none" ? text : read(text));
}

/** Reads a duration with its unit and gives milliseconds. */
export function duration(leastMs: number, mostMs: number): (text: string) => number {
  return (text) => {
    const milliseconds = parseDuration(text);
    if (milliseconds === undefined) throw new InvalidArgumentError(`Expected ${durationForm}.`);
    if (milliseconds >= leastMs && milliseconds <= mostMs) return milliseconds;
    throw new InvalidArgumentError(
      `Expected ${shortDuration(leastMs)} to ${shortDuration(mostMs)}.`,
    );
  };
}

/** Collects names from a flag that may be repeated and hold several, separated by commas. */
export function names(text: string, before: readonly string[] | undefined): string[] {
  const added = text.split(",").map((name) => name.trim());
  if (added.includes(""))
    throw new InvalidArgumentError("A name is missing before or after a comma.");
  return [...new Set([...(before ?? []), ...added])];
}

/** Collects texts of single assets, `asset=text`, from a flag that may be repeated. The text may hold `=` too. */
export function textByAsset(
  text: string,
  before: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const at = text.indexOf("=");
  const asset = text.slice(0, at).trim();
  if (at < 0 || asset === "")
    throw new InvalidArgumentError("Expected asset=text, such as sales=[2024-01-01...2024-01-31].");
  return { ...before, [asset]: text.slice(at + 1) };
}
