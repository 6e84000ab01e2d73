const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A count for people: `1,284`. */
export function countText(count: number): string {
  return count.toLocaleString("en-US");
}

/** A count with its noun: `1 partition`, `1,284 partitions`. */
export function countOf(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** A duration with its two largest units, cut off: `850ms`, `4.2s`, `4m12s`, `3h05m`, `2d03h`. */
export function durationText(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < second) return `${Math.round(ms)}ms`;
  if (ms < 10 * second) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  if (ms < minute) return `${Math.floor(ms / second)}s`;
  if (ms < hour) return `${Math.floor(ms / minute)}m${twoDigits((ms % minute) / second)}s`;
  if (ms < day) return `${Math.floor(ms / hour)}h${twoDigits((ms % hour) / minute)}m`;
  return `${Math.floor(ms / day)}d${twoDigits((ms % day) / hour)}h`;
}

/** A time that is still to pass, as coarse as the guess that it is: `42 s left`, `3 min left`, `2 h 05 min left`. */
export function remainingText(remainingMs: number): string {
  const seconds = Math.ceil(Math.max(0, remainingMs) / second);
  if (seconds < 60) return `${seconds} s left`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min left`;
  const hours = Math.floor(minutes / 60);
  return hours < 48
    ? `${hours} h ${twoDigits(minutes % 60)} min left`
    : `${Math.round(hours / 24)} days left`;
}

/** A rate for people: `21.4/s`, or `8.0/min` where it is less than one a second. */
export function rateText(perSecond: number): string {
  if (perSecond >= 1_000) return `${countText(Math.round(perSecond))}/s`;
  if (perSecond >= 1) return `${perSecond.toFixed(1)}/s`;
  return `${(perSecond * 60).toFixed(1)}/min`;
}

/** An instant for people: ISO 8601 in UTC, cut to seconds. Text that is no instant stays as it is. */
export function instantText(iso: string): string {
  return iso.replace(/\.\d+Z$/, "Z");
}

function twoDigits(value: number): string {
  return String(Math.floor(value)).padStart(2, "0");
}
