import { type AssetGraph, definitionTimezone, type Metadata } from "@infill/core";
import {
  type Coordinates,
  partitionKeyAt,
  requirePartition,
  subsetFromCoordinates,
  subsetFromKeys,
  subsetHas,
  timeWindowAt,
  upstreamOf,
} from "@infill/partitions";
import {
  type AttemptEntry,
  backfillExists,
  type ClaimEntry,
  type PartitionRecord,
  type RegisteredAsset,
  readAttempts,
  readClaims,
  readNotes,
  readRecords,
  type StateStore,
} from "@infill/state";
import {
  errorText,
  parseErrorNote,
  type PartitionStates,
  type PartitionStatuses,
} from "@infill/planning";
import { spanOf } from "../shared/keySpan.ts";
import type {
  LastSettlement,
  PartitionDetail,
  PartitionSummary,
  PastAttempt,
  RunningAttempt,
} from "./partitionAnswers.ts";

/** Most attempts that are listed of a partition. */
const shownAttempts = 5;

/** Looks up the texts that the numbers in records stand for; caches them. */
export class RecordNames {
  readonly #store: StateStore;
  readonly #asset: string;
  readonly #backfills = new Map<number, string>();
  #codeVersions: Map<number, string> | undefined;

  constructor(store: StateStore, asset: string) {
    this.#store = store;
    this.#asset = asset;
  }

  async settlementOf(record: PartitionRecord): Promise<LastSettlement> {
    return {
      outcome: record.failed ? "failed" : "succeeded",
      at: new Date(record.settledMs).toISOString(),
      backfillId: await this.#backfill(record.backfillNumber),
      attempt: record.attempt,
      durationMs: record.durationMs,
      codeVersion: await this.#codeVersion(record.codeVersionNumber),
      ...(record.attempt === 0 ? { byHand: true } : {}),
    };
  }

  /**
   * The newest attempts that have ended, from the history and the record.
   *
   * @param note the stored error of the record's attempt
   */
  async attemptsOf(
    lines: readonly AttemptEntry[],
    record: PartitionRecord | undefined,
    note: string | undefined,
  ): Promise<PastAttempt[]> {
    // The history keeps only the beginning of an error; the note has its causes.
    const ofRecord =
      note === undefined || record?.failed !== true ? undefined : errorText(parseErrorNote(note));
    const attempts: PastAttempt[] = [];
    for (const { ended, endedMs, durationMs, attempt, backfillNumber, session, error } of lines) {
      attempts.push({
        ended,
        at: new Date(endedMs).toISOString(),
        durationMs,
        attempt,
        backfillId: await this.#backfill(backfillNumber),
        ...(session === undefined ? {} : { workerId: session }),
        ...(endedMs === record?.settledMs && ofRecord !== undefined
          ? { error: ofRecord }
          : error === ""
            ? {}
            : { error }),
      });
    }
    const isTold = record === undefined || record.attempt === 0;
    if (isTold || lines.some(({ endedMs }) => endedMs === record.settledMs)) return attempts;
    const { outcome, at, durationMs, attempt, backfillId } = await this.settlementOf(record);
    attempts.push({
      ...{ ended: outcome, at, durationMs, attempt, backfillId },
      ...(ofRecord === undefined ? {} : { error: ofRecord }),
    });
    // A record without a line in the history may be older than lapsed claims that have one.
    return attempts.sort((a, b) => (a.at < b.at ? -1 : 1)).slice(-shownAttempts);
  }

  async #backfill(number: number): Promise<string> {
    const { redis, keys } = this.#store;
    let id = this.#backfills.get(number);
    if (id === undefined) {
      id = (await redis.hget(keys.assetBackfills(this.#asset), String(number))) ?? "";
      this.#backfills.set(number, id);
    }
    return id;
  }

  async #codeVersion(number: number): Promise<string> {
    if (number === 0) return "";
    const { redis, keys } = this.#store;
    this.#codeVersions ??= new Map(
      Object.entries(await redis.hgetall(keys.codeVersions(this.#asset))).map(([text, at]) => [
        Number(at),
        text,
      ]),
    );
    return this.#codeVersions.get(number) ?? "";
  }
}

/** The summaries of some partitions of one asset, in the order given. */
export async function summarizePartitions(
  store: StateStore,
  states: PartitionStates,
  assetName: string,
  partitions: readonly Coordinates[],
): Promise<PartitionSummary[]> {
  const { context } = states;
  const registered = states.asset(assetName);
  const statuses = await states.statuses(assetName);
  const { asset, ordinals } = registered;
  const { code, upstream } = await states.staleWithin(
    assetName,
    subsetFromCoordinates(asset.partitions, partitions),
  );
  const names = new RecordNames(store, asset.name);
  const addresses = partitions.map((at) => ordinals.addressOf(at));
  const records = await readRecords(store, asset.name, addresses);
  const running = await runningAttempts(store, registered, statuses, partitions);
  const summaries: PartitionSummary[] = [];
  for (const [index, coordinates] of partitions.entries()) {
    const record = records[index];
    const claim = running.get(index);
    summaries.push({
      asset: asset.name,
      key: partitionKeyAt(asset.partitions, coordinates, context),
      ...statusOf(statuses, coordinates),
      ...([code, upstream].some((stale) => subsetHas(stale, coordinates)) ? { stale: true } : {}),
      ...(record === undefined || claim !== undefined
        ? {}
        : { lastSettlement: await names.settlementOf(record) }),
      ...(claim === undefined ? {} : { claim }),
    });
  }
  return summaries;
}

/** The running attempts of some partitions, by their index. */
async function runningAttempts(
  store: StateStore,
  { asset, ordinals }: RegisteredAsset,
  statuses: PartitionStatuses,
  partitions: readonly Coordinates[],
): Promise<Map<number, RunningAttempt>> {
  const indices = [...partitions.keys()].filter((index) =>
    subsetHas(statuses.in_progress, partitions[index] ?? []),
  );
  const addresses = indices.map((index) => ordinals.addressOf(partitions[index] ?? []));
  const claims = await readClaims(store, asset.name, addresses);
  return new Map(
    claims.flatMap((claim, at) => {
      const index = indices[at];
      // It may have ended after the statuses were read.
      if (index === undefined || claim?.state !== "running") return [];
      return [[index, attemptOf(claim)]];
    }),
  );
}

/** A running claim in the client's form. */
export function attemptOf(claim: ClaimEntry): RunningAttempt {
  const { backfillId, session, attempt, startedMs } = claim;
  return {
    backfillId,
    workerId: session,
    attempt,
    ...(startedMs === 0 ? {} : { startedAt: new Date(startedMs).toISOString() }),
  };
}

function statusOf(
  statuses: PartitionStatuses,
  coordinates: Coordinates,
): Pick<PartitionSummary, "status" | "standing"> {
  const standing =
    (["failed", "materialized"] as const).find((each) => subsetHas(statuses[each], coordinates)) ??
    "missing";
  return {
    status: subsetHas(statuses.in_progress, coordinates) ? "in_progress" : standing,
    standing,
  };
}

/** Everything about one partition. @throws UnknownPartitionKeyError */
export async function describePartition(
  store: StateStore,
  graph: AssetGraph,
  states: PartitionStates,
  assetName: string,
  key: string,
): Promise<PartitionDetail> {
  const { context } = states;
  const { asset, ordinals } = states.asset(assetName);
  const coordinates = requirePartition(asset.partitions, key, context);
  const address = ordinals.addressOf(coordinates);
  const [summary] = await summarizePartitions(store, states, assetName, [coordinates]);
  if (summary === undefined) throw new Error("Bug: no summary of a partition");
  const [[record], [lines = []], [metadata], [error]] = await Promise.all([
    readRecords(store, asset.name, [address]),
    readAttempts(store, asset.name, [address]),
    readNotes(store, asset.name, "metadata", [address]),
    readNotes(store, asset.name, "errors", [address]),
  ]);
  const names = new RecordNames(store, asset.name);
  const window = timeWindowAt(asset.partitions, coordinates);
  const settlement = record === undefined ? undefined : await names.settlementOf(record);
  const attempts = await names.attemptsOf(lines, record, error);
  const named = settlement === undefined ? attempts : [settlement, ...attempts];
  const deleted = await deletedOf(store, named);
  const marked = <A extends PastAttempt | LastSettlement>(answer: A): A =>
    deleted.has(answer.backfillId) ? { ...answer, backfillDeleted: true } : answer;
  // A mark by hand has no backfill.
  const last = settlement?.byHand === true ? settlement : settlement && marked(settlement);
  return {
    ...summary,
    ...(last === undefined ? {} : { lastSettlement: last }),
    ...(window === undefined
      ? {}
      : {
          window: {
            start: new Date(window.startMs).toISOString(),
            end: new Date(window.endMs).toISOString(),
            timezone: definitionTimezone(asset.partitions) ?? "UTC",
          },
        }),
    ...(metadata === undefined ? {} : { metadata: parseMetadata(metadata) }),
    ...(error === undefined || summary.standing === "materialized"
      ? {}
      : { error: errorOf(error) }),
    attempts: attempts.map(marked),
    upstream: graph.upstreamEdges(asset.name).map((edge) => ({
      asset: edge.upstreamAsset,
      ...spanOf(
        upstreamOf(edge, subsetFromKeys(asset.partitions, [key], context), context).subset,
        context,
      ),
    })),
  };
}

/** Which of these backfills no longer exist. */
async function deletedOf(
  store: StateStore,
  answers: readonly (PastAttempt | LastSettlement)[],
): Promise<ReadonlySet<string>> {
  const ids = [...new Set(answers.map(({ backfillId }) => backfillId))];
  const there = await Promise.all(ids.map(async (id) => id !== "" && backfillExists(store, id)));
  return new Set(ids.filter((_, at) => there[at] === false));
}

function errorOf(text: string): NonNullable<PartitionDetail["error"]> {
  const { name, message, stack, causes } = parseErrorNote(text);
  return { name, message, stack, ...(causes === undefined ? {} : { causes }) };
}

/** Parses metadata. Unreadable metadata, which Infill never writes, is shown as text. */
function parseMetadata(text: string): Metadata {
  try {
    const value: unknown = JSON.parse(text);
    // `storedMetadata` stores only objects of JSON values.
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Metadata;
  } catch {
    // Not JSON: shown as text below.
  }
  return { infill: `unreadable metadata: ${text.slice(0, 200)}` };
}
