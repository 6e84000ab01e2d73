import { asset } from "@infill/core";
import { integers, integersFromSorted, staticPartitions, subsetFromKeys } from "@infill/partitions";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type ClaimAnswer,
  claimPartitions,
  setLedgerControl,
  forgetClaims,
  dropReservations,
  lapseSessions,
  openLedger,
  parseSettlements,
  readLedgerCounters,
  type RegisteredAsset,
  readLedgerPlane,
  readRecords,
  registerAsset,
  releasePartitions,
  reopenPartitions,
  reservePartitions,
  sealLedger,
  settlePartitions,
  startSuspect,
  settleUnstarted,
  unsealLedger,
} from "../index.ts";
import { TransitionModel } from "./transitionModel.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

const keys = Array.from({ length: 8 }, (_, index) => `k${index}`);
const backfills = ["bf_A", "bf_B"];
const everything = [{ lane: "", ordinals: integersFromSorted(keys.map((_, at) => at)) }];
let nextAsset = 1;

/** A new asset for each history, with both ledgers open over all partitions. */
async function freshAsset(): Promise<RegisteredAsset> {
  const definition = asset({
    name: `asset${nextAsset++}`,
    partitions: staticPartitions(keys),
    materialize: () => {},
  });
  const registered = await registerAsset(store, definition);
  const all = subsetFromKeys(definition.partitions, keys, { nowMs: 0 });
  for (const id of backfills) await openLedger(store, registered, id, all);
  return registered;
}

/** Reopens failed and skipped partitions. */
async function reopenAll(name: string, backfill: string): Promise<number> {
  const failed = await reopenPartitions(store, name, backfill, "failed", everything);
  return failed + (await reopenPartitions(store, name, backfill, "skipped", everything));
}

/** The asset's state in Redis, in the model's form. */
async function observed(registered: RegisteredAsset): Promise<unknown> {
  const { redis, keys: names } = store;
  const name = registered.asset.name;
  const bits = async (key: string) => {
    const bytes = (await redis.getBuffer(key)) ?? Buffer.alloc(0);
    return keys.flatMap((_, at) => (((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1 ? [at] : []));
  };
  const ledgers: Record<string, unknown> = {};
  for (const id of backfills) {
    const counters = await redis.hgetall(names.ledger(name, id));
    const plane = async (which: "queued" | "settled" | "failed" | "skipped") => {
      const lanes = await readLedgerPlane(store, name, id, which, everything);
      return lanes.flatMap(({ ordinals }) => [...integers(ordinals)]);
    };
    ledgers[id] = {
      control: counters["control"],
      queued: await plane("queued"),
      settled: await plane("settled"),
      failed: await plane("failed"),
      skipped: await plane("skipped"),
      counters: ["queued", "in_progress", "succeeded", "failed", "skipped"].map((word) =>
        Number(counters[word]),
      ),
    };
  }
  const entries = await redis.hgetall(names.claims(name));
  const claims = Object.entries(entries).map(([field, entry]) => {
    const [state, session, number, attempt, deaths, , backfill] = entry.split(" ");
    return `${field} ${state} ${session} ${number} ${attempt} ${deaths} ${backfill}`;
  });
  return {
    materialized: await bits(names.plane(name, "", "materialized", 0)),
    failed: await bits(names.plane(name, "", "failed", 0)),
    inProgress: await bits(names.plane(name, "", "in_progress", 0)),
    claims: claims.sort(),
    ledgers,
  };
}

const someOrdinals = fc.uniqueArray(fc.nat(keys.length - 1), { minLength: 1, maxLength: 4 });
const someBackfill = fc.constantFrom(...backfills);
const someSession = fc.constantFrom("s1", "s2", "s3");
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("reserve" as const),
      backfill: someBackfill,
      ordinals: someOrdinals,
      limit: fc.nat(8),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("claim" as const),
      backfill: someBackfill,
      session: someSession,
      // The same partition twice, if two jobs cover it.
      ordinals: fc.array(fc.nat(keys.length - 1), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("settle" as const),
      pick: fc.nat(),
      outcome: fc.constantFrom("succeeded" as const, "failed" as const),
      twice: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("release" as const),
      pick: fc.nat(),
      how: fc.constantFrom(
        "retry" as const,
        "give_back" as const,
        "unstarted" as const,
        "stop" as const,
        "cancel" as const,
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("start" as const), pick: fc.nat() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("expire" as const), session: someSession }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("lapse" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("skip" as const),
      backfill: someBackfill,
      ordinals: someOrdinals,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("reopen" as const), backfill: someBackfill }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("seal" as const, "seal" as const, "unseal" as const),
      backfill: someBackfill,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("control" as const),
      backfill: someBackfill,
      control: fc.constantFrom(
        "running" as const,
        "paused" as const,
        "stopping" as const,
        "canceling" as const,
      ),
      revision: fc.nat(9),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("forget" as const), backfill: someBackfill }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("drop" as const),
      backfill: someBackfill,
      ordinals: someOrdinals,
    }),
  },
);

test("any history of transitions agrees with the model, with every counter equal to its bits", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const registered = await freshAsset();
      const name = registered.asset.name;
      const model = new TransitionModel(keys.length, backfills);
      const granted: {
        session: string;
        backfillId: string;
        ordinal: number;
        claimNumber: number;
        attempt: number;
      }[] = [];
      let nextClaim = 1;
      for (const command of steps) {
        switch (command.kind) {
          case "reserve": {
            const answer = await reservePartitions(store, name, command.backfill, command.limit, [
              { lane: "", ordinals: command.ordinals },
            ]);
            const marks =
              answer.kind === "reserved" ? answer.marks.map(({ mark }) => mark) : "stopped";
            expect(marks).toEqual(model.reserve(command.backfill, command.ordinals, command.limit));
            break;
          }
          case "claim": {
            const requests = command.ordinals.map((ordinal) => ({
              backfillId: command.backfill,
              lane: "",
              ordinal,
              claimNumber: nextClaim++,
            }));
            const answers = await claimPartitions(
              store,
              registered,
              command.session,
              60_000,
              requests,
            );
            const repeated = await claimPartitions(
              store,
              registered,
              command.session,
              60_000,
              requests,
            );
            const expected = requests.map(({ ordinal, claimNumber }) =>
              model.claim(command.backfill, command.session, ordinal, claimNumber),
            );
            expect(answers.map(wordsOf)).toEqual(expected);
            expect(repeated.map(wordsOf)).toEqual(
              expected.map((word) => (word === "stopped" ? "gone" : word)),
            );
            for (const [index, answer] of answers.entries()) {
              const request = requests[index];
              if (answer.kind === "claimed" && request !== undefined) {
                granted.push({ session: command.session, ...request, attempt: answer.attempt });
              }
            }
            break;
          }
          case "settle": {
            const claim = granted[command.pick % Math.max(1, granted.length)];
            if (claim === undefined) break;
            const settlement = {
              ...claim,
              lane: "",
              outcome: command.outcome,
              durationMs: 5,
              note: undefined,
            };
            const expected = model.settle(
              claim.session,
              claim.claimNumber,
              claim.backfillId,
              claim.ordinal,
              command.outcome,
            );
            expect(await settlePartitions(store, registered, claim.session, [settlement])).toEqual([
              expected,
            ]);
            if (command.twice) {
              // Each refusal is emitted.
              const again = model.settle(
                claim.session,
                claim.claimNumber,
                claim.backfillId,
                claim.ordinal,
                command.outcome,
              );
              expect(again).toBe(expected);
              expect(
                await settlePartitions(store, registered, claim.session, [settlement]),
              ).toEqual([expected]);
            }
            break;
          }
          case "release": {
            const claim = granted[command.pick % Math.max(1, granted.length)];
            if (claim === undefined) break;
            const expected = model.release(
              claim.session,
              claim.claimNumber,
              claim.backfillId,
              claim.ordinal,
              command.how,
            );
            expect(
              await releasePartitions(store, name, claim.session, [
                { ...claim, lane: "", how: command.how },
              ]),
            ).toEqual([expected]);
            break;
          }
          case "start": {
            const claim = granted[command.pick % Math.max(1, granted.length)];
            if (claim === undefined) break;
            expect(await startSuspect(store, name, claim.session, { ...claim, lane: "" })).toBe(
              model.start(claim.session, claim.claimNumber, claim.ordinal),
            );
            break;
          }
          case "seal":
            expect(
              model.isSettled(command.backfill) ? ["sealed", "stands"] : ["unsettled"],
            ).toContain(await sealLedger(store, name, command.backfill));
            break;
          case "unseal":
            await unsealLedger(store, name, command.backfill);
            break;
          case "expire":
            await store.redis.zadd(store.keys.sessions(name), "XX", 1, command.session);
            model.expire(command.session);
            break;
          case "lapse":
            expect(await lapseSessions(store, name)).toBe(model.lapse());
            break;
          case "skip": {
            const doomed = {
              lane: "",
              ordinals: integersFromSorted(command.ordinals.toSorted((a, b) => a - b)),
            };
            const why = { outcome: "skipped", asset: name, lane: "", ordinal: 0 } as const;
            expect(await settleUnstarted(store, name, command.backfill, doomed, why)).toBe(
              model.skip(command.backfill, command.ordinals),
            );
            break;
          }
          case "reopen":
            expect(await reopenAll(name, command.backfill)).toBe(model.reopen(command.backfill));
            break;
          case "control":
            expect(
              await setLedgerControl(
                store,
                name,
                command.backfill,
                command.control,
                command.revision,
              ),
            ).toBe(model.control(command.backfill, command.control, command.revision));
            break;
          case "forget":
            expect(await forgetClaims(store, name, command.backfill)).toBe(
              model.forget(command.backfill),
            );
            break;
          case "drop":
            expect(
              await dropReservations(store, name, command.backfill, [
                { lane: "", ordinals: command.ordinals },
              ]),
            ).toBe(model.drop(command.backfill, command.ordinals));
            break;
        }
        expect(await observed(registered)).toEqual(model.observed());
        expect(model.outsideOfTheirWindow()).toEqual([]);
      }
      const stream = await store.redis.xrange(store.keys.settlements(name), "-", "+");
      const emitted = stream.flatMap(([, fields]) => parseSettlements(name, fields[3] ?? "") ?? []);
      const settled = emitted.flatMap(({ backfillId, change }) =>
        change.kind === "succeeded" || change.kind === "failed"
          ? change.ordinals.map((ordinal) => `${backfillId} ${ordinal} ${change.kind}`)
          : [],
      );
      expect(settled).toEqual(model.settlements);
      const refused = emitted.flatMap(({ backfillId, change }) =>
        change.kind === "refused"
          ? change.ordinals.map((ordinal) => `${backfillId} ${ordinal}`)
          : [],
      );
      expect(refused).toEqual(model.refusals);
    }),
    { numRuns: 60 },
  );
});

function wordsOf(answer: ClaimAnswer): string {
  return answer.kind === "claimed" ? `claimed ${answer.attempt} ${answer.deaths}` : answer.kind;
}

test("P5: of all workers that claim one partition at once, one gets it", async () => {
  const registered = await freshAsset();
  await reservePartitions(store, registered.asset.name, "bf_A", 8, [{ lane: "", ordinals: [3] }]);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      claimPartitions(store, registered, `session${index}`, 60_000, [
        { backfillId: "bf_A", lane: "", ordinal: 3, claimNumber: 1 },
      ]),
    ),
  );
  expect(answers.flat().filter(({ kind }) => kind === "claimed")).toHaveLength(1);
  expect(answers.flat().filter(({ kind }) => kind === "held")).toHaveLength(19);
});

test.each(["paused", "stopping", "canceling"] as const)(
  "P21: a running partition of a %s backfill stays in its window after a second job or a repeated claim",
  async (control) => {
    const registered = await freshAsset();
    const name = registered.asset.name;
    const place = { backfillId: "bf_A", lane: "", ordinal: 3, claimNumber: 1 };
    await reservePartitions(store, name, "bf_A", 8, [{ lane: "", ordinals: [3] }]);
    const first = await claimPartitions(store, registered, "s1", 60_000, [place]);
    await setLedgerControl(store, name, "bf_A", control, 1);
    expect(await claimPartitions(store, registered, "s1", 60_000, [place])).toEqual(first);
    const second = { ...place, claimNumber: 2 };
    for (const session of ["s1", "s2"]) {
      expect(await claimPartitions(store, registered, session, 60_000, [second])).toEqual([
        { kind: "held" },
      ]);
    }
    expect(await readLedgerCounters(store, name, "bf_A")).toMatchObject({
      queued: 1,
      inProgress: 1,
    });
    await store.redis.zadd(store.keys.sessions(name), "XX", 1, "s1");
    expect(await claimPartitions(store, registered, "s2", 60_000, [second])).toEqual([
      { kind: "stopped" },
    ]);
    expect(await readLedgerCounters(store, name, "bf_A")).toMatchObject({
      queued: 0,
      inProgress: 0,
    });
  },
);

test("a skip that was decided before a retry has no effect after it", async () => {
  const { asset } = await freshAsset();
  const doomed = { lane: "", ordinals: integersFromSorted([1, 2]) };
  const why = { outcome: "skipped", asset: asset.name, lane: "", ordinal: 0 } as const;
  const before = await readLedgerCounters(store, asset.name, "bf_A");
  await reopenAll(asset.name, "bf_A");
  const skip = (reopened: number | undefined) =>
    settleUnstarted(store, asset.name, "bf_A", doomed, why, reopened);
  expect(await skip(before?.reopened)).toBe("outdated");
  expect(await readLedgerCounters(store, asset.name, "bf_A")).toMatchObject({ skipped: 0 });
  expect(await skip((await readLedgerCounters(store, asset.name, "bf_A"))?.reopened)).toBe(2);
});

test("a settlement records its time, duration, backfill, attempt and code version", async () => {
  const definition = asset({
    name: `asset${nextAsset++}`,
    partitions: staticPartitions(keys),
    codeVersion: "v7",
    materialize: () => {},
  });
  const registered = await registerAsset(store, definition);
  await openLedger(
    store,
    registered,
    "bf_A",
    subsetFromKeys(definition.partitions, keys, { nowMs: 0 }),
  );
  const place = { backfillId: "bf_A", lane: "", ordinal: 5, claimNumber: 9 };
  await reservePartitions(store, definition.name, "bf_A", 8, [{ lane: "", ordinals: [5] }]);
  await claimPartitions(store, registered, "s1", 60_000, [place]);
  const beforeMs = Date.now() - 1;
  await settlePartitions(store, registered, "s1", [
    { ...place, outcome: "succeeded", attempt: 1, durationMs: 1_234, note: '{"rows":7}' },
  ]);
  const [none, record] = await readRecords(store, definition.name, [
    { lane: "", ordinal: 4 },
    { lane: "", ordinal: 5 },
  ]);
  expect(none).toBeUndefined();
  expect(record).toMatchObject({
    durationMs: 1_234,
    backfillNumber: 1,
    codeVersionNumber: 1,
    attempt: 1,
    failed: false,
  });
  expect(record?.settledMs).toBeGreaterThan(beforeMs);
  expect(await store.redis.hget(store.keys.metadata(definition.name, "", 0), "5")).toBe(
    '{"rows":7}',
  );
});

test("a definition that gives ordinals another meaning is refused", async () => {
  const definition = asset({
    name: `asset${nextAsset++}`,
    partitions: staticPartitions(["a"]),
    materialize: () => {},
  });
  await registerAsset(store, definition);
  await store.redis.hset(store.keys.meta(definition.name), "fingerprint", "hourly in UTC");
  await store.redis.hset(store.keys.meta(definition.name), "backfills", 1);
  await store.redis.setbit(store.keys.plane(definition.name, "", "failed", 0), 3, 1);
  await expect(registerAsset(store, definition)).rejects.toMatchObject({
    code: "INFILL_DEFINITION_CHANGED",
    recorded: "hourly in UTC",
  });
});

test("an unused definition is replaced, unless something happens after the check", async () => {
  const of = (keys: readonly string[]) =>
    asset({ name, partitions: staticPartitions(keys), materialize: () => {} });
  const name = `asset${nextAsset++}`;
  const meta = store.keys.meta(name);
  const { epoch } = await registerAsset(store, of(["a"]));
  await store.redis.hset(meta, "fingerprint", "hourly in UTC", "backfills", 4);
  // Emptied by wiping, as its ledgers were by deleting the backfills.
  await store.redis.set(store.keys.plane(name, "", "materialized", 0), Buffer.alloc(8));
  const replaced = await registerAsset(store, of(["a"]));
  expect(replaced.epoch).not.toBe(epoch);

  await store.redis.hset(meta, "fingerprint", "hourly in UTC");
  const { scan } = store.redis;
  const racing = new Proxy(store.redis, {
    get(redis, key) {
      const value: unknown = Reflect.get(redis, key);
      if (key !== "scan") return typeof value === "function" ? value.bind(redis) : value;
      return async (...args: Parameters<typeof scan>) => {
        const answer = await scan.apply(redis, args);
        // A backfill is submitted after the check.
        await redis.hincrby(meta, "backfills", 1);
        return answer;
      };
    },
  });
  await expect(registerAsset({ ...store, redis: racing }, of(["a"]))).rejects.toMatchObject({
    code: "INFILL_DEFINITION_CHANGED",
  });
});

test("static keys keep their ordinals when others are inserted, reordered, removed and put back", async () => {
  const name = `asset${nextAsset++}`;
  const ordinalsOf = async (list: readonly string[]) => {
    const { ordinals } = await registerAsset(
      store,
      asset({ name, partitions: staticPartitions(list), materialize: () => {} }),
    );
    return Object.fromEntries(
      list.map((key, position) => [key, ordinals.addressOf([position]).ordinal]),
    );
  };
  expect(await ordinalsOf(["us", "eu"])).toEqual({ us: 0, eu: 1 });
  expect(await ordinalsOf(["jp", "eu", "us"])).toEqual({ jp: 2, eu: 1, us: 0 });
  expect(await ordinalsOf(["jp"])).toEqual({ jp: 2 });
  expect(await ordinalsOf(["us", "br", "jp"])).toEqual({ us: 0, br: 3, jp: 2 });
});

test("every key of a transition lies in one hash slot, whatever the names of asset and lane", async () => {
  const { keys: names } = store;
  const slots = [
    names.meta("a"),
    names.claims("a"),
    names.ledger("a", "bf_A"),
    names.plane("a", "1.2", "failed", -3),
    names.records("a", "1", 7),
  ];
  const tags = slots.map((key) => /\{([^}]*)\}/.exec(key)?.[1]);
  expect(new Set(tags)).toEqual(new Set(["asset/a"]));
});
