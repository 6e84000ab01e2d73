/** What a field of an input takes at its ends, and what it refuses, with a part of the sentence that says so. */
export interface FieldCases {
  readonly takes: readonly unknown[];
  readonly refuses: readonly (readonly [value: unknown, problem: string])[];
}

/** A whole number, both ends included. */
export function whole(least: number, most: number): FieldCases {
  return {
    takes: [least, most],
    refuses: [
      [least - 1, `got ${least - 1}; expected at least ${least}.`],
      [most + 1, `got ${most + 1}; expected at most ${most}.`],
      [least + 0.5, `got ${least + 0.5}; invalid input: expected int, received number.`],
      ["7", 'got "7"; invalid input: expected number, received string.'],
    ],
  };
}

/** A text, at most so many characters. */
export function text(most: number, least = 0): FieldCases {
  const ends: FieldCases["refuses"] = [
    ["x".repeat(most + 1), `…; expected at most ${most} characters.`],
    [7, "got 7; invalid input: expected string, received number."],
    [null, "got null; invalid input: expected string, received null."],
  ];
  return {
    takes: ["x".repeat(least), "x".repeat(most)],
    refuses: least === 0 ? ends : [["", `got ""; expected at least ${least} character.`], ...ends],
  };
}

/** One of some words. */
export function choice(...words: readonly string[]): FieldCases {
  const expected = `expected ${words.length === 1 ? "" : "one of "}${words.map((word) => `"${word}"`).join("|")}.`;
  return {
    takes: words,
    refuses: [
      ["other", `got "other"; invalid option: ${expected}`],
      [7, `got 7; invalid option: ${expected}`],
    ],
  };
}

/** Yes or no. */
export const flag: FieldCases = {
  takes: [true, false],
  refuses: [["yes", 'got "yes"; invalid input: expected boolean, received string.']],
};

/** A share, 0 to 1. @param isOpen without 0 */
export function share(isOpen: boolean): FieldCases {
  return {
    takes: [isOpen ? Number.MIN_VALUE : 0, 1],
    refuses: [
      isOpen ? [0, "got 0; expected more than 0."] : [-0.1, "got -0.1; expected at least 0."],
      [1.1, "got 1.1; expected at most 1."],
      ["5%", 'got "5%"; invalid input: expected number, received string.'],
    ],
  };
}

/** Who asks for a change, and why. */
export const control = { actor: text(200), reason: text(2_000) } as const;

/** Which part of a list. */
export const page = { limit: whole(1, 10_000), cursor: text(70_000) } as const;

/** An input with one field set; a dot leads into a field's own fields. */
export function withField(base: object, path: string, value: unknown): object {
  const [name = "", ...rest] = path.split(".");
  const inner: unknown = Object.entries(base).find(([own]) => own === name)?.[1];
  const isObject = typeof inner === "object" && inner !== null;
  const set = rest.length === 0 ? value : withField(isObject ? inner : {}, rest.join("."), value);
  return { ...base, [name]: set };
}
