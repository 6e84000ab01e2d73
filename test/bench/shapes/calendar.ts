/** The first day of all time windows of the shapes: a Sunday, so that weeks begin with it. */
export const firstDay = "1905-01-01";

const firstMs = Date.UTC(1905, 0, 1);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Partition text of the first hours. */
export function hoursText(hours: number): string {
  return `[${firstDay}-00:00...${hourKey(hours - 1)}]`;
}

/** Partition text of the full hours among the first half hours: no two of them are neighbors. */
export function everyOtherHalfHourText(hours: number): string {
  return `[${firstDay}-00:00...${hourKey(hours - 1)}] & *:00`;
}

/** Partition text of the first days. */
export function daysText(days: number): string {
  const last = new Date(firstMs + (days - 1) * dayMs).toISOString().slice(0, 10);
  return `[${firstDay}...${last}]`;
}

function hourKey(index: number): string {
  const [date, time] = new Date(firstMs + index * hourMs).toISOString().split("T");
  return `${date}-${time?.slice(0, 5)}`;
}
