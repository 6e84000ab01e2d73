import { daily, InfillError } from "@infill/partitions";
import { expect, test } from "vitest";
import { asset, dep } from "../assets/asset.ts";
import { backfillRequestSchema } from "../requests/backfillRequest.ts";
import { parseOptions } from "./invalidOptionsError.ts";
import { project } from "../assets/project.ts";

const partitions = daily({ start: "2024-01-01" });
const materialize = (): void => {};

/** The message for an option that the types would refuse. */
function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof InfillError) return error.message;
    throw error;
  }
  return "nothing was refused";
}
/** Options without a compiler, as plain JavaScript passes them. */
const untyped = (value: object): never => value as never;

const ofAsset = (more: object): string =>
  refusal(() => asset(untyped({ name: "sales", partitions, materialize, ...more })));

test("an unknown option is refused with the intended one and all others", () => {
  expect(ofAsset({ retry: { delayMs: 5_000 } })).toBe(
    'Invalid asset "sales": retry: "delayMs" is not an option here; did you mean "backoffMs"? expected maxAttempts, backoffMs, maxBackoffMs.',
  );
  expect(ofAsset({ dependencies: [] })).toContain('did you mean "deps"? expected name, ');
});

test.each([
  [{ retry: { retries: 3 } }, "maxAttempts"],
  [{ retry: { maxAttempt: 3 } }, "maxAttempts"],
  [{ retry: { backoff: 3 } }, "backoffMs"],
  [{ timeout: 5 }, "timeoutMs"],
  [{ timeout_seconds: 5 }, "timeoutMs"],
  [{ partitionsDef: partitions }, "partitions"],
  [{ maxConcurrency: 5 }, "concurrency"],
  [{ materialise: materialize }, "materialize"],
  [{ retryPolicy: {} }, "retry"],
])("%o is refused with the intended option", (more, meant) => {
  expect(ofAsset(more)).toContain(`did you mean "${meant}"?`);
});

test("the same holds within records and lists of a project, and in a request's budget", () => {
  const ofProject = (more: object): string =>
    refusal(() => project(untyped({ assets: [], ...more })));
  expect(ofProject({ pools: { slow: { limit: 2 } } })).toContain('did you mean "concurrency"?');
  expect(ofProject({ webhooks: [{ url: "https://example.org", event: [] }] })).toContain(
    'did you mean "events"?',
  );
  expect(ofProject({ asset: [] })).toContain('did you mean "assets"?');
  const request = { assets: "sales", budget: { failure: 1 } };
  expect(refusal(() => parseOptions(backfillRequestSchema, request, "backfill request"))).toContain(
    'did you mean "failures"? expected failures, failureRate, ',
  );
});

test("a name without a near option is refused with the list of options alone", () => {
  expect(ofAsset({ zzzz: 1 })).toMatch(
    /"zzzz" is not an option here; expected name, description, /,
  );
  expect(ofAsset({ constructor: 1 })).toContain('"constructor" is not an option here; expected');
});

test("the error for an unlisted asset that was given by value says to add it to assets", () => {
  const raw = asset({ name: "raw", partitions, materialize });
  const sentence =
    'Asset "clean" depends on asset "raw", which the project does not list. Add it to assets.';
  for (const deps of [[raw], [dep(raw)]]) {
    const clean = asset({ name: "clean", partitions, deps, materialize });
    expect(refusal(() => project({ assets: [clean] }))).toBe(sentence);
  }
  const clean = asset({ name: "clean", partitions, deps: ["raww"], materialize });
  expect(refusal(() => project({ assets: [raw, clean] }))).toContain('did you mean "raw"?');
});
