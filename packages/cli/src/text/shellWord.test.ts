import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { shellWord } from "./shellWord.ts";

test.each(["sales", "2024-01-01|us", "it's", "$(x) `y` *", "", "a b", "!x", "tag:a,b+2"])(
  "a shell reads %j back",
  (word) => {
    const read = execFileSync("sh", ["-c", `printf %s ${shellWord(word)}`], { encoding: "utf8" });
    expect(read).toBe(word);
  },
);

test("plain words stay plain", () => {
  expect(shellWord("2024-01-01")).toBe("2024-01-01");
});
