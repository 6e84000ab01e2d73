import type { CommandNode } from "../command/commandNode.ts";

/** Every command there is, in the order in which help lists them. */
export const commandTree: CommandNode = {
  name: "infill",
  summary:
    "Fills in partitioned data: submit a backfill, watch workers finish it, retry what failed.",
  examples: [
    ["infill dev", "Redis, planner and worker for the project here"],
    ["infill backfill create sales --wait", "run what is missing or failed of sales"],
  ],
  commands: [
    {
      name: "init",
      summary: "write a small project to start from",
      examples: [
        ["infill init my-backfills", "in a new directory"],
        ["infill init --dry-run", "say what would be written here"],
      ],
      load: async () => (await import("../commands/project/init.ts")).init,
    },
    {
      name: "dev",
      summary: "run Redis, a planner and workers for the project, until Ctrl-C",
      examples: [
        ["infill dev", "one worker that runs 8 partitions at a time"],
        ["infill dev --workers 4 --concurrency 16", "four worker processes"],
      ],
      load: async () => (await import("../commands/service/dev.ts")).dev,
    },
    {
      name: "check",
      summary: "load the project, and look at the Redis it would use",
      examples: [
        ["infill check", "definitions and Redis"],
        ["infill check --offline --project jobs/infill.config.ts", "definitions only"],
      ],
      load: async () => (await import("../commands/project/check.ts")).check,
    },
    {
      name: "doctor",
      summary: "compare queues and state, at any moment of a run, and repair what differs",
      examples: [
        ["infill doctor", "look; exit code 10 if something is wrong"],
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
          "January, and what follows from it",
        ],
        ["infill backfill list --status running", "what is running"],
      ],
      commands: [
        {
          name: "create",
          summary: "submit a backfill: the selected partitions of the selected assets",
          examples: [
            [
              "infill backfill create sales+ --partitions '[2024-01-01...2024-12-31]' --wait",
              "a year, everything downstream, watched to its end",
            ],
            [
              "infill backfill create sales --partitions ':failed' --dry-run",
              "what a retry of the failed ones would run",
            ],
          ],
          load: async () => (await import("../commands/backfill/backfillCreate.ts")).backfillCreate,
        },
        {
          name: "list",
          summary: "list backfills, newest first",
          examples: [
            ["infill backfill list --status running", "what is running"],
            ["infill backfill list -q --limit 1", "the id of the newest"],
          ],
          load: async () => (await import("../commands/backfill/backfillList.ts")).backfillList,
        },
        {
          name: "show",
          summary: "show a backfill: request, counts, assets, newest failures",
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
              "its state after ten minutes at most",
            ],
          ],
          load: async () => (await import("../commands/backfill/backfillWatch.ts")).backfillWatch,
        },
        {
          name: "pause",
          summary: "start nothing more of a backfill for a while; what runs may end",
          examples: [
            ["infill backfill pause bf_01JD3K9V… --for 8h", "and go on by itself after the night"],
            [
              "infill backfill pause bf_01JD3K9V… --now --reason 'warehouse is down'",
              "aborting what runs",
            ],
          ],
          load: async () => (await import("../commands/backfill/backfillPause.ts")).backfillPause,
        },
        {
          name: "resume",
          summary: "go on with a paused backfill",
          examples: [
            ["infill backfill resume bf_01JD3K9V…", "where it stands"],
            ["infill backfill resume bf_01JD3K9V… --wait", "and watch it to its end"],
          ],
          load: async () => (await import("../commands/backfill/backfillResume.ts")).backfillResume,
        },
        {
          name: "set",
          summary: "change how a running backfill goes on, and what it runs",
          examples: [
            [
              "infill backfill set bf_01JD3K9V… --weight 3 --max-failures 100",
              "three times the share, and a limit",
            ],
            [
              "infill backfill set bf_01JD3K9V… --drop '[2024-03-01...2024-03-31]' --yes",
              "without March and what depends on it",
            ],
          ],
          load: async () => (await import("../commands/backfill/backfillSet.ts")).backfillSet,
        },
        {
          name: "cancel",
          summary: "start nothing more of a backfill and abort what runs",
          examples: [
            [
              "infill backfill cancel bf_01JD3K9V… --reason 'wrong source'",
              "with the reason in its log",
            ],
            [
              "infill backfill cancel bf_01JD3K9V… --yes --wait",
              "without asking, until nothing runs",
            ],
          ],
          load: async () => (await import("../commands/backfill/backfillCancel.ts")).backfillCancel,
        },
        {
          name: "retry",
          summary: "run again what failed, was skipped or was canceled, and nothing else",
          examples: [
            ["infill backfill retry bf_01JD3K9V… --wait", "and watch it"],
            [
              "infill backfill retry bf_01JD3K9V… --group f7a1 --dry-run",
              "how many of one group of failures that would be",
            ],
          ],
          load: async () => (await import("../commands/backfill/backfillRetry.ts")).backfillRetry,
        },
        {
          name: "failures",
          summary: "show what failed, in groups of equal errors",
          examples: [
            ["infill backfill failures bf_01JD3K9V…", "largest group first"],
            ["infill backfill failures bf_01JD3K9V… -q", "the fingerprints, for retry --group"],
          ],
          load: async () =>
            (await import("../commands/backfill/backfillFailures.ts")).backfillFailures,
        },
        {
          name: "delete",
          summary: "delete a backfill that has ended; its partitions keep their state",
          examples: [
            ["infill backfill delete bf_01JD3K9V… --dry-run", "what would go"],
            ["infill backfill delete bf_01JD3K9V… --yes", "without asking"],
            ["infill backfill delete bf_01JD3K9V… --force", "also one that cannot be read"],
          ],
          load: async () => (await import("../commands/backfill/backfillDelete.ts")).backfillDelete,
        },
        {
          name: "prune",
          summary: "delete backfills that ended long ago, or beyond a number",
          examples: [
            ["infill backfill prune --dry-run", "what the project's retention would prune"],
            ["infill backfill prune --older-than 30d --yes", "without asking"],
          ],
          load: async () => (await import("../commands/backfill/backfillPrune.ts")).backfillPrune,
        },
        {
          name: "events",
          summary: "list what was done with a backfill: who, when, why, before and after",
          examples: [
            ["infill backfill events bf_01JD3K9V…", "oldest first"],
            ["infill backfill events bf_01JD3K9V… --output jsonl", "an object a line, to keep"],
          ],
          load: async () => (await import("../commands/backfill/backfillEvents.ts")).backfillEvents,
        },
        {
          name: "deliveries",
          summary:
            "list summaries of ends and automatic pauses that no webhook has taken yet, or ever",
          examples: [
            ["infill backfill deliveries", "those to come, and those that were given up"],
            ["infill backfill deliveries --output jsonl", "an object a line, for scripts"],
          ],
          load: async () =>
            (await import("../commands/backfill/backfillDeliveries.ts")).backfillDeliveries,
        },
        {
          name: "redeliver",
          summary: "send summaries again that were given up, by delivery id or all of them",
          examples: [
            ["infill backfill redeliver bf_01JD3K9V…-1", "to each target that did not take it"],
            ["infill backfill redeliver --all --dry-run", "which that would be"],
          ],
          load: async () =>
            (await import("../commands/backfill/backfillRedeliver.ts")).backfillRedeliver,
        },
      ],
    },
    {
      name: "gaps",
      summary: "list what is missing, failed or stale, as ranges, and run it",
      examples: [
        ["infill gaps", "of every asset"],
        ["infill gaps sales+ --fix --wait", "run it all as one backfill, and watch it"],
      ],
      load: async () => (await import("../commands/partition/gaps.ts")).gaps,
    },
    {
      name: "partition",
      summary: "list, count, show, explain, mark and wipe the partitions of an asset",
      examples: [
        ["infill partition count sales", "by status"],
        ["infill partition show sales 2024-01-31", "one, with its metadata or error"],
      ],
      commands: [
        {
          name: "list",
          summary: "list partitions with their status, in definition order",
          examples: [
            ["infill partition list sales --status failed", "what failed"],
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
            ["infill partition count sales", "all of them"],
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
          summary: "show a partition: window, status, last settlement, metadata, error",
          examples: [
            ["infill partition show sales 2024-01-31", "of a daily asset"],
            [
              "infill partition show regional_sales '2024-01-31|us' --json",
              "of two dimensions, for scripts",
            ],
          ],
          load: async () => (await import("../commands/partition/partitionShow.ts")).partitionShow,
        },
        {
          name: "why",
          summary:
            "explain where a partition stands: what it waits for, what held it back, what to run",
          examples: [
            ["infill partition why sales 2024-01-31", "one that is missing, skipped or failed"],
            ["infill partition why sales 2024-01-31 --json", "for scripts; 3 for no partition"],
          ],
          load: async () => (await import("../commands/partition/partitionWhy.ts")).partitionWhy,
        },
        {
          name: "mark",
          summary: "say that partitions are materialized, without running them",
          examples: [
            [
              "infill partition mark sales --partitions '[2023-01-01...2023-12-31]' --as materialized --reason 'loaded by hand'",
              "a year that came by another way",
            ],
            [
              "infill partition mark sales --partitions 2024-01-31 --as materialized --dry-run",
              "what that would change",
            ],
          ],
          load: async () => (await import("../commands/partition/partitionMark.ts")).partitionMark,
        },
        {
          name: "wipe",
          summary: "forget status, records, errors and metadata of partitions",
          examples: [
            [
              "infill partition wipe sales --partitions '[2024-01-01...2024-01-31]' --dry-run",
              "how many of January that would be",
            ],
            [
              "infill partition wipe sales --partitions :failed --confirm sales",
              "what failed, in a script",
            ],
          ],
          load: async () => (await import("../commands/partition/partitionWipe.ts")).partitionWipe,
        },
        {
          name: "history",
          summary: "list what was marked and wiped: who, when, why, newest first",
          examples: [
            ["infill partition history sales", "of one asset"],
            ["infill partition history sales --output jsonl", "an object a line, to keep"],
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
          summary:
            "list dynamic definitions, or the keys of one in the order in which they were added",
          examples: [
            ["infill dynamic list regions", "its keys, and since when"],
            ["infill dynamic list regions --removed -q", "those that are not there any more"],
          ],
          load: async () => (await import("../commands/dynamic/dynamicList.ts")).dynamicList,
        },
        {
          name: "add",
          summary: "add keys; one that was removed comes back with its state",
          examples: [
            ["infill dynamic add regions us eu jp", "three keys"],
            [
              "infill dynamic add regions br --dry-run",
              "whether it is there, and what comes back with it",
            ],
          ],
          load: async () => (await import("../commands/dynamic/dynamicAdd.ts")).dynamicAdd,
        },
        {
          name: "remove",
          summary: "remove keys; their partitions keep their state for when they come back",
          examples: [
            ["infill dynamic remove regions jp --dry-run", "what that concerns"],
            ["infill dynamic remove regions jp --yes --reason 'closed'", "without asking"],
          ],
          load: async () => (await import("../commands/dynamic/dynamicRemove.ts")).dynamicRemove,
        },
        {
          name: "history",
          summary: "list what was added and removed: who, when, why, newest first",
          examples: [
            ["infill dynamic history regions", "of one definition"],
            ["infill dynamic history regions --output jsonl", "an object a line, to keep"],
          ],
          load: async () => (await import("../commands/dynamic/dynamicHistory.ts")).dynamicHistory,
        },
      ],
    },
    {
      name: "asset",
      summary: "list and show the assets of the project, rename them, and give up their state",
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
            ["infill asset list --output jsonl", "an object a line, for scripts"],
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
          summary: "move the state of an asset to the name that the project has for it now",
          examples: [
            ["infill asset rename sales orders --dry-run", "what would move"],
            ["infill asset rename sales orders --yes", "in a script"],
          ],
          load: async () => (await import("../commands/asset/assetRename.ts")).assetRename,
        },
        {
          name: "reset",
          summary: "give up the state of an asset, so that it may be defined otherwise",
          examples: [
            ["infill asset reset sales --dry-run", "what would go"],
            ["infill asset reset sales --confirm sales", "in a script"],
          ],
          load: async () => (await import("../commands/asset/assetReset.ts")).assetReset,
        },
        {
          name: "remove",
          summary: "free every key of an asset, also of one that the project no longer has",
          examples: [
            ["infill asset remove old_sales --dry-run", "what would go"],
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
        ["infill worker list", "which run, where, and what they do"],
      ],
      commands: [
        {
          name: "start",
          summary: "run a worker until SIGTERM or Ctrl-C, then finish what runs",
          examples: [
            ["infill worker start --concurrency 16", "sixteen partitions at a time, of every pool"],
            [
              "infill worker start --pool warehouse --grace 2m",
              "one pool; two minutes to finish when stopped",
            ],
          ],
          load: async () => (await import("../commands/service/workerStart.ts")).workerStart,
        },
        {
          name: "list",
          summary: "list workers, with those that were lost within the last hour",
          examples: [
            ["infill worker list", "for people"],
            ["infill worker list --output jsonl", "an object a line, for scripts"],
          ],
          load: async () => (await import("../commands/service/workerList.ts")).workerList,
        },
        {
          name: "show",
          summary: "show a worker: slots, heartbeat, project, and what it runs",
          examples: [
            ["infill worker show worker_0a1b", "by the beginning of its id"],
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
        ["infill planner start", "any number of them, anywhere"],
        ["infill planner list", "which run, where, and how many backfills each plans"],
      ],
      commands: [
        {
          name: "start",
          summary: "run a planner until SIGTERM or Ctrl-C",
          examples: [
            ["infill planner start", "a second one takes over where the first one stops"],
            ["infill planner start --redis-url redis://10.0.0.5:6379", "on another server"],
          ],
          load: async () => (await import("../commands/service/plannerStart.ts")).plannerStart,
        },
        {
          name: "list",
          summary: "list planners, with those that were lost within the last hour",
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
        ["infill version", "of Infill, and of Node"],
        ["infill version --json", "for scripts"],
      ],
      load: async () => (await import("../commands/project/version.ts")).version,
    },
  ],
};
