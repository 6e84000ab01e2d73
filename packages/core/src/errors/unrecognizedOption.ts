import { nearestName } from "@infill/partitions";
import { z } from "zod";

/**
 * Names of options in other tools, with ours. The first one of a list that the schema has is
 * suggested.
 */
const otherWords: Readonly<Record<string, readonly string[]>> = {
  alert: ["alerts"],
  attempts: ["maxAttempts"],
  backoff: ["backoffMs"],
  base: ["backoffMs"],
  callback: ["onBackfillFinished"],
  definition: ["partitions"],
  delay: ["backoffMs"],
  dependencies: ["deps"],
  dependson: ["deps"],
  fn: ["materialize"],
  handler: ["materialize"],
  initialdelay: ["backoffMs"],
  interval: ["backoffMs"],
  keys: ["partitions"],
  limit: ["concurrency"],
  maxconcurrency: ["concurrency"],
  maxconcurrent: ["concurrency"],
  maxdelay: ["maxBackoffMs"],
  maxretries: ["maxAttempts"],
  namespace: ["namespace"],
  onfailing: ["onBackfillFailing"],
  onfinished: ["onBackfillFinished"],
  onpaused: ["onBackfillPaused"],
  parallelism: ["concurrency"],
  partitionsdef: ["partitions"],
  prefix: ["namespace"],
  queue: ["pool"],
  redis: ["redisUrl"],
  retries: ["maxAttempts", "retry"],
  retrypolicy: ["retry"],
  run: ["materialize"],
  slots: ["concurrency"],
  timeout: ["timeoutMs"],
  upstream: ["deps"],
  upstreams: ["deps"],
  version: ["codeVersion"],
  wait: ["backoffMs"],
  workers: ["concurrency"],
};

/** A unit at the end of a name. */
const unit = /(?:in)?(?:ms|millis|milliseconds|s|sec|secs|seconds|minutes)$/;

/**
 * A message for options that a schema does not have: the nearest of its options, by spelling or
 * meaning, and all of them.
 *
 * @param path the place of the options, from the schema's root
 */
export function unrecognizedOption(
  schema: z.ZodType,
  path: readonly PropertyKey[],
  names: readonly string[],
): string {
  const allowed = [...new Set(optionsAt(schema, path))];
  const name = names[0] ?? "";
  const meant = sameMeaning(name, allowed) ?? nearestName(name, allowed);
  const written = names.map((each) => JSON.stringify(each.slice(0, 80))).join(", ");
  const hint = meant === undefined ? "" : `did you mean "${meant}"? `;
  return `${written} is not an option here; ${hint}expected ${allowed.join(", ")}`;
}

function sameMeaning(name: string, allowed: readonly string[]): string | undefined {
  const plain = name.toLowerCase().replaceAll(/[_-]/g, "");
  const words = [plain, plain.replace(unit, "")];
  const same = allowed.find((each) => words.includes(each.toLowerCase().replace(unit, "")));
  const listed = words.flatMap((word) =>
    Object.hasOwn(otherWords, word) ? (otherWords[word] ?? []) : [],
  );
  return same ?? listed.find((each) => allowed.includes(each));
}

/** The options that the schema allows at a path; for alternatives, those of each. */
function optionsAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  const [step, ...rest] = path;
  if (schema instanceof z.ZodObject) {
    if (step === undefined) return Object.keys(schema.shape);
    const inner: unknown = schema.shape[String(step)];
    return inner instanceof z.ZodType ? optionsAt(inner, rest) : [];
  }
  if (schema instanceof z.ZodUnion)
    return schema.options.flatMap((each) =>
      each instanceof z.ZodType ? optionsAt(each, path) : [],
    );
  const inner: unknown = innerSchema(schema);
  if (!(inner instanceof z.ZodType)) return [];
  return optionsAt(
    inner,
    schema instanceof z.ZodArray || schema instanceof z.ZodRecord ? rest : path,
  );
}

function innerSchema(schema: z.ZodType): unknown {
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  if (schema instanceof z.ZodPipe) return schema.in;
  return "unwrap" in schema && typeof schema.unwrap === "function" ? schema.unwrap() : undefined;
}
