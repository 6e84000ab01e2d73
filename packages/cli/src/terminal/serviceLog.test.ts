import { expect, test } from "vitest";
import { Output } from "./output.ts";
import { serviceLog } from "./serviceLog.ts";
import { testIo, testNowMs } from "../testing/testIo.ts";

function logged(output: "json" | "table", message: unknown, fields: unknown): string {
  const io = testIo();
  const shared = { output, color: "never" } as const;
  // What a function of a user passes is not checked by anybody.
  const log = serviceLog(new Output(io, shared as never), () => testNowMs);
  log.warn(message as string, fields as object);
  return io.err;
}

const hostile = () => ({
  big: 10n,
  get broken(): string {
    throw new Error("no");
  },
  toString: 1,
});

test("a JSON log takes big integers and getters that throw", () => {
  expect(JSON.parse(logged("json", "hostile", hostile()))).toEqual({
    time: new Date(testNowMs).toISOString(),
    level: "warn",
    message: "hostile",
    big: "10",
    broken: "[unreadable]",
    toString: 1,
  });
});

test("a log for people takes big integers and getters that throw", () => {
  expect(logged("table", 10n, hostile())).toContain(
    'warn  10 big=10 broken="[unreadable]" toString=1',
  );
});

test("a cycle in the fields is one line of JSON", () => {
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  expect(JSON.parse(logged("json", "x", circular))).toMatchObject({ self: "[circular]" });
});

test("fields do not hide the message, the level or the time", () => {
  const line = logged("json", "mine", { message: "theirs", level: 7 });
  expect(JSON.parse(line)).toMatchObject({
    message: "mine",
    level: "warn",
    message_: "theirs",
    level_: 7,
  });
});

test("the name of a field cannot begin another line", () => {
  expect(logged("table", "x", { "a\nerror fake": 1 }).trimEnd().split("\n")).toHaveLength(1);
});
