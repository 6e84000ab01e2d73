--[[
end_asset_change: gives an asset back after an operation on its state.

KEYS[1]  meta        infill:{asset/<asset>}:meta    hash
KEYS[2]  audit       infill:{asset/<asset>}:audit   stream
ARGV[1]  operation   the one that began
ARGV[2]  how         "undone": all is as before
                     "reset": nothing is registered; the settlement stream goes on
                     "removed": nothing is left
                     "kept": what stands now is the asset's state, under the epoch that the operation gave it
ARGV[3]  entry       JSON for the audit stream, or ""
ARGV[4]  name        of this operation in the audit stream: an entry is written once

Returns  {"ended"}      now
         {"outdated"}   that operation is not under way (any more); nothing was written
]]
--- @include "append_audit"
local meta, audit = KEYS[1], KEYS[2]
local operation, how, entry, name = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

if redis.call("HGET", meta, "operation") ~= operation then return { "outdated" } end
if how == "removed" then
  redis.call("DEL", meta, audit)
  return { "ended" }
end
if how == "undone" then
  local before = redis.call("HGET", meta, "epoch_before")
  if before then redis.call("HSET", meta, "epoch", before) else redis.call("HDEL", meta, "epoch") end
elseif how == "reset" then
  redis.call("HDEL", meta, "fingerprint", "epoch", "backfills")
end
redis.call("HDEL", meta, "operation", "epoch_before", "moved")
append_audit(audit, name, entry)
return { "ended" }
