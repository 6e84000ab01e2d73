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
