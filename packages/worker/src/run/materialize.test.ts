import { asset, type MaterializeContext, project } from "@infill/core";
import { partitionOfKey, staticPartitions } from "@infill/partitions";
import { expect, test } from "vitest";
import { materialize } from "./materialize.ts";
import { StopOrder } from "./stopOrder.ts";

const planned = { nowMs: Date.UTC(2024, 5) };
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** The error of a function that reads its context in the given way. */
async function refusal(
  read: (context: MaterializeContext) => unknown,
  deps: readonly string[] = ["orders"],
): Promise<unknown> {
  const partitions = staticPartitions(["eu"]);
  const orders = asset({ name: "orders", partitions, materialize() {} });
  const sales = asset({
    name: "sales",
    partitions,
    deps,
    materialize: (context) => void read(context),
  });
  const { graph } = project({ assets: [orders, sales] });
  const coordinates = partitionOfKey(partitions, "eu", planned);
  if (coordinates === undefined) throw new Error("Bug: the key of the definition");
  const call = {
    asset: sales,
    graph,
    backfillId: "bf_01JD3K9V000000000000000000",
    key: "eu",
    coordinates,
    planned,
    attempt: 1,
    stop: new StopOrder(),
    log: quiet,
    onOverrun: async () => {},
  };
  return materialize(call, 1_000).then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("keys of an asset that is not upstream are refused with the nearest name", async () => {
  expect(await refusal(({ upstreamKeys }) => upstreamKeys("order"))).toMatchObject({
    code: "INFILL_ASSET_NOT_UPSTREAM",
    message: 'Asset "sales" does not depend on "order". Did you mean "orders"?',
  });
});

test("keys of an upstream asset are refused if there is none, with what to add", async () => {
  expect(await refusal(({ upstreamKeys }) => upstreamKeys("nope"), [])).toMatchObject({
    code: "INFILL_ASSET_NOT_UPSTREAM",
    message: 'Asset "sales" does not depend on "nope". It depends on none: add "nope" to its deps.',
  });
});

test("keys of an upstream asset are returned", async () => {
  expect(await refusal(({ upstreamKeys }) => [...upstreamKeys("orders")])).toBeUndefined();
});

test("a window of partitions without a time dimension is refused", async () => {
  expect(await refusal(({ window }) => window)).toMatchObject({
    code: "INFILL_WINDOW_NONE",
    message: expect.stringContaining("Read partition.key instead of window"),
  });
});

/** A call of a function, and the order that stops it. */
function callOf(
  run: (context: MaterializeContext) => unknown,
  options: { readonly timeoutMs?: number; onOverrun?: (isLost: boolean) => void } = {},
) {
  const partitions = staticPartitions(["eu"]);
  const { timeoutMs } = options;
  const sales = asset({
    ...{ name: "sales", partitions },
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    materialize: (context) => run(context) as Promise<void>,
  });
  const coordinates = partitionOfKey(partitions, "eu", planned);
  if (coordinates === undefined) throw new Error("Bug: the key of the definition");
  return {
    asset: sales,
    graph: project({ assets: [sales] }).graph,
    ...{ backfillId: "bf_01JD3K9V000000000000000000", key: "eu" },
    ...{ coordinates, planned, attempt: 2, stop: new StopOrder(), log: quiet },
    onOverrun: async (_: Promise<void>, isLost: boolean) => options.onOverrun?.(isLost),
  };
}

test("a function gets its partition and attempt, and what it returns is the result", async () => {
  const call = callOf(({ asset: name, partition, attempt }) => ({ name, partition, attempt }));
  expect(await materialize(call, 1_000)).toEqual({
    ...{ name: "sales", attempt: 2 },
    partition: { key: "eu", keys: {} },
  });
});

test("an error that a function throws without waiting is a rejection", async () => {
  const call = callOf(() => {
    throw new Error("broken");
  });
  await expect(materialize(call, 1_000)).rejects.toThrow("broken");
});

test("a stopped function that ends within its grace is no overrun", async () => {
  const overruns: boolean[] = [];
  const call = callOf(
    ({ signal }) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve("cleaned up"));
      }),
    { onOverrun: (isLost) => void overruns.push(isLost) },
  );
  const result = materialize(call, 60_000);
  await Promise.resolve();
  call.stop.give("canceled");
  expect(await result).toBe("cleaned up");
  expect(overruns).toEqual([]);
});

test("a function that ignores its timeout is an overrun, and its partition is given up after the grace", async () => {
  const overruns: boolean[] = [];
  const call = callOf(() => new Promise(() => {}), {
    timeoutMs: 5,
    onOverrun: (isLost) => void overruns.push(isLost),
  });
  await expect(materialize(call, 5)).rejects.toMatchObject({ reason: "timeout" });
  expect(overruns).toEqual([false]);
});

test("a function whose claim is lost is an overrun at once, before its grace ends", async () => {
  const overruns: boolean[] = [];
  let end = () => {};
  const call = callOf(
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
    { onOverrun: (isLost) => void overruns.push(isLost) },
  );
  const result = materialize(call, 60_000);
  await Promise.resolve();
  call.stop.give("lost");
  expect(overruns).toEqual([true]);
  end();
  await result;
});
