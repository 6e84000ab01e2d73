import { expect, test } from "vitest";
import { runTest } from "../testing/runTest.ts";
import {
  sampleBackfill,
  sampleFailures,
  sampleId,
  samplePartition,
  sampleWorker,
} from "../testing/samples.ts";
import { testServices } from "../testing/testServices.ts";

/** Every command that reads, in each form: what people and scripts get. */

async function output(line: string, columns?: number): Promise<string> {
  const argv = line.split(" ");
  const run = await runTest(argv, columns === undefined ? {} : { columns, env: { NO_COLOR: "1" } });
  expect({ line, exitCode: run.exitCode, err: run.exitCode === 0 ? "" : run.err }).toEqual({
    line,
    exitCode: 0,
    err: "",
  });
  return run.out;
}

test("backfill list", async () => {
  expect(await output("backfill list")).toMatchInlineSnapshot(`
    "id                             status   done  settled  failed  created               assets                     label
    bf_01JD3K9V000000000000000000  running  61 %   92/150       3  2024-06-01T11:55:48Z  daily_sales, weekly_sales  spring
    "
  `);
  expect(await output("backfill list", 40)).toMatchInlineSnapshot(`
    "id       bf_01JD3K9V000000000000000000
    status   running
    done     61 %
    settled  92/150
    failed   3
    created  2024-06-01T11:55:48Z
    assets   daily_sales, weekly_sales
    label    spring
    "
  `);
  expect(await output("backfill list -q")).toBe(`${sampleId}\n`);
});

test("backfill show", async () => {
  expect(await output(`backfill show ${sampleId}`)).toMatchInlineSnapshot(`
    "backfill    bf_01JD3K9V000000000000000000
    status      running
    settled     92 of 150 (61 %)
    label       spring
    assets      daily_sales+1
    partitions  [2024-01-01...2024-12-31]
    policy      reprocess failed, oldest first, priority 0, weight 1, window 64
    actor       tester
    reason      late files
    created     2024-06-01T11:55:48Z
    elapsed     4m11s

    ● 87 succeeded   ✕ 3 failed   ◇ 2 skipped   ◐ 24 in progress   ○ 22 queued   ◌ 12 waiting
    21.4/s · 8 workers · 3 min left

    asset         selected  succeeded  failed  skipped  canceled  in progress
    daily_sales        141         87       3        2         0           24
    weekly_sales         9          0       0        0         0            0

    failed                     attempt  error
    daily_sales 2024-06-01|us        3  HttpError: 503 from\\nhttps://example.com/\\x1b[31m
    and 2 more failed
    "
  `);
  expect(await output(`backfill show ${sampleId}`, 40)).toMatchInlineSnapshot(`
    "backfill    bf_01JD3K9V00000000000000000
                0
    status      running
    settled     92 of 150 (61 %)
    label       spring
    assets      daily_sales+1
    partitions  [2024-01-01...2024-12-31]
    policy      reprocess failed, oldest
                first, priority 0, weight 1,
                window 64
    actor       tester
    reason      late files
    created     2024-06-01T11:55:48Z
    elapsed     4m11s

    ● 87 succeeded   ✕ 3 failed
    ◇ 2 skipped   ◐ 24 in progress
    ○ 22 queued   ◌ 12 waiting
    21.4/s · 8 workers · 3 min left

    asset        daily_sales
    selected     141
    succeeded    87
    failed       3
    skipped      2
    canceled     0
    in progress  24

    asset        weekly_sales
    selected     9
    succeeded    0
    failed       0
    skipped      0
    canceled     0
    in progress  0

    failed          attempt  error
    daily_sales 2…        3  HttpError: 503…
    and 2 more failed
    "
  `);
});

test("backfill failures", async () => {
  expect(await output(`backfill failures ${sampleId}`)).toMatchInlineSnapshot(`
    "group     failed  share  first                 last                  error                      partitions
    f7a1c09d       3  100 %  2024-06-01T11:57:11Z  2024-06-01T11:59:40Z  HttpError: 503 from {url}  daily_sales: 2024-06-01|us, 2024-06-02|us, …

    daily_sales 2024-06-02|us, attempt 3:
    HttpError: 503 from https://example.com/
        at load (\\x1b[31msales.ts:3:7)

    Retry one: infill backfill retry bf_01JD3K9V000000000000000000 --group f7a1c09d
    "
  `);
  expect(await output(`backfill failures ${sampleId}`, 40)).toMatchInlineSnapshot(`
    "group       f7a1c09d
    failed      3
    share       100 %
    first       2024-06-01T11:57:11Z
    last        2024-06-01T11:59:40Z
    error       HttpError: 503 from {url}
    partitions  daily_sales: 2024-06-01|us,
                2024-06-02|us, …

    daily_sales 2024-06-02|us, attempt 3:
    HttpError: 503 from https://example.com/
        at load (\\x1b[31msales.ts:3:7)

    Retry one: infill backfill retry bf_01JD3K9V000000000000000000 --group f7a1c09d
    "
  `);
  expect(await output(`backfill failures ${sampleId} -q`)).toBe("f7a1c09d3e55\n");
});

test("how many failures were not looked at or not grouped is said", async () => {
  const services = testServices({
    backfills: {
      listFailures: async () => ({
        ...sampleFailures,
        failed: 200_000,
        examined: 100_000,
        ungrouped: 12,
      }),
    },
  });
  const { out } = await runTest(["backfill", "failures", sampleId], { services });
  expect(out).toContain("and 12 partitions in no group: the limit is 1 group\n");
  expect(out).toContain("only the first 100,000 of 200,000 failed partitions were examined\n");
});

test("backfill events", async () => {
  expect(await output(`backfill events ${sampleId}`)).toMatchInlineSnapshot(`
    "n  at                    what       actor   change                                     reason
    2  2024-06-01T11:58:00Z  canceling  tester  status running → canceling, partitions 58  wrong\\nsource
    "
  `);
  expect(await output(`backfill events ${sampleId} -q`)).toBe("2\n");
});

test("backfill deliveries", async () => {
  expect(await output("backfill deliveries")).toMatchInlineSnapshot(`
    "delivery                         event     target                        status  attempts  at                    error
    bf_01JD3K9V000000000000000000-1  finished  webhook:example.com:0a1b2c3d  parked        20  2024-06-01T11:59:00Z  it answered with status 503
    "
  `);
  expect(await output("backfill deliveries -q")).toBe(`${sampleId}-1\n`);
});

test("backfill redeliver sends what it names, or all, and nothing without being told what", async () => {
  expect(await output(`backfill redeliver ${sampleId}-1`)).toMatchInlineSnapshot(`
    "1 delivery will be sent again:
      bf_01JD3K9V000000000000000000-1 webhook:example.com:0a1b2c3d
    "
  `);
  expect(await output("backfill redeliver --all --dry-run")).toMatchInlineSnapshot(`
    "Would send 1 delivery again:
      bf_01JD3K9V000000000000000000-1 webhook:example.com:0a1b2c3d
    "
  `);
  const services = testServices();
  for (const words of [[], ["all"], [`${sampleId}-1`, "--all"]]) {
    const { exitCode } = await runTest(["backfill", "redeliver", ...words], { services });
    expect(exitCode).toBe(2);
  }
  expect(services.changes).toEqual([]);
  await runTest(["backfill", "redeliver", "--all", "--yes", "--reason", "up again"], { services });
  expect(services.changes).toEqual([
    ["deliveries.redeliver", "all", { actor: "tester", reason: "up again" }],
  ]);
  const none = testServices({ deliveries: { redeliver: async () => [] } });
  const { out } = await runTest(["backfill", "redeliver", "--all"], { services: none });
  expect(out).toBe("No delivery is parked.\n");
});

test("backfill create --dry-run", async () => {
  expect(await output("backfill create daily_sales+1 --dry-run")).toMatchInlineSnapshot(`
    "  asset         selected  up to date  to run  now                                                               from … to
      daily_sales      1,098         957     141  957 materialized, 17 failed, 100 missing; 24 of them in progress  2024-03-02|eu … 2024-12-30|us
      weekly_sales        53          44       9  44 materialized, 9 missing                                        2024-02-25 … 2024-12-29
    150 partitions to run · takes 6–9 min with the present 64 worker slots, 3–5 min with twice as many · oldest first
    ! 12 of 141 partitions of daily_sales are also in bf_01JD3K9V000000000000000000; if both run a partition at once, it runs once.
    Plan plan_0123456789abcdef0123456789abcdef: within the hour, the same command with --plan runs exactly this, or says what changed.
    "
  `);
  expect(await output("backfill create daily_sales+1 --dry-run", 40)).toMatchInlineSnapshot(`
    "  asset       daily_sales
      selected    1,098
      up to date  957
      to run      141
      now         957 materialized, 17
                  failed, 100 missing; 24 of
                  them in progress
      from … to   2024-03-02|eu …
                  2024-12-30|us

      asset       weekly_sales
      selected    53
      up to date  44
      to run      9
      now         44 materialized, 9 missing
      from … to   2024-02-25 … 2024-12-29
    150 partitions to run
    takes 6–9 min with the present 64 worker slots, 3–5 min with twice as many
    oldest first
    ! 12 of 141 partitions of daily_sales are also in bf_01JD3K9V000000000000000000; if both run a partition at once, it runs once.
    Plan plan_0123456789abcdef0123456789abcdef: within the hour, the same command with --plan runs exactly this, or says what changed.
    "
  `);
});

test("partition list, count and show", async () => {
  expect(await output("partition list daily_sales")).toMatchInlineSnapshot(`
    "partition      status    settled               took  attempt  running
    2024-06-01|us  ✕ failed  2024-06-01T11:59:00Z  1.2s        3
    "
  `);
  expect(await output("partition list daily_sales", 40)).toMatchInlineSnapshot(`
    "partition  2024-06-01|us
    status     ✕ failed
    settled    2024-06-01T11:59:00Z
    took       1.2s
    attempt    3
    "
  `);
  expect(await output("partition list daily_sales -q")).toBe("2024-06-01|us\n");
  expect(await output("partition count daily_sales")).toMatchInlineSnapshot(`
    "status             partitions
    ● materialized            957
    ✕ failed                   17
    · missing                 100
      total                 1,098
    ◐ of them running          24
    "
  `);
  expect(await output("partition show daily_sales 2024-06-01|us")).toMatchInlineSnapshot(`
    "asset         daily_sales
    partition     2024-06-01|us
    status        ✕ failed
    window        2024-06-01T00:00:00Z to 2024-06-02T00:00:00Z (UTC)
    settled       failed at 2024-06-01T11:59:00Z after 1.2s, attempt 3
    backfill      bf_01JD3K9V000000000000000000
    code version  2
    upstream      raw_sales: 1 partition 2024-06-01

    HttpError: 503
        at load (\\x1b]0;title\\x07sales.ts:3:7)

    attempt  ended   at                    took  worker       backfill                       error
          2  lapsed  2024-06-01T11:58:00Z   30s  worker_0a1b  bf_01JD3K9V000000000000000000
          3  failed  2024-06-01T11:59:00Z  1.2s  worker_2c3d  bf_01JD3K9V000000000000000000  HttpError: 503\\x1b[31m
    "
  `);
});

test("a partition that runs says where, since when, and which attempt", async () => {
  const claim = { backfillId: sampleId, workerId: "worker_0a1b", attempt: 4 };
  const startedAt = "2024-06-01T11:59:30.000Z";
  const { lastSettlement: _, ...rest } = samplePartition;
  const running = { ...rest, status: "in_progress" as const, claim: { ...claim, startedAt } };
  const services = testServices({
    partitions: { list: async () => ({ items: [running] }) },
    backfills: {
      get: async () => ({
        ...sampleBackfill,
        running: [{ asset: "daily_sales", key: "2024-06-01|us", ...claim }],
      }),
    },
  });
  const list = await runTest(["partition", "list", "daily_sales"], { services });
  expect(list.out).toContain("4  on worker_0a1b since 2024-06-01T11:59:30Z\n");
  const show = await runTest(["backfill", "show", sampleId], { services });
  expect(show.out).toContain("daily_sales 2024-06-01|us        4  on worker_0a1b, not started yet");
  expect(show.out).toContain("and 23 more that started later");
});

test("partition why", async () => {
  expect(await output("partition why daily_sales 2024-06-01|us")).toMatchInlineSnapshot(`
    "asset      daily_sales
    partition  2024-06-01|us
    status     · missing

    It was skipped in bf_01JD3K9V000000000000000000, because raw_sales 2024-06-01 failed: HttpError: 503.
      ✕ raw_sales 2024-06-01 failed (HttpError: \\x1b[31m503)
      $ infill backfill retry bf_01JD3K9V000000000000000000

    It reads 7 partitions of raw_sales, of which 6 are materialized:
      ✕ raw_sales 2024-06-01 failed
      and 6 more
    "
  `);
  const absent = {
    asset: "daily_sales",
    key: "x",
    status: "absent" as const,
    reasons: [{ kind: "absent" as const, text: "It is in the future." }],
    upstream: [],
  };
  const services = testServices({ partitions: { explain: async () => absent } });
  const run = await runTest(["partition", "why", "daily_sales", "x", "--json"], { services });
  expect(run.exitCode).toBe(3);
  expect(JSON.parse(run.out)).toMatchObject({ type: "partition_why", status: "absent" });
});

test("partition history", async () => {
  expect(await output("partition history daily_sales")).toMatchInlineSnapshot(`
    "at                    what    actor   which                           reason
    2024-06-01T11:59:00Z  marked  tester  partitions 2024-01-*, total 93  loaded by hand
    "
  `);
  expect(await output("partition history daily_sales -q")).toBe("1717243140125-0\n");
});

test("dynamic list and history", async () => {
  expect(await output("dynamic list")).toMatchInlineSnapshot(`
    "definition  keys  removed  assets
    regions        6        1  daily_sales, regional_sales
    "
  `);
  expect(await output("dynamic list regions")).toMatchInlineSnapshot(`
    "key  added
    us   2024-06-01T11:00:00Z
    "
  `);
  expect(await output("dynamic list regions --removed")).toMatchInlineSnapshot(`
    "key  removed
    us   2024-06-01T11:00:00Z
    "
  `);
  expect(await output("dynamic list -q")).toBe("regions\n");
  expect(await output("dynamic history regions")).toMatchInlineSnapshot(`
    "at                    what     keys  which          actor   reason
    2024-06-01T11:00:00Z  removed     4  us, eu, jp, …  tester  closed\\x1b[31m
    "
  `);
});

test("a partition that was marked by hand says so", async () => {
  const marked = {
    ...samplePartition,
    status: "materialized" as const,
    lastSettlement: {
      outcome: "succeeded" as const,
      at: "2024-06-01T11:59:00.125Z",
      backfillId: "",
      attempt: 0,
      durationMs: 0,
      codeVersion: "2",
      byHand: true as const,
    },
  };
  const services = testServices({ partitions: { get: async () => marked } });
  const { out } = await runTest(["partition", "show", "daily_sales", "2024-06-01|us"], {
    services,
  });
  expect(out).toMatch(/^settled +marked by hand at 2024-06-01T11:59:00Z\n/m);
});

test("asset list and show", async () => {
  expect(await output("asset list")).toMatchInlineSnapshot(`
    "asset        partitions  materialized  stale  failed  missing  pool     definition
    daily_sales       1,098           957      ?      17      100  default  daily from 2024-01-01, UTC × region: us, eu, jp
    "
  `);
  expect(await output("asset list", 40)).toMatchInlineSnapshot(`
    "asset         daily_sales
    partitions    1,098
    materialized  957
    stale         ?
    failed        17
    missing       100
    pool          default
    definition    daily from 2024-01-01, UTC
                  × region: us, eu, jp
    "
  `);
  expect(await output("asset list -q")).toBe("daily_sales\n");
  expect(await output("asset show daily_sales")).toMatchInlineSnapshot(`
    "asset         daily_sales
    description   Sales a day and region.
    definition    daily from 2024-01-01, UTC × region: us, eu, jp
    partitions    1,098
    from … to     2024-01-01|us … 2024-12-31|jp
    pool          default
    at once       at most 4, now 3
    per region    at most 2 each, now us 2
    tags          finance
    code version  2
    fingerprint   daily UTC × static region
    upstream      raw_sales (the same day)
    downstream    weekly_sales (its week)

    ● 957 materialized   ✕ 17 failed   · 100 missing   ◐ 24 of them in progress
    "
  `);
});

test("pool list", async () => {
  expect(await output("pool list")).toMatchInlineSnapshot(`
    "pool     workers  slots  active  waiting  delayed  at once  overrun  assets
    default        8     64      24       22        1      6/8        0  daily_sales, weekly_sales
    "
  `);
  expect(await output("pool list", 40)).toMatchInlineSnapshot(`
    "pool     default
    workers  8
    slots    64
    active   24
    waiting  22
    delayed  1
    at once  6/8
    overrun  0
    assets   daily_sales, weekly_sales
    "
  `);
  expect(await output("pool list -q")).toBe("default\n");
});

test("worker list", async () => {
  expect(await output("worker list")).toMatchInlineSnapshot(`
    "id               state    host     pid  version  running  slots  pools                    since                 heartbeat  project
    worker_0a1b2c3d  running  node-1  4242  0.2.0          1     20  default 16, warehouse 4  2024-06-01T08:00:00Z       2.3s  01234567
    "
  `);
  expect(await output("worker list -q")).toBe("worker_0a1b2c3d\n");
});

test("worker list marks lost workers and older projects, and says how many live ones that are", async () => {
  const older = { ...sampleWorker, id: "worker_1", isProjectOlder: true };
  const { heartbeatAgeMs: _, project: __, startedAt: ___, ...untold } = sampleWorker;
  const items = [
    sampleWorker,
    older,
    { ...older, id: "worker_2", state: "lost", heartbeatAgeMs: 1_800_000 },
    { ...untold, id: "worker_3", blockedMs: 4_000 },
  ];
  const services = testServices({ workers: { list: async () => items } });
  const run = await runTest(["worker", "list"], { services });
  expect(run.out).toMatchInlineSnapshot(`
    "id               state             host     pid  version  running  slots  pools                    since                 heartbeat  project
    worker_0a1b2c3d  running           node-1  4242  0.2.0          1     20  default 16, warehouse 4  2024-06-01T08:00:00Z       2.3s  01234567
    worker_1         running           node-1  4242  0.2.0          1     20  default 16, warehouse 4  2024-06-01T08:00:00Z       2.3s  01234567 older
    worker_2         lost              node-1  4242  0.2.0          1     20  default 16, warehouse 4  2024-06-01T08:00:00Z     30m00s  01234567 older
    worker_3         running, blocked  node-1  4242  0.2.0          1     20  default 16, warehouse 4  unknown                 unknown  unknown
    "
  `);
  expect(run.err).toMatchInlineSnapshot(`
    "warning: 1 of 3 workers runs an older project. Restart it to use the newer one.
    "
  `);
});

test("worker show", async () => {
  expect(await output("worker show worker_0a")).toMatchInlineSnapshot(`
    "worker     worker_0a1b2c3d
    state      running
    host       node-1
    pid        4242
    version    0.2.0
    pools      default 16, warehouse 4
    slots      1 of 20 in use
    since      2024-06-01T08:00:00Z
    heartbeat  2.3s ago
    project    01234567

    It runs:
      daily_sales 2024-06-01|us  since 2024-06-01T11:59:30Z, attempt 2, bf_01JD3K9V000000000000000000
    "
  `);
});

test("planner list", async () => {
  expect(await output("planner list")).toMatchInlineSnapshot(`
    "id                state    host     pid  version  backfills  since                 heartbeat  project
    planner_0a1b2c3d  running  node-1  4241  0.2.0            3  2024-06-01T08:00:00Z      300ms  01234567
    "
  `);
  expect(await output("planner list -q")).toBe("planner_0a1b2c3d\n");
});
