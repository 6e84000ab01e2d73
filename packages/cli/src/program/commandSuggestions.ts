import type { CommandNode } from "../command/commandNode.ts";

/** The group that a command line reached before a word that names none of its commands. */
export interface ReachedGroup {
  /** Words from the root: `infill backfill`. */
  readonly path: readonly string[];
  readonly node: CommandNode;
}

/** Commands elsewhere that a sentence names at the most. */
const shownElsewhere = 3;

/** Follows the words of a command line through the tree, flags left out. */
export function reachedGroup(root: CommandNode, argv: readonly string[]): ReachedGroup {
  let at: ReachedGroup = { path: [root.name], node: root };
  for (const word of argv) {
    if (word.startsWith("-")) continue;
    const next = at.node.commands?.find(({ name }) => name === word);
    if (next?.commands === undefined) continue;
    at = { path: [...at.path, word], node: next };
  }
  return at;
}

/**
 * What to try instead of a command that a group does not have, where its spelling alone does not tell: a command of the
 * group that begins so, one of the same name in another group, else those that the group has.
 */
export function commandInstead(root: CommandNode, { path, node }: ReachedGroup, word: string) {
  const names = (node.commands ?? []).map(({ name }) => name);
  const begun = names.filter((name) => begins(name, word));
  if (begun.length > 0) return didYouMean(begun);
  const elsewhere = (root.commands ?? []).flatMap((group) =>
    (group.commands ?? []).some(({ name }) => name === word) ? [`${group.name} ${word}`] : [],
  );
  if (path.length === 1 && elsewhere.length > 0)
    return didYouMean(elsewhere.slice(0, shownElsewhere));
  return `Expected ${names.length === 1 ? "" : "one of "}${names.join(", ")}.`;
}

/** Whether a word is the beginning of a name, with at least two of its letters. */
function begins(name: string, word: string): boolean {
  return word.replace(/^-+/, "").length >= 2 && name.startsWith(word);
}

function didYouMean(names: readonly string[]): string {
  return names.length === 1
    ? `Did you mean ${names[0]}?`
    : `Did you mean one of ${names.join(", ")}?`;
}
