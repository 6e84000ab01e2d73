/** A change of partitions of one lane in one backfill, by one transition. */
export interface SettlementEvent {
  readonly asset: string;
  readonly backfillId: string;
  readonly lane: string;
  readonly change:
    | {
        /** `refused`: a worker had a result after it had lost its claim; nothing was settled. */
        readonly kind: "succeeded" | "failed" | "released" | "retrying" | "refused";
        readonly ordinals: readonly number[];
      }
    /** The partitions are in the chunk of the ledger's planes. */
    | { readonly kind: "skipped"; readonly chunk: number }
    /**
     * Partitions were added to the backfill, canceled, or failed because the definition no longer
     * has them.
     */
    | { readonly kind: "selection" };
}

const outcomes = {
  s: "succeeded",
  f: "failed",
  r: "released",
  w: "retrying",
  x: "refused",
} as const;

/**
 * Most characters of a settlement entry that are read: transitions settle at most some thousands of
 * partitions at once.
 */
const mostText = 4_000_000;
/** Most partitions of one entry. */
const mostPartitions = 1_000_000;
/** Above every possible ordinal of an asset; windows before 1970 have negative ones. */
const mostOrdinal = 2 ** 40;
/** Longest id of a backfill. */
const mostId = 64;
const mostLane = 256;
const laneText = /^(?:-?\d+(?:\.-?\d+)*)?$/;
const ordinalText = /^-?\d{1,13}$/;

/** No schema here: a planner reads tens of thousands of ordinals a second. */
function readOrdinal(text: string): number | undefined {
  const ordinal = Number(text);
  return ordinalText.test(text) && Math.abs(ordinal) <= mostOrdinal ? ordinal : undefined;
}

/**
 * Parses the text that transitions emit; `lua/settle_partitions.lua` describes it. Skips outcomes
 * that only another version knows.
 *
 * @returns undefined for text that no version emits
 */
export function parseSettlements(asset: string, text: string): SettlementEvent[] | undefined {
  if (text.length > mostText) return undefined;
  const events: SettlementEvent[] = [];
  let partitions = 0;
  for (const part of text.split(";")) {
    if (part === "") continue;
    const [backfillId = "", lane = "", outcome = "", list = ""] = part.split(" ");
    const isReadable =
      backfillId !== "" &&
      backfillId.length <= mostId &&
      lane.length <= mostLane &&
      laneText.test(lane) &&
      outcome.length <= 1;
    if (!isReadable) return undefined;
    if (outcome === "c") {
      events.push({ asset, backfillId, lane, change: { kind: "selection" } });
    } else if (outcome === "k") {
      const chunk = readOrdinal(list);
      if (chunk === undefined) return undefined;
      events.push({ asset, backfillId, lane, change: { kind: "skipped", chunk } });
    } else if (isOutcome(outcome)) {
      const ordinals = readRuns(list, mostPartitions - partitions);
      if (ordinals === undefined) return undefined;
      partitions += ordinals.length;
      events.push({ asset, backfillId, lane, change: { kind: outcomes[outcome], ordinals } });
    }
  }
  return events;
}

/**
 * The ordinals of a list such as `12+8,40`: 12 to 19, and 40.
 *
 * @returns undefined if the text is no such list, or lists more than `most`
 */
function readRuns(list: string, most: number): number[] | undefined {
  const ordinals: number[] = [];
  for (const run of list.split(",")) {
    const [from = "", many = "1", more] = run.split("+");
    const [first, length] = [readOrdinal(from), readOrdinal(many)];
    if (first === undefined || length === undefined || more !== undefined) return undefined;
    if (length < 1 || ordinals.length + length > most) return undefined;
    for (let ordinal = first; ordinal < first + length; ordinal++) ordinals.push(ordinal);
  }
  return ordinals;
}

function isOutcome(letter: string): letter is keyof typeof outcomes {
  return Object.hasOwn(outcomes, letter);
}
