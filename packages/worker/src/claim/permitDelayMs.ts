/**
 * The longest delay, in milliseconds: well below the time for which a refused backfill keeps its
 * place in the line.
 */
const mostMs = 1_000;

/**
 * The delay before a refused job asks for a permit again, in milliseconds. Short at first, longer
 * after each refusal, and random, so that jobs that were refused together do not return together.
 *
 * @param starts how often a worker has taken the job, this time included
 * @param random in [0, 1)
 */
export function permitDelayMs(starts: number, random: number): number {
  const full = Math.min(mostMs, 25 * 2 ** Math.min(Math.max(0, starts - 1), 10));
  return Math.max(1, Math.round(full * (1 - random / 2)));
}
