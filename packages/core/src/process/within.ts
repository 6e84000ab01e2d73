/**
 * Waits for a promise for a limited time, then continues without it: for closing, which a lost
 * Redis would never answer.
 *
 * @returns whether it settled in time, whether resolved or rejected
 */
export async function within(ms: number, ending: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const inTime = ending.then(
    () => true,
    () => true,
  );
  const outcome = await Promise.race([inTime, late]);
  clearTimeout(timer);
  return outcome;
}
