import { z } from "zod";

/** The latest instant of a JavaScript date, epoch milliseconds; the earliest is its negative. */
const latestMs = 8.64e15;

/** Epoch milliseconds in stored JSON. A number that no date can show is damage. */
export const storedInstantSchema = z.number().min(-latestMs).max(latestMs);

/**
 * Epoch milliseconds from text in Redis, such as a score or the first part of a stream's id.
 *
 * @returns 0, which stands for "unknown", for text that no date can show
 */
export function storedInstantOf(text: string | undefined): number {
  const ms = text === undefined || text === "" ? 0 : Number(text);
  return Math.abs(ms) <= latestMs ? ms : 0;
}
