/**
 * The vectors whose answer is not ours by decision, and the page in `docs/adr` that says why. Dagster gives each an
 * empty `nonexistent`: an offset made disappear what the mapping without it requires.
 */
export const decisions: ReadonlyMap<string, string> = new Map(
  [
    "random-map-11-20",
    "random-map-11-55",
    "random-map-11-115",
    "random-map-11-132",
    "random-map-11-133",
    "random-map-11-156",
  ].map((id) => [id, "0106"]),
);

/** The one fact in which such a vector may differ. */
const mayDiffer = /^nonexistent: expected \[\], got /;

/**
 * What is wrong with a vector, given how the answers differ from it: a line for each fact, none where all agree or
 * where they differ as was decided. A vector of the list that agrees is wrong too: it no longer belongs there.
 */
export function undecided(id: string, differences: readonly string[]): readonly string[] {
  const adr = decisions.get(id);
  if (adr === undefined) return differences;
  if (differences.length === 0) return [`agrees, though ADR ${adr} says that it differs`];
  return differences.filter((difference) => !mayDiffer.test(difference));
}
