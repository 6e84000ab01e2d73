import { setImmediate as nextTurn } from "node:timers/promises";
import type { AssetWork } from "../claim/assetWork.ts";
import { againAfter, type EndedStart, laterOf, tellEndings } from "./tellEndings.ts";
import type { Again, Ending, PartitionStart } from "./partitionStart.ts";

/** How long the last of the claims waits at the most before those that have not started are given back, in milliseconds. */
export const mostWaitMs = 100;
/** For how long functions run before the event loop turns, in milliseconds. */
const turnMs = 5;

/** How claims that were run one after another ended. */
export interface TurnsEnd {
  readonly again: Again | undefined;
  /** How many were run, or were told to stop before. The claims of the others were given back. */
  readonly begun: number;
  /** Resolves when Redis knows how all of them ended. */
  readonly told: Promise<void>;
}

/**
 * Runs claimed partitions of one backfill one after another, and tells Redis how they ended: together where they are quick,
 * and at once where the next one takes longer. None of them waits long under its claim: the rest is given back.
 */
export async function runInTurn(
  work: AssetWork,
  starts: readonly PartitionStart[],
): Promise<TurnsEnd> {
  const took = (durationMs: number) => work.batchSize.took(durationMs);
  const deadlineMs = performance.now() + mostWaitMs;
  let turnedMs = performance.now();
  let begun = 0;
  let isCut = false;
  let ended: EndedStart[] = [];
  const told: Promise<void>[] = [];
  let again: Again | undefined;
  let telling: NodeJS.Immediate | undefined;
  let cutting: NodeJS.Timeout | undefined;
  const tell = () => {
    clearImmediate(telling);
    telling = undefined;
    if (ended.length === 0) return;
    again = laterOf(again, againAfter(ended));
    const answer = tellEndings(work, ended);
    // Its error is thrown where all answers are awaited.
    answer.catch(() => {});
    told.push(answer);
    ended = [];
  };
  const cut = () => {
    isCut = true;
    for (const start of starts.slice(begun)) ended.push({ start, ending: start.unstarted() });
    tell();
  };
  // Where the event loop turns, a function waits for something.
  const watch = () => {
    telling ??= setImmediate(() => {
      tell();
      if (begun < starts.length) cutting ??= setTimeout(cut, mostWaitMs);
    });
  };
  const note = (start: PartitionStart, ending: Ending) => {
    ended.push({ start, ending });
    watch();
  };
  watch();
  try {
    for (const start of starts) {
      if (isCut) break;
      const { reason } = start.stop;
      if (begun > 0 && performance.now() > deadlineMs) {
        cut();
        break;
      }
      begun++;
      if (reason !== undefined && reason !== "timeout") note(start, start.stopped(reason, false));
      else note(start, await start.execute(took));
      if (performance.now() - turnedMs <= turnMs) continue;
      tell();
      await nextTurn();
      turnedMs = performance.now();
    }
    tell();
    const all = Promise.all(told).then(() => {});
    all.catch(() => {});
    return { again, begun, told: all };
  } finally {
    clearTimeout(cutting);
    clearImmediate(telling);
    for (const start of starts) start.end();
  }
}
