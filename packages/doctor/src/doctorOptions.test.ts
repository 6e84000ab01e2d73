import { InvalidOptionsError, parseOptions } from "@infill/core";
import { expect, test } from "vitest";
import { doctorOptionsSchema } from "./doctorOptions.ts";

const parse = (given: object) => parseOptions(doctorOptionsSchema, given, "doctor options");

test("looks only, waits for five seconds and names itself unless told otherwise", () => {
  expect(parse({})).toEqual({
    ...{ actor: "doctor", reason: "its state was repaired", fix: false, patienceMs: 5_000 },
  });
});

test.each([
  { patienceMs: 0, actor: "", reason: "" },
  { patienceMs: 3_600_000, actor: "x".repeat(200), reason: "x".repeat(2_000) },
])("takes the ends of the ranges", (ends) => {
  expect(parse(ends)).toMatchObject(ends);
});

test.each([
  [{ patienceMs: -1 }, "patienceMs: got -1; expected at least 0."],
  [{ patienceMs: 3_600_001 }, "patienceMs: got 3600001; expected at most 3600000."],
  [{ fix: "yes" }, 'fix: got "yes"; invalid input: expected boolean, received string.'],
  [{ actor: "x".repeat(201) }, "expected at most 200 characters."],
  [{ reason: "x".repeat(2_001) }, "expected at most 2000 characters."],
  [{ patience: 5 }, '"patience" is not an option here; did you mean "patienceMs"?'],
])("refuses what its schema refuses", (wrong, problem) => {
  expect(() => parse(wrong)).toThrow(InvalidOptionsError);
  expect(() => parse(wrong)).toThrow(problem);
});
