import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { DevRunningError } from "../terminal/commandErrors.ts";
import { isRedisProcess } from "./isRedisProcess.ts";
import { writing } from "../project/writing.ts";

const devStateSchema = z.object({
  /** Version of this shape. */
  version: z.literal(1),
  /** The process of `infill dev`. */
  pid: z.int().min(1),
  /** Address of its Redis; absent until that is up. */
  redisUrl: z.string().optional(),
  /** The Redis that it manages; absent where it was given one. */
  redis: z.object({ pid: z.int().min(1), port: z.int().min(1).max(65_535) }).optional(),
});

/** What a running `infill dev` tells the other commands, in `.infill/dev.json`. */
export type DevState = z.output<typeof devStateSchema>;

/** The file in which the `infill dev` of a project's directory writes what it is. */
export function devStateFile(directory: string): string {
  return join(directory, ".infill", "dev.json");
}

/** What is written of an `infill dev` in the directory, alive or not; undefined where there is nothing readable. */
export function readDevState(directory: string): DevState | undefined {
  try {
    return devStateSchema.parse(JSON.parse(readFileSync(devStateFile(directory), "utf8")));
  } catch {
    return undefined;
  }
}

/**
 * The address of the Redis of the `infill dev` that runs in the directory; undefined where none does. A file that a
 * killed one left is recognized, also when its process id belongs to another process by now.
 */
export async function liveDevRedisUrl(directory: string): Promise<string | undefined> {
  const state = readDevState(directory);
  return state !== undefined && (await isAlive(state)) ? state.redisUrl : undefined;
}

/**
 * Claims the directory for this process.
 *
 * @returns what a dead `infill dev` left there, if anything
 * @throws DevRunningError where one is alive
 */
export async function claimDevState(directory: string, pid: number): Promise<DevState | undefined> {
  const file = devStateFile(directory);
  writing(file, () => mkdirSync(dirname(file), { recursive: true }));
  const left = readDevState(directory);
  if (left !== undefined && (await isAlive(left))) throw new DevRunningError(left.pid, directory);
  rmSync(file, { force: true });
  try {
    writeFileSync(file, textOf({ version: 1, pid }), { flag: "wx", mode: 0o600 });
  } catch (error) {
    const other = readDevState(directory);
    if (other === undefined) throw error;
    throw new DevRunningError(other.pid, directory);
  }
  return left;
}

/** Replaces what the claim wrote. The file may hold a password, so only its owner can read it. */
export function writeDevState(directory: string, state: DevState): void {
  const file = devStateFile(directory);
  writing(file, () => writeFileSync(file, textOf(state), { mode: 0o600 }));
}

/** Gives the directory up. */
export function releaseDevState(directory: string): void {
  rmSync(devStateFile(directory), { force: true });
}

async function isAlive(state: DevState): Promise<boolean> {
  if (!isProcessAlive(state.pid)) return false;
  return state.redis === undefined || (await isRedisProcess(state.redis.port, state.redis.pid));
}

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function textOf(state: DevState): string {
  return `${JSON.stringify(state)}\n`;
}
