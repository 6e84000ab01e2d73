import { isDeepStrictEqual } from "node:util";
import { buildDefinition, contextOf } from "./buildDefinition.ts";
import { definitionAnswers } from "./definitionAnswers.ts";
import { vectorCode } from "./errorCodes.ts";
import { mappingAnswers, sorted } from "./mappingAnswers.ts";
import { subsetAnswers } from "./subsetAnswers.ts";
import { type Answers, NotUnderstood, onlyFields, type Vector } from "./vector.ts";

const fields = {
  definitions: ["definition"],
  mappings: ["upstream", "downstream", "mapping", "direction", "input"],
  subsets: ["definition", "op", "a", "b"],
};
const described = ["id", "family", "source", "now", "note", "expect"];

/** What is wrong with the library's answers to a vector: a line for each fact; none where all agree. */
export function runVector(vector: Vector): readonly string[] {
  try {
    const expectedError = vector.expect["error"];
    if (expectedError !== undefined) return expectError(vector, expectedError);
    const { answers, comparesKeysAsSets } = answersTo(vector);
    return Object.entries(vector.expect).flatMap(([field, expected]) => {
      const answer = answers[field];
      if (answer === undefined) return [`"${field}" is not understood`];
      return compare(field, comparesKeysAsSets ? asSet(expected) : expected, answer(expected));
    });
  } catch (error) {
    return [
      error instanceof NotUnderstood
        ? `not understood: ${error.message}`
        : `threw ${String(error)}`,
    ];
  }
}

function expectError(vector: Vector, expected: unknown): readonly string[] {
  onlyFields(vector.expect, ["error"]);
  try {
    answersTo(vector);
  } catch (error) {
    const codes = vectorCode(error);
    if (codes === undefined) throw error;
    return codes.some((code) => code === expected)
      ? []
      : [`expected error ${String(expected)}, got ${codes.join()}: ${String(error)}`];
  }
  return [`expected error ${String(expected)}, got none`];
}

function answersTo(vector: Vector): {
  readonly answers: Answers;
  readonly comparesKeysAsSets: boolean;
} {
  const context = contextOf(vector);
  if (vector.definition === undefined) {
    onlyFields(vector, [...described, ...fields.mappings]);
    const [upstream, downstream] = [
      buildDefinition(vector.upstream ?? null),
      buildDefinition(vector.downstream ?? null),
    ];
    return {
      answers: mappingAnswers(vector, upstream, downstream, context),
      comparesKeysAsSets: true,
    };
  }
  const definition = buildDefinition(vector.definition);
  if (vector.op === undefined) {
    onlyFields(vector, [...described, ...fields.definitions]);
    return { answers: definitionAnswers(definition, context), comparesKeysAsSets: false };
  }
  onlyFields(vector, [...described, ...fields.subsets]);
  return {
    answers: subsetAnswers(vector, definition, context),
    comparesKeysAsSets: definition.kind !== "timeWindow",
  };
}

/** A list of keys in the order in which sets are compared. */
function asSet(expected: unknown): unknown {
  if (!Array.isArray(expected)) return expected;
  return expected.every((item) => typeof item === "string") ? sorted(expected) : expected;
}

function compare(field: string, expected: unknown, got: unknown): readonly string[] {
  if (isDeepStrictEqual(expected, got)) return [];
  return [`${field}: expected ${shorten(expected)}, got ${shorten(got)}`];
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
