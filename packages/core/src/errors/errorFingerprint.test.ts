import { expect, test } from "vitest";
import { errorFingerprint, errorTemplate, fingerprintPattern } from "./errorFingerprint.ts";

test.each([
  ["503 from https://api.example.com/v1/days?d=2024-01-05", "503 from {url}"],
  ["Request failed with status code 429", "Request failed with status code 429"],
  ["connect ECONNREFUSED 10.0.0.7:5432", "connect ECONNREFUSED {n}"],
  ["no data for raw 2001-03-04", "no data for raw {time}"],
  ["no data for 2001-03-04|us", "no data for {time}|us"],
  ["timeout of 30000ms exceeded after 12.5 s", "timeout of {n}ms exceeded after {n} s"],
  [
    "ENOENT: no such file or directory, open '/data/in/2024-01-05.csv'",
    "ENOENT: no such file or directory, open '{text}'",
  ],
  ["cannot read /data/in/7.csv", "cannot read {path}"],
  [String.raw`cannot read C:\data\7.csv.`, "cannot read {path}."],
  ['column "a_b" of row 17 is null', 'column "{text}" of row {n} is null'],
  ["run 0f8fad5b-d9cb-469f-a165-70867728950e is gone", "run {id} is gone"],
  ["commit 9fceb02d0ae598e95dc970b74767f19372d61af8", "commit {id}"],
  ["job bf_01JD3K9V000000000000000000 died", "job {id} died"],
  ["mail to ann@example.com bounced", "mail to {id} bounced"],
  ["at 12:30:01 the\n  lock\twas lost", "at {time} the lock was lost"],
  ["can't open what isn't there", "can't open what isn't there"],
  ["an unclosed 'quote and 5 more", "an unclosed 'quote and {n} more"],
  ["\u001b[31mred\u001b[0m 5", "red {n}"],
  ["row 1,234,567 of 2.5", "row {n},{n},{n} of {n}"],
  ["", ""],
])("%j becomes %j", (message, template) => {
  expect(errorTemplate("Error", message)).toBe(template === "" ? "Error" : `Error: ${template}`);
});

test("errors that differ only in blanked parts share a fingerprint; others do not", () => {
  const of = (message: string, name = "HttpError") => errorFingerprint(name, message);
  expect(of("503 from https://a/1 after 7 tries")).toBe(of("503 from https://b/2 after 12 tries"));
  expect(of("503 from https://a/1")).not.toBe(of("404 from https://a/1"));
  expect(of("status 503", "HttpError")).not.toBe(of("status 503", "Error"));
  expect(of("x")).toMatch(fingerprintPattern);
  expect(of("x")).toHaveLength(12);
});

test("blanking a template again changes nothing", () => {
  const template = errorTemplate("Error", "503 from https://a/1 for 'k' in /a/b at 2024-01-01 12");
  expect(errorTemplate("Error", template.slice("Error: ".length))).toBe(template);
});

test.each([
  ["digits", "1".repeat(1_000_000)],
  ["opening quotes", "'\"`«‘".repeat(200_000)],
  ["slashes", "/".repeat(1_000_000)],
  ["a scheme without end", `${"a".repeat(1_000_000)}:/`],
  ["dots", "1.".repeat(500_000)],
  ["escapes", "\u001b[".repeat(500_000)],
  ["lone surrogates", "\ud800".repeat(100_000)],
])("a megabyte of %s has a bounded fingerprint at once", (_, message) => {
  expect(errorTemplate("Error", message).length).toBeLessThanOrEqual(301);
  expect(errorFingerprint("Error", message)).toMatch(fingerprintPattern);
});
