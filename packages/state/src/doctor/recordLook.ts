import { chunkOrdinals, pageRecords } from "../keys/keys.ts";
import { formatAddress } from "../keys/partitionAddress.ts";
import { recordBytes } from "../keys/partitionRecord.ts";
import type { StateStore } from "../store/stateStore.ts";
import type { AssetCensus } from "./census.ts";
import { type Place, placeName } from "../keys/place.ts";
import type { Discrepancy, DoctorCheck } from "./discrepancy.ts";
import { mendRecords } from "./mending/mend.ts";
import { answersOf } from "../redis/answersOf.ts";

type RecordCheck = Extract<DoctorCheck, "record_page" | "record_plane" | "settlement_lost">;

interface RecordProblem {
  readonly check: RecordCheck;
  readonly backfillId: string | undefined;
  readonly lane: string;
  readonly ordinals: number[];
  count: number;
  readonly pages: Set<number>;
}

/** A partition whose record proves that a backfill settled it. */
interface Proven {
  readonly page: number;
  readonly ordinal: number;
}

/** Ledgers whose bitmaps one instant reads: at most 4 KB each. */
const ledgersPerCall = 256;
const pageBytes = pageRecords * recordBytes;

/**
 * Compares the records of one asset with its planes and with the ledgers of their backfills. One
 * transition writes the record and sets the bits, and no success is taken back. So a bit that a
 * record proves and a plane lacks is lost.
 *
 * @param numbers backfill ids by their numbers in records; only those that have a ledger
 */
export async function lookAtRecords(
  store: StateStore,
  asset: string,
  census: AssetCensus,
  numbers: ReadonlyMap<number, string>,
): Promise<Discrepancy[]> {
  const chunks = new Map<string, { readonly place: Place; readonly pages: number[] }>();
  for (const { lane, page } of census.pages.values()) {
    const place = { lane, chunk: Math.floor((page * pageRecords) / chunkOrdinals) };
    const known = chunks.get(placeName(place));
    if (known === undefined) chunks.set(placeName(place), { place, pages: [page] });
    else known.pages.push(page);
  }
  const problems = new Map<string, RecordProblem>();
  for (const { place, pages } of chunks.values())
    await lookAtChunk(store, asset, place, pages, numbers, problems);
  return Array.from(problems.values(), ({ check, backfillId, lane, ordinals, count, pages }) => ({
    check,
    asset,
    ...(backfillId === undefined ? {} : { backfillId }),
    lane,
    ordinals,
    count,
    ...sentences[check],
    concernsPlanner: check === "settlement_lost",
    repair: async () => {
      for (const page of pages) await mendRecords(store, asset, lane, page);
    },
  }));
}

async function lookAtChunk(
  store: StateStore,
  asset: string,
  place: Place,
  pages: readonly number[],
  numbers: ReadonlyMap<number, string>,
  problems: Map<string, RecordProblem>,
): Promise<void> {
  const { redis, keys } = store;
  const { lane, chunk } = place;
  // One instant: 256 pages and two planes are at most 630 KB.
  const step = redis
    .multi()
    .getBuffer(keys.plane(asset, lane, "materialized", chunk))
    .getBuffer(keys.plane(asset, lane, "failed", chunk));
  for (const page of pages) step.getBuffer(keys.records(asset, lane, page));
  const [materialized, failed, ...texts] = answersOf(await step.exec());
  const note = (check: RecordCheck, page: number, ordinal: number, backfillId?: string) => {
    const name = `${check} ${lane} ${backfillId}`;
    let problem = problems.get(name);
    if (problem === undefined) {
      problem = { check, backfillId, lane, ordinals: [], count: 0, pages: new Set() };
      problems.set(name, problem);
    }
    problem.count++;
    problem.pages.add(page);
    if (problem.ordinals.length < 5) problem.ordinals.push(ordinal);
  };
  /**
   * Reads the settled bitmaps of backfills without sealed ledgers, in which every partition has
   * settled.
   */
  const settledOf = async (ledgers: ReadonlyMap<string, Proven[]>) => {
    const open: [string, { settled: unknown; members: Proven[] }][] = [];
    const all = [...ledgers];
    for (let at = 0; at < all.length; at += ledgersPerCall) {
      const page = all.slice(at, at + ledgersPerCall);
      const step = redis.multi();
      for (const [backfillId] of page)
        step
          .hexists(keys.ledger(asset, backfillId), "sealed")
          .getBuffer(keys.ledgerPlane(asset, backfillId, lane, "settled", chunk));
      const answers = answersOf(await step.exec());
      for (const [index, [backfillId, members]] of page.entries()) {
        if (answers[2 * index] === 1) continue;
        open.push([backfillId, { settled: answers[2 * index + 1], members }]);
      }
    }
    return open;
  };
  const proven = new Map<string, Proven[]>();
  for (const [at, page] of pages.entries()) {
    const bytes = texts[at];
    if (!Buffer.isBuffer(bytes)) continue;
    if (bytes.length !== pageBytes && bytes.length !== 2 * pageBytes)
      note("record_page", page, page * pageRecords);
    const records = Math.min(pageRecords, Math.floor(bytes.length / recordBytes));
    for (let index = 0; index < records; index++) {
      const first = index * recordBytes;
      if (bytes.readUIntBE(first, 6) === 0) continue;
      const ordinal = page * pageRecords + index;
      const offset = ordinal - chunk * chunkOrdinals;
      if (bytes.readUInt8(first + 15) >= 128) {
        if (!hasBit(failed, offset)) note("record_plane", page, ordinal);
        continue;
      }
      if (!hasBit(materialized, offset) || hasBit(failed, offset))
        note("record_plane", page, ordinal);
      const backfillId = numbers.get(bytes.readUIntBE(first + 10, 3));
      if (backfillId === undefined) continue;
      const members = proven.get(backfillId);
      if (members === undefined) proven.set(backfillId, [{ page, ordinal }]);
      else members.push({ page, ordinal });
    }
  }
  // Read after the records, so everything that they prove has settled by now.
  for (const [backfillId, { settled, members }] of await settledOf(proven)) {
    const lost = members.filter(({ ordinal }) => !hasBit(settled, ordinal - chunk * chunkOrdinals));
    if (lost.length === 0) continue;
    const running = await runningFor(
      store,
      asset,
      lane,
      lost.map(({ ordinal }) => ordinal),
    );
    for (const [at, { page, ordinal }] of lost.entries())
      if (running[at] !== backfillId) note("settlement_lost", page, ordinal, backfillId);
  }
}

/** For each of some partitions, the backfill that is running it. */
async function runningFor(
  store: StateStore,
  asset: string,
  lane: string,
  ordinals: readonly number[],
): Promise<(string | undefined)[]> {
  const running: (string | undefined)[] = [];
  for (let first = 0; first < ordinals.length; first += 1_000) {
    const page = ordinals.slice(first, first + 1_000);
    const entries = await store.redis.hmget(
      store.keys.claims(asset),
      ...page.map((ordinal) => formatAddress(lane, ordinal)),
    );
    for (const entry of entries)
      running.push(entry?.startsWith("R ") === true ? entry.split(" ").at(-1) : undefined);
  }
  return running;
}

const sentences: Record<RecordCheck, { readonly problem: string; readonly remedy: string }> = {
  record_page: {
    problem: `A page of records does not have its length of ${pageBytes} bytes.`,
    remedy: "The doctor corrects its length and keeps existing records.",
  },
  record_plane: {
    problem: "The records of partitions' last settlements and the asset's bit-planes disagree.",
    remedy: "The doctor sets the bits by the records.",
  },
  settlement_lost: {
    problem:
      "Records prove that a backfill settled partitions, but its ledger does not count them as settled.",
    remedy: "The doctor settles them as succeeded.",
  },
};

/** Whether a bit of a bitmap is set; bits beyond its end are 0. */
function hasBit(bitmap: unknown, offset: number): boolean {
  if (!Buffer.isBuffer(bitmap)) return false;
  return ((bitmap[offset >> 3] ?? 0) & (128 >> (offset & 7))) !== 0;
}
