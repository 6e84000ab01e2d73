/** @type {import("../../scripts/mutantList.mjs").FaultyFile[]} */
export const files = [
  {
    file: "packages/worker/src/claim/permitDelayMs.ts",
    tests: ["packages/worker/src/claim/permitDelayMs.test.ts"],
    isQuick: true,
    faults: [
      { find: "starts - 1", replace: "starts" },
      { find: "1 - random / 2", replace: "1 - random" },
      { find: "Math.min(mostMs, 25", replace: "Math.max(mostMs, 25" },
    ],
  },
  {
    file: "packages/worker/src/claim/callBatcher.ts",
    tests: ["packages/worker/src/claim/callBatcher.test.ts"],
    isQuick: true,
    faults: [
      {
        find: "return requests > this.#most;",
        replace: "return requests > this.#most + 1;",
      },
      {
        find: "if (this.#waiting.length === 0) this.#isScheduled = false;\n    else if",
        replace: "if",
      },
      { find: "!canWait || !others || this.#requests >= enough", replace: "!canWait" },
      { find: "      if (this.#isUrgent) this.#endGathering();\n", replace: "" },
      { find: "if (!this.#isUrgent) this.#gather();\n    else if", replace: "if" },
      {
        find: "for (const { reject } of batch) reject(error);",
        replace: "batch[0]?.reject(error);",
      },
      {
        find: "names.size < 2",
        replace: "names.size < 1",
        tests: [
          "packages/worker/src/claim/callBatcher.test.ts",
          "packages/worker/src/claim/assetWork.redis.test.ts",
        ],
      },
    ],
  },
  {
    file: "packages/worker/src/job/jobSlots.ts",
    tests: ["packages/worker/src/job/jobSlots.test.ts"],
    isQuick: true,
    faults: [
      { find: "this.#taken < this.#slots", replace: "this.#taken <= this.#slots" },
      { find: "    for (const job of this.#waiting) job.answer(false);\n", replace: "" },
      { find: "if (this.#isClosed) job.answer(false);\n    else if", replace: "if" },
      { find: "    this.#taken--;\n    this.#took", replace: "    this.#took" },
      { find: "    job.suspend();\n    this.#taken--;\n", replace: "    job.suspend();\n" },
      { find: "    this.#waiting.add(job);\n  }\n", replace: "  }\n" },
      { find: "isMoreUrgentThan(job) !== true", replace: "goesBefore(job) !== true" },
      {
        find: "return this.#priority < other.#priority;\n    return",
        replace: "return this.#priority > other.#priority;\n    return",
      },
      { find: "    this.#waiting.delete(next);\n", replace: "" },
      { find: "Math.ceil(this.#slots * mostWaiting)", replace: "this.#slots" },
    ],
  },
  {
    file: "packages/worker/src/job/claimAhead.ts",
    tests: ["packages/worker/src/job/claimTogether.redis.test.ts"],
    faults: [
      { find: "    clearTimeout(this.#timer);\n    if", replace: "    if" },
      { find: "      this.giveBack().catch(() => {});\n", replace: "" },
    ],
  },
  {
    file: "packages/worker/src/claim/claimWithPermits.ts",
    tests: ["packages/worker/src/claim/claimWithPermits.redis.test.ts"],
    faults: [
      { find: "      await permits.release(holder);\n", replace: "" },
      { find: "if (scopes.length === 0) permits.learnCapped(backfillId);", replace: "" },
      {
        find: "performance.now() - askedMs > permits.reviewMs / 2;\n    if",
        replace: "performance.now() < askedMs;\n    if",
      },
      {
        find: "performance.now() - askedMs > permits.reviewMs / 2;\n  const claims",
        replace: "performance.now() < askedMs;\n  const claims",
      },
      { find: "  await permits.releaseAll(unused);\n", replace: "" },
      { find: "refused === -1 ? requests.length : refused", replace: "requests.length" },
    ],
  },
  {
    file: "packages/worker/src/job/backfillPlans.ts",
    tests: ["packages/worker/src/job/backfillPlans.redis.test.ts"],
    isQuick: true,
    faults: [
      { find: "if (ageMs >= mostAgeMs) return undefined;", replace: "" },
      { find: "ageMs >= mostAgeMs", replace: "ageMs > mostAgeMs" },
      { find: "if (ageMs >= freshMs) this", replace: "this" },
      { find: "ageMs >= freshMs", replace: "ageMs > freshMs" },
      { find: "if (ageMs >= freshMs) this.#ask(backfillId).catch(() => {});", replace: "" },
      { find: "if (underway !== undefined) return underway;", replace: "" },
      { find: "if (this.#asking.get(backfillId) !== asking) return;", replace: "" },
      { find: "    this.#answers.delete(backfillId);\n", replace: "" },
      { find: "    this.#asking.delete(backfillId);\n  }", replace: "  }" },
      { find: "      this.#asking.delete(backfillId);\n      if", replace: "      if" },
      {
        find: "olderThanNeeded(this.#store, this.#versions, needed)",
        replace: "olderThanNeeded(this.#store, needed, this.#versions)",
      },
    ],
  },
  {
    file: "packages/worker/src/claim/releaseUnknownClaims.ts",
    tests: ["packages/worker/src/claim/releaseUnknownClaims.redis.test.ts"],
    faults: [
      { find: " || isOpen(claim.claimNumber)", replace: "" },
      {
        find: " || claim.session !== session",
        replace: "",
        survives: "release_partitions leaves another session's claim alone; this saves the call.",
      },
    ],
  },
  {
    file: "packages/worker/src/session/sharedEntries.ts",
    tests: ["packages/worker/src/session/sharedEntries.test.ts"],
    isQuick: true,
    faults: [
      { find: "entryBytes >= neededBytes && free.length > 0", replace: "free.length > 0" },
      { find: "    this.#isThere = false;\n", replace: "" },
      { find: "    Atomics.store(this.#page.words, this.#markAt, 0);\n", replace: "" },
      {
        find: "if (this.#isThere) Atomics.store(this.#page.words, this.#markAt, mark);",
        replace: "Atomics.store(this.#page.words, this.#markAt, mark);",
      },
    ],
  },
  {
    file: "packages/worker/src/run/stopOrder.ts",
    tests: ["packages/worker/src/run/stopOrder.test.ts"],
    isQuick: true,
    faults: [
      { find: "if (this.#error !== undefined) return;", replace: "" },
      { find: "    else listener();\n", replace: "" },
      { find: "if (this.#error !== undefined) this.#controller.abort(this.#error);", replace: "" },
      { find: "    this.#listener?.();\n", replace: "" },
    ],
  },
];
