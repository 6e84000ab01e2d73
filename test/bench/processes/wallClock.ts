/** Epoch milliseconds with fractions; the same in every process of a machine, to well under a millisecond. */
export function wallClockMs(): number {
  return performance.timeOrigin + performance.now();
}
