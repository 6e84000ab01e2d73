const src = "packages/state/src";
const settle = [`${src}/settlements/settlePartitions.redis.test.ts`];
const history = [`${src}/settlements/attemptHistory.redis.test.ts`];
const claim = [`${src}/claims/claimPartitions.redis.test.ts`];
const release = [`${src}/claims/releasePartitions.redis.test.ts`];
const reserve = [`${src}/ledger/reservePartitions.redis.test.ts`];
const sessions = [`${src}/processes/sessions.redis.test.ts`];
const transitions = [`${src}/settlements/transitions.redis.test.ts`];
const permits = [`${src}/permits/permits.redis.test.ts`];
const seal = [`${src}/ledger/sealLedger.redis.test.ts`];
const unstarted = [`${src}/ledger/settleUnstarted.redis.test.ts`];
const reopen = [`${src}/ledger/reopenPartitions.redis.test.ts`];
const drop = [`${src}/ledger/dropReservations.redis.test.ts`];
const suspect = [`${src}/claims/startSuspect.redis.test.ts`];
const control = [`${src}/backfills/setLedgerControl.redis.test.ts`];
const sealScript = [`${src}/ledger/sealScript.redis.test.ts`];
const status = [`${src}/backfills/setBackfillStatus.redis.test.ts`];
const lua = "packages/state/lua";

/** @type {import("../../scripts/mutantList.mjs").FaultyFile[]} */
export const files = [
  {
    file: "packages/state/src/keys/interleave.ts",
    tests: ["packages/state/src/keys/interleave.property.test.ts"],
    faults: [
      { find: "place === 0 && end - at >= width", replace: "end - at >= width" },
      { find: "Math.min(width, end - row * width)", replace: "width" },
      { find: "row * width + to)", replace: "row * width + to + 1)" },
      { find: "!equalIntegers(before, set)", replace: "false" },
    ],
  },
  {
    file: "packages/state/src/keys/assetOrdinals.ts",
    tests: ["packages/state/src/assets/tileLayout.redis.test.ts"],
    faults: [
      { find: "(bit - tile.base) * tile.width", replace: "bit * tile.width" },
      { find: "((value % width) + width) % width", replace: "value % (width + 1)" },
    ],
  },
  {
    file: `${lua}/settle_partitions.lua`,
    tests: settle,
    isQuick: true,
    faults: [
      // An older claim of the same session settles.
      {
        find: `local mine = "R " .. session .. " " .. claim .. " "`,
        replace: `local mine = "R " .. session .. " "`,
      },
      // A claim whose number begins with the settled one is taken for it.
      {
        find: `local mine = "R " .. session .. " " .. claim .. " "`,
        replace: `local mine = "R " .. session .. " " .. claim`,
      },
      {
        find: `local mine = "R " .. session .. " " .. claim .. " "`,
        replace: `local mine = string.sub(entry or "", 1, 2) .. session .. " " .. claim .. " "`,
      },
      // A waiter's queued counter is not taken back.
      { find: `    add_to(ledger, "queued", -1)\n`, replace: "" },
      { find: `    add_to(ledger, "queued", -1)\n`, replace: `    add_to(ledger, "queued", 1)\n` },
      {
        find: `redis.call("SETBIT", ledger .. ":queued" .. place, offset, 0) == 1`,
        replace: `redis.call("SETBIT", ledger .. ":queued" .. place, offset, 0) == 0`,
      },
      {
        find: `redis.call("SETBIT", ledger .. ":queued" .. place, offset, 0) == 1`,
        replace: `redis.call("GETBIT", ledger .. ":queued" .. place, offset) == 1`,
      },
      // A waiter's failure is counted as a success.
      {
        find: `add_to(ledger, outcome == "f" and "failed" or "succeeded", 1)`,
        replace: `add_to(ledger, "succeeded", 1)`,
      },
      {
        find: `  if outcome == "f" then redis.call("SETBIT", ledger .. ":failed" .. place, offset, 1) end\n`,
        replace: "",
      },
      {
        find: `if outcome == "f" then redis.call("SETBIT", ledger`,
        replace: `if outcome == "s" then redis.call("SETBIT", ledger`,
      },
      {
        find: `if not control or control == "canceling" or sealed then return end`,
        replace: `if not control or sealed then return end`,
      },
      {
        find: `if not control or control == "canceling" or sealed then return end`,
        replace: `if not control or control == "canceling" then return end`,
        tests: seal,
      },
      {
        find: `if redis.call("SETBIT", ledger .. ":settled" .. place, offset, 1) == 1 then return end`,
        replace: `redis.call("SETBIT", ledger .. ":settled" .. place, offset, 1)`,
      },
      {
        find: `  if string.sub(ledger, 1, 1) == "!" then\n`,
        replace: `  if string.sub(ledger, 1, 1) == "?" then\n`,
      },
      // A success leaves the failed bit of the asset.
      {
        find: `  if any_failed and #chunk.s > 0 and redis.call("EXISTS", failed) == 1 then bitfield(failed, chunk.s, 0) end\n`,
        replace: "",
      },
      { find: `bitfield(failed, chunk.s, 0)`, replace: `bitfield(failed, chunk.s, 1)` },
      { find: `bitfield(failed, chunk.f, 1)`, replace: `bitfield(failed, chunk.f)` },
      {
        find: `bitfield(materialized, chunk.s, 1)`,
        replace: `bitfield(materialized, chunk.all, 1)`,
      },
      { find: `bitfield(in_progress, chunk.all, 0)`, replace: `bitfield(in_progress, chunk.f, 0)` },
      { find: `bitfield(ledger_failed, lost, 1)`, replace: `bitfield(ledger_failed, lost)` },
      { find: `bitfield(queued, chunk.all, 0)`, replace: `bitfield(queued, chunk.all)` },
      {
        find: `change.queued = change.queued - was`,
        replace: `change.queued = change.queued - 1`,
      },
      {
        find: `change.in_progress = change.in_progress - #chunk.all`,
        replace: `change.in_progress = change.in_progress - #told.s`,
      },
      {
        find: `change.succeeded + #told.s, change.failed + #told.f`,
        replace: `change.succeeded + #chunk.s, change.failed + #chunk.f`,
      },
      { find: `        redis.call("HDEL", waiters, waiting[index])\n`, replace: "" },
      { find: `if other ~= ledger_name then`, replace: `if other == ledger_name then` },
      {
        find: `if chunk.refused and chunk.ledger.is_known then`,
        replace: `if chunk.refused and #chunk.refused > 1 and chunk.ledger.is_known then`,
      },
      {
        find: `if #released > 0 then redis.call("HDEL", claims, unpack(released)) end`,
        replace: "",
      },
      {
        find: `elseif redis.call("GETRANGE", records, offset * 19 + 16, offset * 19 + 18) == string.sub(record, 8, 10) then`,
        replace: `elseif false then`,
        tests: transitions,
      },
      {
        find: `redis.call("SETRANGE", key, from + (ends - #run) * 19, table.concat(run))`,
        replace: `redis.call("SETRANGE", key, from + (ends - #run + 1) * 19, table.concat(run))`,
        tests: history,
      },
      {
        find: `if outcome == "s" and had_errors then redis.call("HDEL", errors, offset) end`,
        replace: "",
      },
      {
        find: `ledger.change.busy_ms + struct.unpack(">I4", record)`,
        replace: `ledger.change.busy_ms - struct.unpack(">I4", record)`,
      },
      {
        find: `string.sub(entry, #mine + 1, #mine + 4) == "1 0 "`,
        replace: `string.sub(entry, #mine + 1, #mine + 2) == "1 "`,
      },
      {
        find: `local how = was >= 128 and "f" or "s"`,
        replace: `local how = was > 128 and "s" or "f"`,
        tests: history,
      },
      {
        find: `if is_plain and was == 1 then`,
        replace: `if is_plain and was == 2 then`,
        tests: history,
      },
    ],
  },
  {
    file: `${lua}/release_partitions.lua`,
    tests: release,
    isQuick: true,
    faults: [
      {
        find: `local mine = "R " .. session .. " " .. claim .. " "`,
        replace: `local mine = "R " .. session .. " "`,
      },
      {
        find: `local mine = "R " .. session .. " " .. claim .. " "`,
        replace: `local mine = "R " .. session .. " " .. claim`,
      },
      // A stop leaves the partition in the window.
      { find: `if (how == "cancel" or how == "stop") and`, replace: `if how == "cancel" and` },
      { find: `if (how == "cancel" or how == "stop") and`, replace: `if how == "stop" and` },
      { find: `if (how == "cancel" or how == "stop") and`, replace: `if how ~= "retry" and` },
      // A retry tells those that wait.
      {
        find: `local ledgers = how ~= "retry" and redis.call("HGET", waiters, field)`,
        replace: `local ledgers = redis.call("HGET", waiters, field)`,
      },
      {
        find: `local ledgers = how ~= "retry" and redis.call("HGET", waiters, field)`,
        replace: `local ledgers = how == "stop" and redis.call("HGET", waiters, field)`,
      },
      { find: `      redis.call("HDEL", waiters, field)\n`, replace: "" },
      { find: `    redis.call("SETBIT", in_progress, ordinal % 32768, 0)\n`, replace: "" },
      { find: `    add_to(ledger, "in_progress", -1)\n`, replace: "" },
      { find: `      add_to(ledger, "queued", -1)\n`, replace: "" },
      {
        find: `if how == "unstarted" or started == "0" then`,
        replace: `if how == "unstarted" then`,
      },
      { find: `if how == "unstarted" or started == "0" then`, replace: `if started == "0" then` },
      { find: `string.format("%d", attempt - 1)`, replace: `string.format("%d", attempt - 2)` },
      { find: `elseif how ~= "retry" then`, replace: `else` },
      {
        find: `tally_text(deaths, lapses, free + 1)`,
        replace: `tally_text(deaths, lapses + 1, free)`,
      },
      {
        find: `if how == "cancel" then\n      redis.call("HDEL", claims, field)`,
        replace: `if how == "cancel" then\n`,
      },
      {
        find: `backfill .. " " .. lane .. " w " .. ordinal`,
        replace: `backfill .. " " .. lane .. " r " .. ordinal`,
      },
      { find: `if ran ~= "" then`, replace: `if ran == "" then`, tests: history },
      {
        find: `retry = "t", give_back = "g"`,
        replace: `retry = "g", give_back = "t"`,
        tests: history,
      },
    ],
  },
  {
    file: `${lua}/includes/lapse_claim.lua`,
    tests: sessions,
    isQuick: true,
    faults: [
      // A suspect that did not start counts as a death.
      { find: `if started == "0" then`, replace: `if started == "" then` },
      { find: `string.format("%d", attempt - 1)`, replace: `string.format("%d", attempt)` },
      {
        find: `tally_text(deaths + 1, lapses, free)`,
        replace: `tally_text(deaths, lapses + 1, free)`,
      },
      { find: `tally_text(deaths + 1, lapses, free)`, replace: `tally_text(deaths + 1, 0, free)` },
      { find: `ordinal - chunk * 32768, 0)`, replace: `ordinal - chunk * 32768, 1)` },
      { find: `"in_progress", -1)`, replace: `"in_progress", -2)` },
      { find: `local lapsed = "L "`, replace: `local lapsed = "W "` },
    ],
  },
  {
    file: `${lua}/lapse_sessions.lua`,
    tests: sessions,
    isQuick: true,
    faults: [
      {
        find: `if session and over[session] and`,
        replace: `if session and`,
      },
      { find: `tonumber(until_ms) <= now then`, replace: `tonumber(until_ms) > now then` },
      {
        find: `string.match(entry, "^R (%S+) ")`,
        replace: `string.match(entry, "^%u (%S+) ")`,
        tests: sessions,
      },
      {
        find: `for session in pairs(over) do redis.call("ZREM", sessions, session) end`,
        replace: "",
      },
      { find: `lapsed = lapsed + 1`, replace: `lapsed = lapsed` },
      { find: `if #event > 0 then`, replace: `if #event > 1 then` },
    ],
  },
  {
    file: `${lua}/renew_session.lua`,
    tests: sessions,
    isQuick: true,
    faults: [
      {
        find: `if not redis.call("ZSCORE", sessions, session) then return { "lost" } end\n`,
        replace: "",
      },
      { find: `+ lease, session)`, replace: `- lease, session)` },
      { find: `time[1] * 1000 +`, replace: `time[1] +` },
      { find: `for index = 2, #KEYS do`, replace: `for index = 3, #KEYS do` },
      { find: `"control") or "unknown"`, replace: `"control") or "running"` },
      { find: `"ZADD", sessions,`, replace: `"ZADD", sessions, "NX",` },
    ],
  },
  {
    file: `${lua}/reserve_partitions.lua`,
    tests: reserve,
    isQuick: true,
    faults: [
      // One job more than the window.
      { find: `if queued >= limit then`, replace: `if queued > limit then` },
      { find: `if queued + #free <= limit then`, replace: `if queued <= limit then` },
      { find: `queued = queued + 1\n`, replace: `queued = queued + 0\n` },
      { find: `if state[1] ~= "running" then`, replace: `if state[1] == "canceling" then` },
      {
        find: `if queued ~= before then redis.call("HSET", ledger, "queued", queued) end`,
        replace: "",
      },
      { find: `reply[2] = queued\n`, replace: `reply[2] = before\n` },
      {
        find: `state[6] or is_settled[index] == 1`,
        replace: `state[6]`,
      },
      {
        find: `redis.call("SETBIT", queued_plane, offset, 1) == 1 then`,
        replace: `redis.call("GETBIT", queued_plane, offset) == 1 then`,
      },
      {
        find: `if state[6] or is_settled`,
        replace: `if is_settled`,
        tests: seal,
      },
      {
        find: `local settled = (tonumber(state[3]) or 0) + (tonumber(state[4]) or 0)`,
        replace: `local settled = (tonumber(state[3]) or 0) - 1`,
      },
    ],
  },
  {
    file: `${lua}/claim_partitions.lua`,
    tests: claim,
    isQuick: true,
    faults: [
      {
        find: `if group.is_queued[index] == 0 or left[field] then`,
        replace: `if left[field] then`,
      },
      {
        find: `if group.is_queued[index] == 0 or left[field] then`,
        replace: `if group.is_queued[index] == 0 then`,
      },
      { find: `tonumber(until_ms) > now`, replace: `tonumber(until_ms) < now` },
      {
        find: `if state == "R" and owner == session and owned == number then`,
        replace: `if state == "R" and owner == session then`,
      },
      {
        find: `elseif concerns_it and state == "R" and is_live(owner) then`,
        replace: `elseif concerns_it and state == "R" then`,
      },
      {
        find: `if holder ~= backfill then wait_for_outcome(field, overlap, ledger) end`,
        replace: "",
      },
      {
        find: `if holder == backfill then attempt, tally = string.format("%d", tried + 1), counted end`,
        replace: `if holder == backfill then attempt, tally = string.format("%d", tried), counted end`,
      },
      {
        find: `if holder == backfill then attempt, tally = string.format("%d", tried + 1), counted end`,
        replace: `attempt, tally = string.format("%d", tried + 1), counted`,
      },
      {
        find: `if not answer and control ~= "running" then`,
        replace: `if not answer and control == "canceling" then`,
      },
      { find: `control == "running" or holder == backfill`, replace: `control == "running"` },
      {
        find: `if not answer and (permit == "ask" or (capped and permit == "none")) then`,
        replace: `if not answer and permit == "ask" then`,
        tests: permits,
      },
      {
        find: `bitfield(group.in_progress, group.started, 1)`,
        replace: `bitfield(group.in_progress, group.started)`,
      },
      {
        find: `add_to(ledger, "in_progress", policy.started)`,
        replace: `add_to(ledger, "in_progress", 1)`,
      },
      {
        find: `add_to(ledger, "queued", -policy.dropped)`,
        replace: `add_to(ledger, "queued", -1)`,
      },
      { find: `  bitfield(group.queued, group.dropped, 0)\n`, replace: "" },
      { find: `        changed[field] = entry\n        written`, replace: `        written` },
      {
        find: `redis.call("HGET", meta, "epoch") ~= epoch`,
        replace: `not redis.call("HGET", meta, "epoch")`,
      },
    ],
  },
  {
    file: `${lua}/seal_ledger.lua`,
    tests: sealScript,
    isQuick: true,
    faults: [
      {
        find: `if settled ~= counts[1] or counts[2] ~= 0 or counts[3] ~= 0 then`,
        replace: `if settled ~= counts[1] or counts[3] ~= 0 then`,
      },
      {
        find: `if settled ~= counts[1] or counts[2] ~= 0 or counts[3] ~= 0 then`,
        replace: `if settled > counts[1] or counts[2] ~= 0 or counts[3] ~= 0 then`,
      },
      {
        find: `local settled = counts[4] + counts[5] + counts[6] + counts[7]`,
        replace: `local settled = counts[4] + counts[5] + counts[6]`,
      },
      { find: `for index = 3, #KEYS do redis.call("UNLINK", KEYS[index]) end`, replace: "" },
      {
        find: `if not counts[1] or redis.call("HLEN", selected) ~= rows then`,
        replace: `if not counts[1] then`,
      },
      { find: `if row and #row <= short_row then`, replace: `if row then` },
    ],
  },
  {
    file: `${lua}/settle_unstarted.lua`,
    tests: unstarted,
    isQuick: true,
    faults: [
      {
        find: `if reopened ~= "" and (redis.call("HGET", ledger, "reopened") or "0") ~= reopened then return { "outdated" } end`,
        replace: "",
      },
      { find: `  add_to(ledger, word, count)\n`, replace: "" },
      {
        find: `redis.call("BITOP", "OR", outcome, outcome, scratch)`,
        replace: `redis.call("BITOP", "AND", outcome, outcome, scratch)`,
      },
      { find: `unqueue and in_progress or queued)`, replace: `in_progress)` },
      { find: `redis.call("LTRIM", culprits, -10000, -1)`, replace: "" },
      { find: `if unqueued > 0 then add_to(ledger, "queued", -unqueued) end`, replace: "" },
    ],
  },
  {
    file: `${lua}/reopen_partitions.lua`,
    tests: reopen,
    isQuick: true,
    faults: [
      { find: `  add_to(ledger, word, -count)\n`, replace: "" },
      {
        find: `redis.call("BITOP", "XOR", settled, settled, scratch)`,
        replace: `redis.call("BITOP", "OR", settled, settled, scratch)`,
      },
      { find: `add_to(ledger, "reopened", 1)`, replace: `add_to(ledger, "reopened", 0)` },
      {
        find: `if word == "canceled" then forget_dropped(KEYS[5], scratch) end`,
        replace: "",
      },
      { find: `if mask ~= "" and redis.call(`, replace: `if redis.call(` },
    ],
  },
  {
    file: `${lua}/start_suspect.lua`,
    tests: suspect,
    isQuick: true,
    faults: [
      {
        find: `if not entry or string.sub(entry, 1, #mine) ~= mine then`,
        replace: `if not entry then`,
      },
      { find: `" " .. now .. " "`, replace: `" 0 "` },
    ],
  },
  {
    file: `${lua}/set_ledger_control.lua`,
    tests: control,
    isQuick: true,
    faults: [
      {
        find: `if revision < (tonumber(before[2] or 0) or 0) then`,
        replace: `if revision <= (tonumber(before[2] or 0) or 0) then`,
      },
      {
        find: `(tonumber(before[2] or 0) or 0)`,
        replace: `tonumber(before[2] or 0)`,
      },
      {
        find: `if revision < (tonumber(before[2] or 0) or 0) then return { "outdated", before[1] } end\n`,
        replace: "",
      },
    ],
  },
  {
    file: `${lua}/drop_reservations.lua`,
    tests: drop,
    isQuick: true,
    faults: [
      { find: `if control == "running" then return { "running" } end\n`, replace: "" },
      {
        find: `if not (state == "R" and holder == backfill) then`,
        replace: `if not (state == "R") then`,
      },
      {
        find: `control == "canceling" and state and holder == backfill then`,
        replace: `state and holder == backfill then`,
      },
      { find: `if dropped > 0 then add_to(ledger, "queued", -dropped) end\n`, replace: "" },
    ],
  },
  {
    file: `${lua}/mend_reservations.lua`,
    tests: drop,
    isQuick: true,
    faults: [
      {
        find: `if string.sub(entry, 1, 2) ~= "R " and redis.call(`,
        replace: `if redis.call(`,
      },
      { find: `if returned > 0 then add_to(ledger, "queued", -returned) end\n`, replace: "" },
    ],
  },
  {
    file: `${lua}/judge_lapse.lua`,
    tests: suspect,
    isQuick: true,
    faults: [
      { find: `if deaths == told then`, replace: `if deaths >= told then` },
      {
        find: `tally_text(deaths - 1, lapses + 1, free)`,
        replace: `tally_text(deaths - 1, lapses, free)`,
      },
    ],
  },
  {
    file: `${lua}/forget_claims.lua`,
    tests: suspect,
    isQuick: true,
    faults: [
      {
        find: `if state ~= "R" and holder == backfill then`,
        replace: `if holder == backfill then`,
      },
      { find: `if state ~= "R" and holder == backfill then`, replace: `if state ~= "R" then` },
    ],
  },
  {
    file: `${lua}/unseal_ledger.lua`,
    tests: sealScript,
    isQuick: true,
    faults: [
      {
        find: `local stands = redis.call("HLEN", selected) + (row and 1 or 0)`,
        replace: `local stands = redis.call("HLEN", selected)`,
      },
      {
        find: `if redis.call("HGET", ledger, "sealed") ~= sealed or stands ~= rows then`,
        replace: `if redis.call("HGET", ledger, "sealed") ~= sealed then`,
      },
      {
        find: `if redis.call("HGET", ledger, "sealed") ~= sealed or stands ~= rows then`,
        replace: `if stands ~= rows then`,
      },
      { find: `if row then redis.call("HSETNX", selected, 0, row) end\n`, replace: "" },
    ],
  },
  {
    file: `${lua}/set_backfill_status.lua`,
    tests: status,
    isQuick: true,
    faults: [
      { find: `if not allowed then`, replace: `if allowed then` },
      {
        find: `if known ~= "" and stands ~= tonumber(known) then`,
        replace: `if known ~= "" and stands > tonumber(known) then`,
      },
      { find: `redis.call("HINCRBY", header, "revision", 1)`, replace: `stands` },
      { find: ` or redis.call("HEXISTS", header, "deleting") == 1`, replace: "" },
      { find: `  redis.call("SREM", active, backfill)\n`, replace: "" },
      { find: `  redis.call("HDEL", header, "finished")\n`, replace: "" },
      {
        find: `if pause == "" then redis.call("HDEL", header, "pause") else`,
        replace: `if pause ~= "" then`,
      },
      {
        find: `  redis.call("ZADD", deliveries, now, backfill .. "-" .. sequence)\n`,
        replace: "",
      },
    ],
  },
];
