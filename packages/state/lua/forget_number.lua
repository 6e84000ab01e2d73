--[[
forget_number: deletes the asset's number of a backfill that is being deleted, unless a record still refers to it. If the
backfill is pruned, deletes the errors of its failures too.

KEYS[1]  numbers   infill:{asset/<asset>}:backfills           hash, number -> backfill id
KEYS[2]  ledger    infill:{asset/<asset>}:ledger:<backfill>   hash
KEYS[3…] for each page: records and errors   infill:{asset/<asset>}:records|errors:<lane>:<page>   string and hash; at most 64 pages
ARGV[1]  number
ARGV[2]  last      "1": this is the last page and no earlier call answered "named"; else "0"
ARGV[3]  errors    "drop" or "keep": whether the errors of its failures are deleted

Returns  {"named"}     a record of these pages refers to the number
         {"unnamed"}   none does
         {"running"}   its ledger has running claims; nothing was written
Error    CHANGING where the asset is being reset, removed or renamed; nothing was written
Keeps    the entry of a number that a record refers to or that a running claim may still write
]]
--- @include "under_change"
local numbers, ledger, number, last, drops_errors = KEYS[1], KEYS[2], tonumber(ARGV[1]), ARGV[2], ARGV[3] == "drop"
local changing = under_change(ledger)
if changing then return redis.error_reply("CHANGING " .. changing) end
if (tonumber(redis.call("HGET", ledger, "in_progress") or 0) or 0) > 0 then return { "running" } end
local wanted = string.char(math.floor(number / 65536) % 256, math.floor(number / 256) % 256, number % 256)
local is_named = false
for key = 3, #KEYS, 2 do
  local records = redis.call("GET", KEYS[key])
  local has_errors = drops_errors and redis.call("EXISTS", KEYS[key + 1]) == 1
  if records and (has_errors or not is_named) then
    local gone = {}
    for offset = 0, 127 do
      if string.sub(records, offset * 19 + 11, offset * 19 + 13) == wanted then
        is_named = true
        gone[#gone + 1] = offset
      end
    end
    if has_errors and #gone > 0 then redis.call("HDEL", KEYS[key + 1], unpack(gone)) end
  end
end
if last == "1" and not is_named then redis.call("HDEL", numbers, number) end
return { is_named and "named" or "unnamed" }
