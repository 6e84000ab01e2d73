/**
 * Waits for something for a limited time, and goes on without it: for farewells that a lost Redis would never answer.
 *
 * @returns whether it ended in time; how it ended does not matter
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
