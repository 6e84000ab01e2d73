import { dayOfDate, msPerDay } from "./civilDate.ts";

const printed = /^(\d+)\/(\d+)\/(\d+) ([AB])\w*, (\d+):(\d+):(\d+)$/;

/**
 * A function that asks the runtime for a zone's offset from UTC at an instant, in milliseconds, exact to the second
 * (local mean times before about 1900 have seconds).
 */
export function createOffsetReader(runtimeZone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: runtimeZone,
    hourCycle: "h23",
    era: "short",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  return (ms) => {
    const seconds = Math.floor(ms / 1000);
    const match = printed.exec(format.format(seconds * 1000));
    if (match === null) throw new Error(`Bug: cannot read the runtime's date in ${runtimeZone}.`);
    const [month, day, writtenYear] = [Number(match[1]), Number(match[2]), Number(match[3])];
    const year = match[4] === "B" ? 1 - writtenYear : writtenYear;
    const time = (Number(match[5]) * 60 + Number(match[6])) * 60 + Number(match[7]);
    return dayOfDate(year, month, day) * msPerDay + time * 1000 - seconds * 1000;
  };
}
