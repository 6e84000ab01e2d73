--[[
set_ledger_control: records whether a backfill may start partitions of one asset. Every claim and reservation reads it.

KEYS[1]  ledger     infill:{asset/<asset>}:ledger:<backfill>   hash
ARGV[1]  control    "running", "paused" (running partitions may end), "stopping" or "canceling" (they are aborted)
ARGV[2]  revision   of the backfill's status from which the control was derived

Returns  {"controlled", before}
         {"outdated", control}    a newer revision has been applied; nothing was written
         {"unknown"}              there is no such ledger; nothing was written
Keeps    the control of the highest revision wins, whatever the order of the calls
]]
local ledger, control, revision = KEYS[1], ARGV[1], tonumber(ARGV[2])
local before = redis.call("HMGET", ledger, "control", "control_revision")
if not before[1] then return { "unknown" } end
if revision < (tonumber(before[2] or 0) or 0) then return { "outdated", before[1] } end
redis.call("HSET", ledger, "control", control, "control_revision", revision)
return { "controlled", before[1] }
