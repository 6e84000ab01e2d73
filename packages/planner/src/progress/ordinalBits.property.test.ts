import { integers, integersFromSorted } from "@infill/partitions";
import fc from "fast-check";
import { expect, test } from "vitest";
import { OrdinalBits } from "./ordinalBits.ts";

const integer = fc.integer({ min: -100, max: 200 });
/** Single values and a run, which may cover whole words. */
const someSet = fc
  .tuple(fc.array(integer, { minLength: 1, maxLength: 60 }), integer, fc.nat(150))
  .map(([values, first, length]) => [
    ...new Set([...values, ...Array.from({ length }, (_, at) => first + at)]),
  ]);
const setOf = (values: readonly number[]) => integersFromSorted(values.toSorted((a, b) => a - b));

test("adds and deletes like a plain Set within its bounds, and counts its members", () => {
  const changes = fc.array(fc.tuple(fc.boolean(), someSet), { maxLength: 8 });
  fc.assert(
    fc.property(someSet, changes, (initial, steps) => {
      const bits = OrdinalBits.from(setOf(initial));
      const [low, high] = [Math.min(...initial), Math.max(...initial)];
      const model = new Set(initial);
      for (const [adds, values] of steps) {
        const within = values.filter((value) => value >= low && value <= high);
        if (adds) bits.addAll(setOf(within));
        else bits.deleteAll(setOf(values));
        for (const value of within) {
          if (adds) model.add(value);
          else model.delete(value);
        }
      }
      expect([...integers(bits.toSet())]).toEqual([...model].sort((a, b) => a - b));
      expect(bits.count).toBe(model.size);
    }),
  );
});

test("finds the next and the previous value from anywhere", () => {
  fc.assert(
    fc.property(someSet, fc.integer({ min: -150, max: 250 }), (values, from) => {
      const bits = OrdinalBits.from(setOf(values));
      const above = values.filter((value) => value >= from);
      const below = values.filter((value) => value <= from);
      expect(bits.next(from)).toBe(above.length === 0 ? undefined : Math.min(...above));
      expect(bits.previous(from)).toBe(below.length === 0 ? undefined : Math.max(...below));
    }),
  );
});

test("intersects with any set", () => {
  fc.assert(
    fc.property(someSet, someSet, (a, b) => {
      const common = OrdinalBits.from(setOf(a)).intersection(setOf(b));
      expect([...integers(common.toSet())]).toEqual(
        a.filter((value) => b.includes(value)).sort((x, y) => x - y),
      );
    }),
  );
});

test("says whether a value was added or deleted", () => {
  const bits = OrdinalBits.from(setOf([3, 5]));
  expect([bits.add(4), bits.add(4), bits.delete(4), bits.delete(4), bits.has(4)]).toEqual([
    true,
    false,
    true,
    false,
    false,
  ]);
  expect(bits.count).toBe(2);
  expect([bits.delete(3), bits.delete(3), bits.count, bits.add(3), bits.count]).toEqual([
    true,
    false,
    1,
    true,
    2,
  ]);
});
