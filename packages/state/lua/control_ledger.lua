--[[
control_ledger: says whether partitions of one asset may start for a backfill. Every claim and reservation reads it.

KEYS[1]  ledger     infill:{asset/<asset>}:ledger:<backfill>   hash
ARGV[1]  control    "running", "paused" (what runs may end), "stopping" or "canceling" (what runs is aborted)
ARGV[2]  revision   of the backfill's status that the control follows from

Returns  {"controlled", before}
         {"outdated", control}    a later status has been applied; nothing was written
         {"unknown"}              there is no such ledger; nothing was written
Keeps    the control is that of the latest status that anybody applied, in whatever order they come
]]
local ledger, control, revision = KEYS[1], ARGV[1], tonumber(ARGV[2])
local before = redis.call("HMGET", ledger, "control", "control_revision")
if not before[1] then return { "unknown" } end
if revision < tonumber(before[2] or 0) then return { "outdated", before[1] } end
redis.call("HSET", ledger, "control", control, "control_revision", revision)
return { "controlled", before[1] }
