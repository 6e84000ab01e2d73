--[[
delete_ledger: deletes keys of a ledger whose backfill is being deleted. The last call deletes the ledger itself.

KEYS[1]  ledger     infill:{asset/<asset>}:ledger:<backfill>            hash
KEYS[2]  selected   infill:{asset/<asset>}:ledger:<backfill>:selected   hash
KEYS[3]  audit      infill:{asset/<asset>}:audit                        stream
KEYS[4…] others     infill:{asset/<asset>}:ledger:<backfill>:…          at most 1,000
ARGV[1]  last       "1": only ledger and selected are left, and this call deletes them too; "0": more calls follow
ARGV[2]  operation  random text, the same for all calls of one deletion
ARGV[3]  entry      JSON for the audit stream with the last call, else ""

Returns  {"deleted", how many keys}
         {"running", how many}        it has running claims; nothing was written
Error    CHANGING where the asset is being reset, removed or renamed; nothing was written
Keeps    selected is deleted last: it says where the planes are, and an interrupted deletion needs it to resume. The
         backfill's number stays, because records refer to it.
]]
--- @include "under_change"
--- @include "append_audit"
local ledger, selected, audit = KEYS[1], KEYS[2], KEYS[3]
local last, operation, entry = ARGV[1], ARGV[2], ARGV[3]
local changing = under_change(ledger)
if changing then return redis.error_reply("CHANGING " .. changing) end
local running = tonumber(redis.call("HGET", ledger, "in_progress") or 0) or 0
if running > 0 then return { "running", running } end
-- A deleted ledger must not be unsealed: that would write bitmaps after their deletion.
redis.call("HDEL", ledger, "sealed")
local deleted = 0
for at = 4, #KEYS do deleted = deleted + redis.call("UNLINK", KEYS[at]) end
if last == "1" then
  local gone = redis.call("UNLINK", ledger, selected)
  if gone > 0 then append_audit(audit, operation, entry) end
  deleted = deleted + gone
end
return { "deleted", deleted }
