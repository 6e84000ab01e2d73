import type { CommandNode } from "../command/commandNode.ts";

/** Every command there is, in the order in which help lists them. */
export const commandTree: CommandNode = {
  name: "infill",
  summary:
    "Runs backfills of partitioned data: submit a backfill, watch its progress, retry failed partitions.",
  examples: [
    ["infill dev", "run Redis, a planner and a worker for this project"],
    ["infill backfill create sales --wait", "run the missing and failed partitions of sales"],
  ],
  commands: [
    {
      name: "init",
      summary: "write a small example project",
      examples: [
        ["infill init my-backfills", "in a new directory"],
        ["infill init --dry-run", "show which files it would write here"],
      ],
      load: async () => (await import("../commands/project/init.ts")).init,
    },
    {
      name: "dev",
      summary: "run Redis, a planner and workers for the project, until Ctrl-C",
      examples: [
        ["infill dev", "one worker that runs 8 partitions at once"],
        ["infill dev --workers 4 --concurrency 16", "four worker processes"],
      ],
      load: async () => (await import("../commands/service/dev.ts")).dev,
    },
    {
      name: "check",
      summary: "check the project file and the Redis that it uses",
      examples: [
        ["infill check", "definitions and Redis"],
        ["infill check --offline --project jobs/infill.config.ts", "definitions only"],
      ],
      load: async () => (await import("../commands/project/check.ts")).check,
    },
    {
      name: "doctor",
      summary: "check that queues and state agree, and repair differences",
      examples: [
        ["infill doctor", "check; exit code 10 if something is wrong"],
        ["infill doctor --fix --confirm infill --json", "repair, for scripts"],
      ],
      load: async () => (await import("../commands/project/doctor.ts")).doctor,
    },
    {
      name: "backfill",
      summary: "create, watch, cancel and retry backfills",
      examples: [
        [
          "infill backfill create sales+ --partitions '[2024-01-01...2024-01-31]'",
          "January and everything downstream",
        ],
        ["infill backfill list --status running", "running backfills"],
      ],
      commands: [
        {
          name: "create",
          summary: "submit a backfill of the selected partitions",
          examples: [
            [
              "infill backfill create sales+ --partitions '[2024-01-01...2024-12-31]' --wait",
              "a year and everything downstream; watch it to its end",
            ],
            [
              "infill backfill create sales --partitions ':failed' --dry-run",
              "show what running the failed partitions would do",
            ],
          ],
          load: async () => (await import("../commands/backfill/backfillCreate.ts")).backfillCreate,
        },
        {
          name: "list",
          summary: "list backfills, newest first",
          examples: [
            ["infill backfill list --status running", "running backfills"],
            ["infill backfill list -q --limit 1", "id of the newest backfill"],
          ],
          load: async () => (await import("../commands/backfill/backfillList.ts")).backfillList,
        },
        {
          name: "show",
          summary: "show a backfill: its request, counts, assets and newest failures",
          examples: [
            ["infill backfill show bf_01JD3K9V…", "for people"],
            ["infill backfill show bf_01JD3K9V… --json", "for scripts"],
          ],
          load: async () => (await import("../commands/backfill/backfillShow.ts")).backfillShow,
        },
        {
          name: "watch",
          summary: "watch a backfill to its end; the exit code says how it ended",
          examples: [
            ["infill backfill watch bf_01JD3K9V…", "progress, rate and time left"],
            [
              "infill backfill watch bf_01JD3K9V… --json --timeout 10m | tail -1",
              "its last state, after ten minutes at most",
            ],
          ],
          load: async () => (await import("../commands/backfill/backfillWatch.ts")).backfillWatch,
        },
        {
          name: "pause",
          summary: "pause a backfill: running partitions finish, no new ones start",
          examples: [
            ["infill backfill pause bf_01JD3K9V… --for 8h", "it resumes by itself after 8 hours"],
            [
              "infill backfill pause bf_01JD3K9V… --now --reason 'warehouse is down'",
              "abort running partitions too",
            ],
          ],
          load: async () => (await import("../commands/backfill/backfillPause.ts")).backfillPause,
        },
        {
          name: "resume",
          summary: "resume a paused backfill",
          examples: [
            ["infill backfill resume bf_01JD3K9V…", "continue where it paused"],
            ["infill backfill resume bf_01JD3K9V… --wait", "and watch it to its end"],
          ],
          load: async () => (await import("../commands/backfill/backfillResume.ts")).backfillResume,
        },
        {
          name: "set",
          summary: "change the settings and partitions of a running backfill",
          examples: [
            [
              "infill backfill set bf_01JD3K9V… --weight 3 --max-failures 100",
              "three times the share of its pools, and a limit of failures",
            ],
            [
              "infill backfill set bf_01JD3K9V… --drop '[2024-03-01...2024-03-31]' --yes",
              "without March and everything downstream of it",
            ],
          ],
          load: async () => (await import("../commands/backfill/backfillSet.ts")).backfillSet,
        },
        {
          name: "cancel",
          summary: "cancel a backfill: abort running partitions and start no new ones",
          examples: [
            [
              "infill backfill cancel bf_01JD3K9V… --reason 'wrong source'",
              "with a reason for its log",
            ],
            [
              "infill backfill cancel bf_01JD3K9V… --yes --wait",
              "do not ask; wait until nothing runs",
            ],
          ],
          load: async () => (await import("../commands/backfill/backfillCancel.ts")).backfillCancel,
        },
        {
          name: "retry",
          summary: "run only the failed, skipped and canceled partitions of a backfill again",
          examples: [
            ["infill backfill retry bf_01JD3K9V… --wait", "and watch it"],
            [
              "infill backfill retry bf_01JD3K9V… --group f7a1 --dry-run",
              "show how many partitions of one failure group it would run",
            ],
          ],
          load: async () => (await import("../commands/backfill/backfillRetry.ts")).backfillRetry,
        },
        {
          name: "failures",
          summary: "show the failed partitions of a backfill, grouped by error",
          examples: [
            ["infill backfill failures bf_01JD3K9V…", "largest group first"],
            ["infill backfill failures bf_01JD3K9V… -q", "fingerprints, for retry --group"],
          ],
          load: async () =>
            (await import("../commands/backfill/backfillFailures.ts")).backfillFailures,
        },
        {
          name: "delete",
          summary: "delete an ended backfill; its partitions keep their state",
          examples: [
            ["infill backfill delete bf_01JD3K9V… --dry-run", "show what it would delete"],
            ["infill backfill delete bf_01JD3K9V… --yes", "do not ask"],
            ["infill backfill delete bf_01JD3K9V… --force", "also an unreadable one"],
          ],
          load: async () => (await import("../commands/backfill/backfillDelete.ts")).backfillDelete,
        },
        {
          name: "prune",
          summary: "delete old ended backfills, by age or number",
          examples: [
            [
              "infill backfill prune --dry-run",
              "show which backfills the project's retention would prune",
            ],
            ["infill backfill prune --older-than 30d --yes", "do not ask"],
          ],
          load: async () => (await import("../commands/backfill/backfillPrune.ts")).backfillPrune,
        },
        {
          name: "events",
          summary: "list changes to a backfill: who, when, why, before and after",
          examples: [
            ["infill backfill events bf_01JD3K9V…", "oldest first"],
            ["infill backfill events bf_01JD3K9V… --output jsonl", "one object a line, to archive"],
          ],
          load: async () => (await import("../commands/backfill/backfillEvents.ts")).backfillEvents,
        },
        {
          name: "deliveries",
          summary: "list pending and parked deliveries of backfill summaries",
          examples: [
            ["infill backfill deliveries", "pending and parked deliveries"],
            ["infill backfill deliveries --output jsonl", "one object a line, for scripts"],
          ],
          load: async () =>
            (await import("../commands/backfill/backfillDeliveries.ts")).backfillDeliveries,
        },
        {
          name: "redeliver",
          summary: "send parked deliveries again, one by its id or all",
          examples: [
            ["infill backfill redeliver bf_01JD3K9V…-1", "to each target that has not taken it"],
            ["infill backfill redeliver --all --dry-run", "show which deliveries it would send"],
          ],
          load: async () =>
            (await import("../commands/backfill/backfillRedeliver.ts")).backfillRedeliver,
        },
      ],
    },
    {
      name: "gaps",
      summary: "list missing, failed and stale partitions as ranges, and run them",
      examples: [
        ["infill gaps", "of all assets"],
        ["infill gaps sales+ --fix --wait", "run all of them as one backfill, and watch it"],
      ],
      load: async () => (await import("../commands/partition/gaps.ts")).gaps,
    },
    {
      name: "partition",
      summary: "list, count, show, explain, mark and wipe partitions",
      examples: [
        ["infill partition count sales", "by status"],
        ["infill partition show sales 2024-01-31", "one partition, with its metadata or error"],
      ],
      commands: [
        {
          name: "list",
          summary: "list partitions with their status, in definition order",
          examples: [
            ["infill partition list sales --status failed", "failed partitions"],
            [
              "infill partition list sales --partitions '[2024-01-01...2024-01-31]' -q",
              "the keys of January",
            ],
          ],
          load: async () => (await import("../commands/partition/partitionList.ts")).partitionList,
        },
        {
          name: "count",
          summary: "count partitions by status",
          examples: [
            ["infill partition count sales", "all partitions"],
            [
              "infill partition count sales --partitions ':latest(30)' --json",
              "the newest 30, for scripts",
            ],
          ],
          load: async () =>
            (await import("../commands/partition/partitionCount.ts")).partitionCount,
        },
        {
          name: "show",
          summary: "show a partition: time window, status, last settlement, metadata, error",
          examples: [
            ["infill partition show sales 2024-01-31", "a daily asset"],
            [
              "infill partition show regional_sales '2024-01-31|us' --json",
              "two dimensions, for scripts",
            ],
          ],
          load: async () => (await import("../commands/partition/partitionShow.ts")).partitionShow,
        },
        {
          name: "why",
          summary: "explain why a partition has not run, and which command helps",
          examples: [
            ["infill partition why sales 2024-01-31", "a missing, skipped or failed partition"],
            [
              "infill partition why sales 2024-01-31 --json",
              "for scripts; exit code 3 if there is no such partition",
            ],
          ],
          load: async () => (await import("../commands/partition/partitionWhy.ts")).partitionWhy,
        },
        {
          name: "mark",
          summary: "mark partitions as materialized without running them",
          examples: [
            [
              "infill partition mark sales --partitions '[2023-01-01...2023-12-31]' --as materialized --reason 'loaded by hand'",
              "a year that was loaded another way",
            ],
            [
              "infill partition mark sales --partitions 2024-01-31 --as materialized --dry-run",
              "show what it would change",
            ],
          ],
          load: async () => (await import("../commands/partition/partitionMark.ts")).partitionMark,
        },
        {
          name: "wipe",
          summary: "delete status, records, errors and metadata of partitions",
          examples: [
            [
              "infill partition wipe sales --partitions '[2024-01-01...2024-01-31]' --dry-run",
              "show how many partitions of January it would wipe",
            ],
            [
              "infill partition wipe sales --partitions :failed --confirm sales",
              "failed partitions, in a script",
            ],
          ],
          load: async () => (await import("../commands/partition/partitionWipe.ts")).partitionWipe,
        },
        {
          name: "history",
          summary: "list marks and wipes of an asset: who, when, why; newest first",
          examples: [
            ["infill partition history sales", "of one asset"],
            ["infill partition history sales --output jsonl", "one object a line, to archive"],
          ],
          load: async () =>
            (await import("../commands/partition/partitionHistory.ts")).partitionHistory,
        },
      ],
    },
    {
      name: "dynamic",
      summary: "list, add and remove the keys of dynamic partitions",
      examples: [
        ["infill dynamic list", "the dynamic definitions of the project"],
        ["infill dynamic add regions us eu jp", "three keys"],
      ],
      commands: [
        {
          name: "list",
          summary: "list dynamic definitions, or the keys of one in the order they were added",
          examples: [
            ["infill dynamic list regions", "its keys, and when they were added"],
            ["infill dynamic list regions --removed -q", "removed keys"],
          ],
          load: async () => (await import("../commands/dynamic/dynamicList.ts")).dynamicList,
        },
        {
          name: "add",
          summary: "add keys; a removed key gets its state back",
          examples: [
            ["infill dynamic add regions us eu jp", "three keys"],
            [
              "infill dynamic add regions br --dry-run",
              "show whether it exists, and which state it would get back",
            ],
          ],
          load: async () => (await import("../commands/dynamic/dynamicAdd.ts")).dynamicAdd,
        },
        {
          name: "remove",
          summary: "remove keys; their partitions keep their state, hidden",
          examples: [
            [
              "infill dynamic remove regions jp --dry-run",
              "show which partitions and backfills it affects",
            ],
            ["infill dynamic remove regions jp --yes --reason 'closed'", "do not ask"],
          ],
          load: async () => (await import("../commands/dynamic/dynamicRemove.ts")).dynamicRemove,
        },
        {
          name: "history",
          summary: "list added and removed keys: who, when, why; newest first",
          examples: [
            ["infill dynamic history regions", "of one definition"],
            ["infill dynamic history regions --output jsonl", "one object a line, to archive"],
          ],
          load: async () => (await import("../commands/dynamic/dynamicHistory.ts")).dynamicHistory,
        },
      ],
    },
    {
      name: "asset",
      summary: "list and show assets, rename them, delete their state",
      examples: [
        ["infill asset list", "with counts by status"],
        ["infill asset show sales", "its definition, upstream and downstream"],
      ],
      commands: [
        {
          name: "list",
          summary: "list assets with counts by status",
          examples: [
            ["infill asset list", "for people"],
            ["infill asset list --output jsonl", "one object a line, for scripts"],
          ],
          load: async () => (await import("../commands/asset/assetList.ts")).assetList,
        },
        {
          name: "show",
          summary: "show an asset: definition, counts, upstream and downstream",
          examples: [
            ["infill asset show sales", "for people"],
            ["infill asset show sales --json", "for scripts"],
          ],
          load: async () => (await import("../commands/asset/assetShow.ts")).assetShow,
        },
        {
          name: "rename",
          summary: "move the state of a renamed asset to its new name",
          examples: [
            ["infill asset rename sales orders --dry-run", "show what it would move"],
            ["infill asset rename sales orders --yes", "in a script"],
          ],
          load: async () => (await import("../commands/asset/assetRename.ts")).assetRename,
        },
        {
          name: "reset",
          summary: "delete the state of an asset, so that its definition may change",
          examples: [
            ["infill asset reset sales --dry-run", "show what it would delete"],
            ["infill asset reset sales --confirm sales", "in a script"],
          ],
          load: async () => (await import("../commands/asset/assetReset.ts")).assetReset,
        },
        {
          name: "remove",
          summary: "delete every key of an asset, also if the project no longer has it",
          examples: [
            ["infill asset remove old_sales --dry-run", "show what it would delete"],
            ["infill asset remove old_sales --confirm old_sales", "in a script"],
          ],
          load: async () => (await import("../commands/asset/assetRemove.ts")).assetRemove,
        },
      ],
    },
    {
      name: "pool",
      summary: "list pools with their workers and queues",
      examples: [
        ["infill pool list", "workers, slots, waiting and active jobs"],
        ["infill pool list --json", "for scripts"],
      ],
      commands: [
        {
          name: "list",
          summary: "list pools with workers, slots and queue lengths",
          examples: [
            ["infill pool list", "for people"],
            ["infill pool list --json", "for scripts"],
          ],
          load: async () => (await import("../commands/service/poolList.ts")).poolList,
        },
      ],
    },
    {
      name: "worker",
      summary: "run and list workers",
      examples: [
        ["infill worker start --pool warehouse", "one pool"],
        ["infill worker list", "workers, their hosts, and what they run"],
      ],
      commands: [
        {
          name: "start",
          summary: "run a worker; SIGTERM or Ctrl-C lets running partitions finish",
          examples: [
            ["infill worker start --concurrency 16", "sixteen partitions at once, for each pool"],
            [
              "infill worker start --pool warehouse --grace 2m",
              "one pool; two minutes to finish when stopped",
            ],
          ],
          load: async () => (await import("../commands/service/workerStart.ts")).workerStart,
        },
        {
          name: "list",
          summary: "list workers, also those lost within the last hour",
          examples: [
            ["infill worker list", "for people"],
            ["infill worker list --output jsonl", "one object a line, for scripts"],
          ],
          load: async () => (await import("../commands/service/workerList.ts")).workerList,
        },
        {
          name: "show",
          summary: "show a worker: slots, heartbeat, project, running partitions",
          examples: [
            ["infill worker show worker_0a1b", "by the first characters of its id"],
            ["infill worker show worker_0a1b --json", "for scripts"],
          ],
          load: async () => (await import("../commands/service/workerShow.ts")).workerShow,
        },
      ],
    },
    {
      name: "planner",
      summary: "run and list planners",
      examples: [
        ["infill planner start", "start as many as you like"],
        ["infill planner list", "planners, their hosts, and how many backfills each plans"],
      ],
      commands: [
        {
          name: "start",
          summary: "run a planner until SIGTERM or Ctrl-C",
          examples: [
            ["infill planner start", "if one planner stops, another one takes over"],
            ["infill planner start --redis-url redis://10.0.0.5:6379", "on another server"],
          ],
          load: async () => (await import("../commands/service/plannerStart.ts")).plannerStart,
        },
        {
          name: "list",
          summary: "list planners, also those lost within the last hour",
          examples: [
            ["infill planner list", "for people"],
            ["infill planner list --json", "for scripts"],
          ],
          load: async () => (await import("../commands/service/plannerList.ts")).plannerList,
        },
      ],
    },
    {
      name: "version",
      summary: "print the version",
      examples: [
        ["infill version", "of Infill and of Node"],
        ["infill version --json", "for scripts"],
      ],
      load: async () => (await import("../commands/project/version.ts")).version,
    },
  ],
};
