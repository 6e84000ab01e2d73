import { spawn } from "node:child_process";
import { newBackfillId, backfillRequestSchema } from "@infill/core";
import { allPartitions, firstOfSubset } from "@infill/partitions";
import {
  openStateStore,
  registerProject,
  openLedger,
  createBackfillRecord,
  readLedgerCounters,
} from "@infill/state";
import { noopProject } from "../bench/processes/benchProject.ts";
const NS = "perf" + process.pid;
const prof = process.argv.includes("--prof");
const N = Number(process.argv[2] ?? 20000);
const sp = (ROLE: string) =>
  new Promise<any>((res) => {
    const c = spawn(
      "node",
      [
        ...(prof ? ["--cpu-prof", `--cpu-prof-dir=/tmp/prof-${ROLE}`] : []),
        "--import",
        "tsx",
        "--conditions=infill:source",
        "test/_perf/proc.mts",
      ],
      { env: { ...process.env, ROLE, NS }, stdio: ["ignore", "pipe", "inherit"] },
    );
    c.stdout.on("data", (d) => {
      if (String(d).includes("ready")) res(c);
    });
  });
const cs = [await sp("planner"), await sp("worker"), await sp("worker")];
const p = noopProject(NS);
const store = await openStateStore(process.env.REDIS_URL!, NS, "t");
const reg = await registerProject(store, p);
const r = reg.get("hours")!;
const ctx = { nowMs: Date.now() };
const cpu0 = await cpu();
async function cpu() {
  const { execSync } = await import("node:child_process");
  const pids = [...cs.map((c) => c.pid), execSync("cat /tmp/r7001.pid").toString().trim()];
  return pids.map((x) => {
    const f = execSync(`cat /proc/${x}/stat`).toString().split(" ");
    return (Number(f[13]) + Number(f[14])) / 100;
  });
}
for (let k = 0; k < 4; k++) {
  const sel = firstOfSubset(allPartitions(p.graph.assets.get("hours")!.partitions, ctx), N);
  const c0 = await cpu();
  const id = newBackfillId(Date.now());
  const t0 = performance.now();
  await openLedger(store, r, id, sel);
  await createBackfillRecord(store, id, {
    version: 1,
    request: backfillRequestSchema.parse({ assets: "hours" }),
    assets: ["hours"],
    plannedMs: ctx.nowMs,
  });
  for (;;) {
    const c = await readLedgerCounters(store, "hours", id);
    if (c!.succeeded + c!.failed >= N) break;
    await new Promise((r) => setTimeout(r, 20));
  }
  const s = (performance.now() - t0) / 1000;
  const c1 = await cpu();
  console.log(
    N,
    "in",
    s.toFixed(2),
    "s",
    (N / s).toFixed(0),
    "/s  cpu us/partition planner,w,w,redis:",
    c1.map((x, i) => (((x - c0[i]!) * 1e6) / N).toFixed(1)).join(" "),
  );
}
for (const c of cs) c.kill("SIGTERM");
await store.close();
