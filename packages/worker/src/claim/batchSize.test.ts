import { expect, test } from "vitest";
import { BatchSize } from "./batchSize.ts";

test("one partition is claimed at a time until a duration is known", () => {
  const size = new BatchSize();
  expect([size.next(), size.next()]).toEqual([1, 1]);
});

test("batches of a quick function grow to 64 partitions, twofold each time", () => {
  const size = new BatchSize();
  size.took(0.01);
  expect(Array.from({ length: 7 }, () => size.next())).toEqual([2, 4, 8, 16, 32, 64, 64]);
});

test("the functions of a batch take about 20 ms together", () => {
  const size = new BatchSize();
  size.took(4);
  for (let times = 0; times < 5; times++) size.next();
  expect(size.next()).toBe(5);
});

test("a function of more than 10 ms is claimed alone, and a batch shrinks as soon as functions become slow", () => {
  const slow = new BatchSize();
  slow.took(11);
  expect(slow.next()).toBe(1);
  const changing = new BatchSize();
  changing.took(0.1);
  for (let times = 0; times < 7; times++) changing.next();
  changing.took(1_000);
  expect(changing.next()).toBe(1);
});

test("partitions that need permits are claimed for about 2 ms of work", () => {
  const size = new BatchSize();
  size.took(0.01);
  for (let times = 0; times < 7; times++) size.next();
  expect(size.nextPermitted()).toBe(6);
  const slower = new BatchSize();
  slower.took(4);
  for (let times = 0; times < 7; times++) slower.next();
  expect(slower.nextPermitted()).toBe(1);
});
