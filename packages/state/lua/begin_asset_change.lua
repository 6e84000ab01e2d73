--[[
begin_asset_change: locks an asset's state for one operation (reset, remove or rename).

KEYS[1]  meta        infill:{asset/<asset>}:meta   hash
ARGV[1]  operation   "reset", "remove", "rename <new name>", "prepare_rename <old name>" (assetOperation.ts)
ARGV[2]  epoch       random text; from now on a transition with another epoch writes nothing

Returns  {"begun"}           this call began it
         {"stands"}          an earlier call began it and has not ended it; nothing was written
         {"busy", other}     another operation is under way; nothing was written
Keeps    an asset under an operation accepts no registration, ledger, claim or change by hand
]]
local meta = KEYS[1]
local operation, epoch = ARGV[1], ARGV[2]

local other = redis.call("HGET", meta, "operation")
if other == operation then return { "stands" } end
if other then return { "busy", other } end
local before = redis.call("HGET", meta, "epoch")
if before then redis.call("HSET", meta, "epoch_before", before) end
redis.call("HSET", meta, "operation", operation, "epoch", epoch)
return { "begun" }
