--[[
mend_records: restores lost bits of the planes from one page of records, which prove how partitions ended.

A succeeded record needs its materialized bit and no failed bit; a failed record needs its failed bit. A backfill never takes
a success back, so a succeeded record is settled in its backfill's ledger, unless that backfill runs the partition now.
Every partition of a sealed ledger has settled.

KEYS[1]  records        infill:{asset/<asset>}:records:<lane>:<page>                string (settle_partitions)
KEYS[2]  materialized   infill:{asset/<asset>}:plane:<lane>:materialized:<chunk>    bitmap
KEYS[3]  failed         infill:{asset/<asset>}:plane:<lane>:failed:<chunk>          bitmap
KEYS[4]  claims         infill:{asset/<asset>}:claims                               hash (claim_partitions)
KEYS[5]  numbers        infill:{asset/<asset>}:backfills                            hash, number -> backfill id
ARGV[1]  root           infill:{asset/<asset>}
ARGV[2]  lane
ARGV[3]  page           number

Returns  {"mended", how many records were ahead of the planes}; the page is extended to its full length of 128 records, or
         256 with earlier successes (settle_partitions)
Keeps    every counter changes by as much as its bits
]]
--- @include "counting"
local records, materialized, failed, claims, numbers = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local root, lane, page = ARGV[1], ARGV[2], tonumber(ARGV[3])
local bytes = redis.call("GET", records)
if not bytes then return { "mended", 0 } end
local mended = 0
local whole = #bytes <= 128 * 19 and 128 * 19 or 256 * 19
if #bytes < whole then
  redis.call("SETRANGE", records, whole - 1, "\0")
  bytes = redis.call("GET", records)
  mended = mended + 1
elseif #bytes > whole then
  bytes = string.sub(bytes, 1, whole)
  redis.call("SET", records, bytes)
  mended = mended + 1
end
local first = page * 128
local chunk = math.floor(first / 32768)
local ledgers = {}
local function ledger_of(number)
  if ledgers[number] == nil then
    local id = redis.call("HGET", numbers, number)
    local ledger = id and root .. ":ledger:" .. id
    ledgers[number] = ledger and redis.call("EXISTS", ledger) == 1
      and redis.call("HEXISTS", ledger, "sealed") == 0 and { ledger, id } or false
  end
  return ledgers[number]
end
for index = 0, 127 do
  local at = index * 19
  if string.sub(bytes, at + 1, at + 6) ~= "\0\0\0\0\0\0" then
    local bit = first + index - chunk * 32768
    local changed = false
    if string.byte(bytes, at + 16) >= 128 then
      changed = redis.call("SETBIT", failed, bit, 1) == 0
    else
      if redis.call("SETBIT", materialized, bit, 1) == 0 then changed = true end
      if redis.call("GETBIT", failed, bit) == 1 then
        redis.call("SETBIT", failed, bit, 0)
        changed = true
      end
      local high, middle, low = string.byte(bytes, at + 11, at + 13)
      local found = ledger_of(high * 65536 + middle * 256 + low)
      if found then
        local ledger, id = found[1], found[2]
        local place = ":" .. lane .. ":" .. chunk
        local entry = redis.call("HGET", claims, lane .. ":" .. string.format("%d", first + index)) or ""
        local is_running = string.sub(entry, 1, 2) == "R " and string.match(entry, "(%S+)$") == id
        if not is_running and redis.call("GETBIT", ledger .. ":settled" .. place, bit) == 0 then
          redis.call("SETBIT", ledger .. ":settled" .. place, bit, 1)
          add_to(ledger, "succeeded", 1)
          if redis.call("GETBIT", ledger .. ":queued" .. place, bit) == 1 then
            redis.call("SETBIT", ledger .. ":queued" .. place, bit, 0)
            add_to(ledger, "queued", -1)
          end
          changed = true
        end
      end
    end
    if changed then mended = mended + 1 end
  end
end
return { "mended", mended }
