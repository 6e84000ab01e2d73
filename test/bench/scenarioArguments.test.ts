import { expect, test } from "vitest";
import { namesArgument, numberArgument, textArgument } from "./scenarioArguments.ts";

const args = ["--partitions", "500", "--only", "tenants,cube", "--rounds", "none", "--profile"];
const known = ["single", "tenants", "cube"];

test("a number is what follows its flag, or the default", () => {
  expect(numberArgument(args, "--partitions", 7)).toBe(500);
  expect(numberArgument(args, "--seconds", 7)).toBe(7);
});

test("only whole numbers above 0 are numbers", () => {
  expect(() => numberArgument(args, "--rounds", 7)).toThrow(
    "--rounds takes a whole number above 0",
  );
  for (const wrong of ["0", "-1", "1.5"])
    expect(() => numberArgument(["--rounds", wrong], "--rounds", 7)).toThrow("--rounds takes");
});

test("names are divided by commas, and all are meant without the flag", () => {
  expect(namesArgument(args, "--only", known)).toEqual(["tenants", "cube"]);
  expect(namesArgument([], "--only", known)).toEqual(known);
});

test("an unknown name, and no name at all, are refused with what there is", () => {
  expect(() => namesArgument(["--only", "cube,cubes"], "--only", known)).toThrow(
    "--only takes names of single, tenants, cube, not cubes",
  );
  expect(() => namesArgument(["--only"], "--only", known)).toThrow("--only takes names of single");
});

test("a text is what follows its flag", () => {
  expect(textArgument(args, "--only")).toBe("tenants,cube");
  expect(textArgument(args, "--profile")).toBeUndefined();
});
