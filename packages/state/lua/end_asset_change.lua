--[[
end_asset_change: ends an operation on an asset's state and unlocks the asset.

KEYS[1]  meta        infill:{asset/<asset>}:meta    hash
KEYS[2]  audit       infill:{asset/<asset>}:audit   stream
ARGV[1]  operation   the caller's operation
ARGV[2]  how         "undone": the asset is as before the operation
                     "reset": no definition is registered; the settlement stream continues
                     "removed": no key of the asset is left
                     "kept": the present state stays, under the operation's epoch
ARGV[3]  entry       JSON for the audit stream, or ""
ARGV[4]  name        of this operation in the audit stream, which holds at most one entry for it

Returns  {"ended"}      now
         {"outdated"}   that operation is not under way; nothing was written
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
