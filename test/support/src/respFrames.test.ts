import { expect, test } from "vitest";
import { isReply, respFrames } from "./respFrames.ts";

const frames = [
  "+OK\r\n",
  "-ERR no\r\n",
  ":42\r\n",
  "$5\r\nab\r\nc\r\n",
  "$-1\r\n",
  "*-1\r\n",
  "*0\r\n",
  "*2\r\n$1\r\na\r\n*1\r\n:1\r\n",
  "%1\r\n+key\r\n*2\r\n:1\r\n:2\r\n",
  "|1\r\n+ttl\r\n:3\r\n*1\r\n#t\r\n",
  "~1\r\n,1.5\r\n",
  "_\r\n",
];

test("cuts a stream into the frames that were written, wherever it was chopped", () => {
  const stream = Buffer.from(frames.join(""));
  for (const size of [1, 2, 3, 7, 1_000]) {
    const next = respFrames();
    const seen: string[] = [];
    for (let start = 0; start < stream.length; start += size) {
      seen.push(...next(stream.subarray(start, start + size)).map(String));
    }
    expect(seen).toEqual(frames);
  }
});

test("what a server pushes by itself is not a reply", () => {
  expect(isReply(Buffer.from(">1\r\n+message\r\n"))).toBe(false);
  expect(isReply(Buffer.from("*1\r\n+message\r\n"))).toBe(true);
});
