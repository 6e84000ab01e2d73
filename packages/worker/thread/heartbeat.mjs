/**
 * The thread that prolongs what a worker holds while functions of users may block the event loop of the worker's own
 * thread. Plain JavaScript, beside `src` and `dist`, so that it starts from both; `src/session/heartbeat.ts` starts it and says
 * what each message means. It imports nothing but the Redis client and what
 * is beside it.
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

/** Time between two looks at the main thread, in milliseconds. */
const lookMs = 250;
/** The main thread is told of as blocked from here on, in milliseconds. */
const warnFromMs = 3_000;
/** Partitions that one line names. */
const mostNamed = 20;

const redis = new Redis(data.url, data.connection);
// What is sent fails where Redis refuses it, and that is told; an error of the connection alone needs no words.
redis.on("error", () => {});
redis.defineCommand("infillRenew", { lua: scripts.renew });
redis.defineCommand("infillWrite", { lua: scripts.write });
redis.defineCommand("infillExtend", { lua: scripts.extend });

let entry = data.entry;
/** Memory in which the main thread keeps what it holds. */
const pages = [...data.pages];
/** Marks of what is held, as in `src/session/heartbeatMessages.ts`. */
const marks = { granted: 2, job: 3, work: 4 };
/** Numbers of lapsed claims that the main thread has been told of and still holds. */
const lost = new Set();
/** When each asset's claims were last prolonged, or first seen, by this thread's clock. */
const renewed = new Map();
/** For how long the main thread has not turned, in milliseconds of this thread's own running time. */
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

/** Looks whether the main thread turns. Where the whole process stood still, neither did it count against it. */
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

/** Prolongs the worker's entry, and its claims and jobs unless the main thread is given up. */
function beat() {
  if (beating !== undefined) {
    // A connection that swallows everything is not noticed by anybody else.
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

/** What the main thread holds now. `claims` has those that it asked for and has no answer to: they may have been granted. */
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
    // Written while this was reading: Redis has not been asked for it yet.
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
    // Of one without an answer nobody knows yet on which side of a lapse it is.
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
 * Writes a warning to stderr at once, past the main thread, where that asked for it.
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
    // Nobody reads: the main thread says it when it turns again.
    return false;
  }
}

/** Partition keys are text of users: on a terminal they must not act. */
function escaped(text) {
  return text.replaceAll(
    /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function seconds(ms) {
  return Math.round(ms / 1_000);
}

/** Lets a beat end that is under way, so that nothing is written after the main thread has said goodbye. */
async function stop() {
  isStopping = true;
  clearInterval(looking);
  clearInterval(beats);
  await Promise.race([beating, new Promise((resolve) => setTimeout(resolve, 1_000))]);
  redis.disconnect();
  port.close();
}
