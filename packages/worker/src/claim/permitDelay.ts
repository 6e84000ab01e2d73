/** The longest delay, in milliseconds: well below the time for which a refused backfill keeps its place in the line. */
const mostMs = 1_000;

/**
 * After how long a job that was refused a permit comes again, in milliseconds: soon at first, later after each refusal,
 * and never together with others that were refused at the same time.
 *
 * @param starts how often the job was taken by a worker, this time included
 * @param random in [0, 1)
 */
export function permitDelayMs(starts: number, random: number): number {
  const full = Math.min(mostMs, 25 * 2 ** Math.min(Math.max(0, starts - 1), 10));
  return Math.max(1, Math.round(full * (1 - random / 2)));
}
