--[[
mend_claims: makes claims, in-progress bits and sessions of one asset agree. Changes nothing if they do.

A claim whose ledger does not exist ends. A running claim of an unknown session lapses, as if the session's lease had
ended. A remaining running claim gets its in-progress bit and, unless settled, its queued bit. A partition without a
running claim has no in-progress bit.

KEYS[1]  sessions      infill:{asset/<asset>}:sessions      sorted set, session -> end of its lease, epoch ms
KEYS[2]  claims        infill:{asset/<asset>}:claims        hash, <lane>:<ordinal> -> claim entry (claim_partitions)
KEYS[3]  settlements   infill:{asset/<asset>}:settlements   stream
KEYS[4]  meta          infill:{asset/<asset>}:meta          hash
ARGV[1]  root          infill:{asset/<asset>}
ARGV[2…] fields        <lane>:<ordinal>, at most 512

Returns  {"mended", how many fields changed}
Keeps    every counter changes by as much as its bits or claims
Emits    one entry as settle_partitions does, outcome r for what lapsed
]]
--- @include "claim_entry"
--- @include "tell_settlements"
--- @include "counting"
--- @include "lapse_claim"
local sessions, claims, settlements, meta = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local root = ARGV[1]
local mended, event = 0, {}
for index = 2, #ARGV do
  local field = ARGV[index]
  local lane, ordinal = string.match(field, "^(.*):(%-?%d+)$")
  local chunk = math.floor(ordinal / 32768)
  local offset = ordinal - chunk * 32768
  local plane = root .. ":plane:" .. lane .. ":in_progress:" .. chunk
  local entry = redis.call("HGET", claims, field)
  local state, session, _, _, _, _, backfill = read_claim(entry or "")
  local ledger = backfill and root .. ":ledger:" .. backfill
  local changed = false
  if entry and (not state or redis.call("EXISTS", ledger) == 0) then
    redis.call("HDEL", claims, field)
    state, changed = nil, true
  end
  if state == "R" and not redis.call("ZSCORE", sessions, session) then
    lapse_claim(root, claims, field, entry)
    event[#event + 1] = backfill .. " " .. lane .. " r " .. ordinal .. ";"
    state, changed = "L", true
  end
  if state == "R" then
    if redis.call("SETBIT", plane, offset, 1) == 0 then changed = true end
    local place = ":" .. lane .. ":" .. chunk
    if redis.call("HEXISTS", ledger, "sealed") == 0 and redis.call("GETBIT", ledger .. ":settled" .. place, offset) == 0
      and redis.call("SETBIT", ledger .. ":queued" .. place, offset, 1) == 0 then
      add_to(ledger, "queued", 1)
      changed = true
    end
  elseif redis.call("GETBIT", plane, offset) == 1 then
    redis.call("SETBIT", plane, offset, 0)
    changed = true
  end
  if changed then mended = mended + 1 end
end
if #event > 0 then
  tell_settlements(meta, settlements, table.concat(event))
end
return { "mended", mended }
