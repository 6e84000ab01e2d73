/** The answers of a MULTI, in order. @throws the first error among them */
export function answersOf(
  results: readonly (readonly [Error | null, unknown])[] | null,
): unknown[] {
  return (results ?? []).map(([error, answer]) => {
    if (error !== null) throw error;
    return answer;
  });
}
