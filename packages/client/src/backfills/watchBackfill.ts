import { isFinalStatus, within } from "@infill/core";
import { SettlementFeed, type StateStore } from "@infill/state";
import { redisAttention } from "./attention.ts";
import type { BackfillDetail } from "./backfillAnswers.ts";

/**
 * Longest time between two answers, in milliseconds: rate and estimate change even if the counts do
 * not.
 */
const silenceMs = 1_000;

/**
 * Yields a backfill's description at each change, until a final status. While Redis is away it
 * yields the last one each second, with the reason of the wait, without a time limit.
 *
 * @param describe reads the backfill now
 * @param now epoch milliseconds
 */
export async function* watchBackfill(
  store: StateStore,
  describe: () => Promise<BackfillDetail>,
  now: () => number,
  signal: AbortSignal | undefined,
): AsyncIterable<BackfillDetail> {
  const feed = new SettlementFeed(store, "client");
  const { redis } = store;
  const patienceMs = redis.patienceMs;
  redis.patienceMs = Number.POSITIVE_INFINITY;
  const stop = () => feed.close();
  signal?.addEventListener("abort", stop, { once: true });
  let latest: BackfillDetail | undefined;
  /** Waits for an answer, and meanwhile yields what Redis is waiting for. */
  async function* awaiting<T>(answer: Promise<T>): AsyncGenerator<BackfillDetail, T | undefined> {
    for (;;) {
      if (await within(silenceMs, answer)) return answer;
      if (signal?.aborted === true) return undefined;
      const away = redisAttention(store, Date.now());
      if (latest !== undefined && away !== undefined)
        yield { ...latest, attention: [away, ...latest.attention] };
    }
  }
  try {
    yield* awaiting(feed.followBackfills());
    let shown = "";
    let shownMs = 0;
    while (signal?.aborted !== true) {
      const detail = yield* awaiting(describe());
      if (detail === undefined) return;
      latest = detail;
      const text = JSON.stringify([detail.status, detail.counts, detail.attention]);
      if (text !== shown || now() - shownMs >= silenceMs) {
        shown = text;
        shownMs = now();
        yield detail;
      }
      if (isFinalStatus(detail.status)) return;
      // A change of status ends the wait at once; counts are read four times a second.
      yield* awaiting(feed.read(250));
    }
  } finally {
    redis.patienceMs = patienceMs;
    signal?.removeEventListener("abort", stop);
    feed.close();
  }
}
