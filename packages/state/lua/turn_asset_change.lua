--[[
turn_asset_change: replaces the operation on an asset's state by another one, so that processes that still work on the first
one write nothing more.

KEYS[1]  meta     infill:{asset/<asset>}:meta   hash
ARGV[1]  before   the operation that is under way, such as "rename <new name>"
ARGV[2]  after    the one that takes its place, such as "unrename <new name>"
ARGV[3]  always   "1": even if the operation has begun to delete; else "0"

Returns  {"turned"}          now, or by an earlier call
         {"moved"}           the operation has begun to delete the keys that it moved; nothing was written
         {"other", which}    another operation is under way, or "" for none; nothing was written
]]
local meta, before, after = KEYS[1], ARGV[1], ARGV[2]
local stands = redis.call("HGET", meta, "operation") or ""
if stands == after then return { "turned" } end
if stands ~= before then return { "other", stands } end
if ARGV[3] ~= "1" and redis.call("HEXISTS", meta, "moved") == 1 then return { "moved" } end
redis.call("HSET", meta, "operation", after)
return { "turned" }
