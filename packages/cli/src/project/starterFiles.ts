/** Files of the small project that `infill init` writes, by path. */
export function starterFiles(name: string, version: string): Readonly<Record<string, string>> {
  return {
    "infill.config.ts": config,
    "package.json": `${JSON.stringify(
      {
        name,
        private: true,
        type: "module",
        scripts: { dev: "infill dev", backfill: "infill backfill create '*' --wait" },
        dependencies: { infill: version },
      },
      undefined,
      2,
    )}\n`,
    ".gitignore": "node_modules/\n.infill/\n",
  };
}

const config = `import { asset, daily, multi, project, staticPartitions } from "infill";

const days = daily({ start: "2024-01-01", end: "2024-04-10" });
const regions = staticPartitions(["us", "eu", "jp"]);

/** One partition a day. Each call produces one of them, and may be repeated. */
const sales = asset({
  name: "sales",
  partitions: days,
  async materialize({ partition, window, log }) {
    log.info(\`loading \${partition.key}\`, { window: window.toISO() });
    return { metadata: { rows: 100 } };
  },
});

/** One partition a day and region; each needs its day of sales. */
const regionalSales = asset({
  name: "regional_sales",
  partitions: multi({ date: days, region: regions }),
  deps: [sales],
  async materialize({ partition }) {
    return { metadata: { region: partition.keys.region } };
  },
});

export default project({ assets: [sales, regionalSales] });
`;
