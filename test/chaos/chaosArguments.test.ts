import { expect, test } from "vitest";
import { chaosArguments } from "./chaosArguments.ts";

const known = ["F1", "F2", "F23"];

test("faults, a seed and a size are read, and all faults have a name", () => {
  expect(
    chaosArguments(["--faults", "F1,F23", "--seed", "7", "--partitions", "500", "--json"], known),
  ).toMatchObject({ faults: ["F1", "F23"], seed: "7", partitions: 500, json: true, seeds: 1 });
  expect(chaosArguments(["--faults", "all"], known)).toMatchObject({
    faults: known,
    partitions: 2_000,
    json: false,
  });
});

test("what makes no sense is refused in a sentence that says what there is", () => {
  expect(chaosArguments(["--faults", "F1,F99"], known)).toMatchObject({
    wrong: "There is no fault F99; there are F1, F2, F23.",
  });
  expect(chaosArguments(["--partitions", "many"], known)).toMatchObject({
    wrong: '--partitions takes a whole number above 0, not "many".',
  });
  expect(chaosArguments(["--faults", "F1", "--json", "--markdown"], known)).toMatchObject({
    wrong: expect.stringContaining("give one of them"),
  });
  expect(chaosArguments(["--faults", "", "--seed", "1"], known)).toMatchObject({
    wrong: "--faults names none; there are F1, F2, F23.",
  });
  expect(chaosArguments(["--fault", "F1"], known)).toMatchObject({
    wrong: expect.stringContaining('Unknown argument "--fault"'),
  });
});
