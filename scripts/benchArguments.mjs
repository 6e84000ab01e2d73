/**
 * Reads `SCENARIO… [--json] [--no-build] [scenario's own arguments]`: the words before the first option are
 * scenarios, and what is left after them belongs to the scenarios.
 *
 * @param {readonly string[]} argv
 */
export function benchArguments(argv) {
  const firstOption = argv.findIndex((word) => word.startsWith("-"));
  const names = firstOption === -1 ? argv : argv.slice(0, firstOption);
  const options = argv.slice(names.length);
  return {
    names,
    json: options.includes("--json"),
    skipBuild: options.includes("--no-build"),
    args: options.filter((word) => word !== "--json" && word !== "--no-build"),
  };
}

/**
 * A scenario's metrics, if each is a finite number.
 *
 * @param {string} scenario
 * @param {Record<string, number>} metrics
 */
export function checkedMetrics(scenario, metrics) {
  for (const [name, value] of Object.entries(metrics)) {
    if (Number.isFinite(value)) continue;
    throw new Error(
      `Bug: scenario ${scenario} gives ${name} as ${value}; expected a finite number.`,
    );
  }
  return metrics;
}
