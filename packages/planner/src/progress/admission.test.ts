import { asset } from "@infill/core";
import { daily, multi, staticPartitions } from "@infill/partitions";
import { AssetOrdinals, assetScopes } from "@infill/state";
import { expect, test } from "vitest";
import { type Admission, admission } from "./admission.ts";

const partitions = multi({
  date: daily({ start: "2024-01-01" }),
  tenant: staticPartitions(["t0", "t1", "t2"]),
});
const materialize = () => {};

function admissionOf(
  options: { concurrency?: number; concurrencyPer?: { tenant?: number; date?: number } },
  inFlight: Readonly<Record<string, number>> = {},
  cap?: number,
  pool?: number,
): Admission {
  const loads = asset({ name: "loads", partitions, materialize, ...options });
  return admission({
    scopes: assetScopes(
      { asset: loads, ordinals: new AssetOrdinals(partitions, [undefined, undefined]) },
      pool === undefined ? {} : { concurrency: pool },
    ),
    backfill: { scope: "backfill:bf_A", cap },
    inScope: (scope) => inFlight[scope] ?? 0,
  });
}

test("leaves all room without caps, and leaves the pool's cap to its queue", () => {
  for (const free of [admissionOf({}), admissionOf({}, {}, undefined, 8)]) {
    expect(free).toMatchObject({ isCapped: false, room: Number.POSITIVE_INFINITY });
    expect(free.picker(1)).toBeUndefined();
  }
});

test("leaves room for the smallest cap, minus the partitions in the window", () => {
  expect(admissionOf({ concurrency: 4 }).room).toBe(4);
  expect(admissionOf({ concurrency: 4 }, { "asset:loads": 3 }, 9).room).toBe(1);
  expect(admissionOf({ concurrency: 4 }, { "backfill:bf_A": 1 }, 2).room).toBe(1);
  // A lowered cap leaves none.
  expect(admissionOf({}, { "backfill:bf_A": 9 }, 2)).toMatchObject({ room: 0, isCapped: true });
});

test("closes the lanes of a full key, and leaves the room to the others", () => {
  const picker = admissionOf(
    { concurrencyPer: { tenant: 2 } },
    { "value:loads:tenant:1": 1 },
  ).picker(1);
  const offers = [0, 1, 2, 0, 1, 2, 0].map((tenant, day) =>
    picker?.offer({ lane: String(tenant), ordinal: day }),
  );
  expect(offers).toEqual([
    "admitted",
    "admitted",
    "admitted",
    "admitted",
    "closed",
    "admitted",
    "closed",
  ]);
});

test("counts a run of neighbors in one lane as the one job that covers it", () => {
  const picker = admissionOf({ concurrencyPer: { tenant: 2 } }).picker(3);
  const offers = Array.from({ length: 7 }, (_, day) => picker?.offer({ lane: "0", ordinal: day }));
  expect(offers).toEqual([...Array.from({ length: 6 }, () => "admitted"), "closed"]);
});

test("refuses a full key on the bit axis, and not the lane", () => {
  const picker = admissionOf({ concurrencyPer: { date: 2, tenant: 9 } }).picker(1);
  expect(["0", "1", "2"].map((lane) => picker?.offer({ lane, ordinal: 7 }))).toEqual([
    "admitted",
    "admitted",
    "refused",
  ]);
  expect(picker?.offer({ lane: "2", ordinal: 8 })).toBe("admitted");
});
