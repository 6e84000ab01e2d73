--[[
control_ledger: says whether partitions of one asset may start for a backfill. Every claim and reservation reads it.

KEYS[1]  ledger    infill:{asset/<asset>}:ledger:<backfill>   hash
ARGV[1]  control   "running", "paused" or "canceling"

Returns  {"controlled", before}
         {"unknown"}              there is no such ledger; nothing was written
]]
local ledger, control = KEYS[1], ARGV[1]
local before = redis.call("HGET", ledger, "control")
if not before then return { "unknown" } end
redis.call("HSET", ledger, "control", control)
return { "controlled", before }
