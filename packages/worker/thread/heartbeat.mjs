/**
 * The thread that renews a worker's claims and jobs while users' functions may block the main event
 * loop. Plain JavaScript beside `src` and `dist`, so that it can be loaded from both.
 * `src/session/heartbeat.ts` starts it and documents the messages. It imports only the Redis client
 * and files beside it.
 */
import { writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { Redis } from "ioredis";
import { readEntries } from "./readEntries.mjs";

/** @typedef {import("../src/session/heartbeatMessages.ts").HeartbeatWork & { number: number, partition: string, isGranted: boolean }} HeldClaim */

if (parentPort === null) throw new Error("Bug: the heartbeat runs in a thread only");
const port = parentPort;
/** @type {import("../src/session/heartbeatMessages.ts").HeartbeatData} */
const data = workerData;
const { leaseMs, maxBlockedMs, scripts } = data;
/** Changes when the main thread's loop turns. */
const turned = new Int32Array(data.turned);

/** Time between two checks of the main thread, in milliseconds. */
const lookMs = 250;
/** How long the main thread must be blocked before a warning, in milliseconds. */
const warnFromMs = 3_000;
/** Most partitions that one warning names. */
const mostNamed = 20;

const redis = new Redis(data.url, data.connection);
// Commands that Redis refuses fail and are reported; an error of the connection alone needs no
// report.
redis.on("error", () => {});
redis.defineCommand("infillRenew", { lua: scripts.renew });
redis.defineCommand("infillWrite", { lua: scripts.write });
redis.defineCommand("infillExtend", { lua: scripts.extend });

let entry = data.entry;
/** Shared memory with the main thread's claims and jobs. */
const pages = [...data.pages];
/** Marks of the entries, as in `src/session/heartbeatMessages.ts`. */
const marks = { granted: 2, job: 3, work: 4 };
/** Numbers of lapsed claims that were reported to the main thread and are still in its memory. */
const lost = new Set();
/** When each asset's claims were last renewed, or first seen, by this thread's clock. */
const renewed = new Map();
/** How long the main thread has not turned, in milliseconds of this thread's own running time. */
let blockedMs = 0;
let lastTurn = turned[0];
let lastLook = performance.now();
let isTold = false;
let isWarned = false;
let isGivenUp = false;
let isFailing = false;
let isStopping = false;
/** @type {Promise<void> | undefined} */
let beating;
let beatingSince = 0;

port.on("message", (message) => {
  if (message.page !== undefined) pages.push(message.page);
  if (message.entry !== undefined) {
    entry = message.entry;
    beat();
  }
  if (message.stop === true) void stop();
});

const looking = setInterval(look, lookMs);
const beats = setInterval(beat, Math.floor(leaseMs / 3));
beat();

/**
 * Checks whether the main thread turns. A freeze of the whole process does not count as a block.
 */
function look() {
  const now = performance.now();
  const sinceMs = Math.min(now - lastLook, 2 * lookMs);
  lastLook = now;
  const turn = Atomics.load(turned, 0);
  if (turn !== lastTurn) {
    lastTurn = turn;
    if (isWarned) port.postMessage({ kind: "unblocked", blockedMs: Math.round(blockedMs), isTold });
    const wasGivenUp = isGivenUp;
    blockedMs = 0;
    isTold = isWarned = isGivenUp = false;
    if (wasGivenUp) beat();
    return;
  }
  blockedMs += sinceMs;
  if (blockedMs >= warnFromMs && !isWarned) {
    isWarned = true;
    isTold = tell(
      `the event loop has been blocked for ${seconds(blockedMs)} s by a function that computes without waiting; ` +
        `heartbeats go on for at most ${seconds(maxBlockedMs)} s (--max-blocked), everything else of this worker waits`,
    );
    beat();
  }
  if (blockedMs >= maxBlockedMs && !isGivenUp) {
    isGivenUp = true;
    isTold =
      tell(
        `the event loop has been blocked for ${seconds(blockedMs)} s, the most that is waited for (--max-blocked); ` +
          "this worker's claims are no longer renewed, and its partitions start elsewhere",
      ) || isTold;
  }
}

/** Renews the worker's entry, and also its claims and jobs unless the main thread is given up. */
function beat() {
  if (beating !== undefined) {
    // Without this check nobody would notice a connection that never answers.
    if (performance.now() - beatingSince > leaseMs && redis.status === "ready")
      redis.disconnect(true);
    return;
  }
  beatingSince = performance.now();
  beating = sendBeat().finally(() => {
    beating = undefined;
  });
}

async function sendBeat() {
  const isBlocked = isWarned && !isStopping;
  const written = isBlocked ? { ...entry.value, blockedMs: Math.round(blockedMs) } : entry.value;
  const [worker, , lease, keep] = entry.args;
  const sent = [redis.infillWrite(2, ...entry.keys, worker, JSON.stringify(written), lease, keep)];
  if (!isGivenUp) {
    const { claims, jobs } = held();
    for (const [asset, work] of workByAsset(claims)) sent.push(renew(asset, work));
    for (const { lock, stalled, token, id } of jobs)
      sent.push(redis.infillExtend(2, lock, stalled, token, leaseMs, id));
  }
  const failed = (await Promise.allSettled(sent)).find(({ status }) => status === "rejected");
  if (isStopping) return;
  if (failed !== undefined && !isFailing)
    port.postMessage({ kind: "failed", error: String(failed.reason?.message ?? failed.reason) });
  if (failed === undefined && isFailing) port.postMessage({ kind: "recovered" });
  isFailing = failed !== undefined;
}

/**
 * Reads the main thread's present claims and jobs. `claims` includes those without an answer yet,
 * because Redis may have granted them.
 */
function held() {
  /** @type {HeldClaim[]} */
  const claims = [];
  /** @type {import("../src/session/heartbeatMessages.ts").HeartbeatJob[]} */
  const jobs = [];
  const works = new Map();
  const entries = readEntries(pages);
  for (const { text, mark } of entries) {
    if (mark !== marks.work) continue;
    const work = JSON.parse(text);
    works.set(String(work.number), work);
  }
  for (const { text, mark } of entries) {
    if (mark === marks.job) jobs.push(JSON.parse(text));
    if (mark === marks.job || mark === marks.work) continue;
    const [, number, work, partition] = /^(\d+) (\d+) (.*)$/s.exec(text);
    // Written during this read: Redis has not been asked for it yet.
    if (!works.has(work)) continue;
    const isGranted = mark === marks.granted;
    claims.push({ ...works.get(work), number: Number(number), partition, isGranted });
  }
  const numbers = new Set(claims.map(({ number }) => number));
  for (const number of lost) if (!numbers.has(number)) lost.delete(number);
  return { claims: claims.filter(({ number }) => !lost.has(number)), jobs };
}

function workByAsset(claims) {
  const byAsset = new Map();
  for (const { asset, sessions, backfill, ledger, number, isGranted } of claims) {
    let work = byAsset.get(asset);
    if (work === undefined)
      byAsset.set(asset, (work = { sessions, ledgers: new Map(), numbers: [] }));
    work.ledgers.set(backfill, ledger);
    // A claim without an answer may have been granted before or after a lapse.
    if (isGranted) work.numbers.push(number);
    if (!renewed.has(asset)) renewed.set(asset, performance.now());
  }
  for (const asset of renewed.keys()) if (!byAsset.has(asset)) renewed.delete(asset);
  return byAsset;
}

async function renew(asset, { sessions, ledgers, numbers }) {
  const keys = [sessions, ...ledgers.values()];
  const [word, ...controls] = await redis.infillRenew(keys.length, ...keys, data.session, leaseMs);
  const now = performance.now();
  if (word === "lost") {
    const lateMs = Math.round(now - (renewed.get(asset) ?? now));
    for (const number of numbers) lost.add(number);
    if (numbers.length === 0) return;
    port.postMessage({ kind: "lost", asset, numbers, lateMs });
    return;
  }
  renewed.set(asset, now);
  const backfills = [...ledgers.keys()];
  for (const [at, control] of controls.entries())
    if (control !== "running" && control !== "paused")
      port.postMessage({ kind: "control", asset, backfill: backfills[at], control });
}

/**
 * Writes a warning to stderr at once, without the main thread, if the worker's options ask for it.
 *
 * @returns whether it was written
 */
function tell(message) {
  if (data.warnings === "log") return false;
  const running = held()
    .claims.filter(({ isGranted }) => isGranted)
    .map(({ asset, partition }) => `${asset} ${partition}`.trim());
  const partitions = running.slice(0, mostNamed);
  const fields = { worker: data.session, pid: process.pid, partitions, running: running.length };
  const time = new Date().toISOString();
  const line =
    data.warnings === "json"
      ? JSON.stringify({ time, level: "warn", message, ...fields })
      : `${time} warn  ${message} ${Object.entries(fields)
          .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
          .join(" ")}`;
  try {
    writeSync(2, `${escaped(line)}\n`);
    return true;
  } catch {
    // Nobody reads stderr: the main thread logs it when it turns again.
    return false;
  }
}

/** Escapes control characters: partition keys are users' text and must not affect a terminal. */
function escaped(text) {
  return text.replaceAll(
    /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function seconds(ms) {
  return Math.round(ms / 1_000);
}

/**
 * Waits for the present beat, so that nothing is written after the main thread has removed the
 * worker's entry.
 */
async function stop() {
  isStopping = true;
  clearInterval(looking);
  clearInterval(beats);
  await Promise.race([beating, new Promise((resolve) => setTimeout(resolve, 1_000))]);
  redis.disconnect();
  port.close();
}
