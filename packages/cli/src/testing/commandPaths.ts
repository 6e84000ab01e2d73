import type { CommandNode } from "../command/commandNode.ts";
import { commandTree } from "../program/commandTree.ts";

/** Every command as it is typed, `backfill create`, with its node; the root is the empty text. */
export function commandPaths(
  node: CommandNode = commandTree,
  path: readonly string[] = [],
): (readonly [path: string, node: CommandNode])[] {
  const below = (node.commands ?? []).flatMap((child) =>
    commandPaths(child, [...path, child.name]),
  );
  return [[path.join(" "), node], ...below];
}
