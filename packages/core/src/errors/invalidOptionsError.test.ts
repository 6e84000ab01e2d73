import { expect, test } from "vitest";
import { z } from "zod";
import { parseOptions } from "./invalidOptionsError.ts";

const schema = z.strictObject({
  key: z.string().min(1).max(3).optional(),
  names: z.array(z.string()).min(2).optional(),
  share: z.number().gt(0).max(1).optional(),
});

test.each([
  [{ key: "" }, 'Invalid thing: key: got ""; expected at least 1 character.'],
  [{ key: "long" }, 'Invalid thing: key: got "long"; expected at most 3 characters.'],
  [{ names: ["a"] }, 'Invalid thing: names: got ["a"]; expected at least 2 entries.'],
  [{ share: 0 }, "Invalid thing: share: got 0; expected more than 0."],
  [{ share: 2 }, "Invalid thing: share: got 2; expected at most 1."],
])("%j is refused with its limit in plain words", (value, message) => {
  expect(() => parseOptions(schema, value, "thing")).toThrow(message);
});
