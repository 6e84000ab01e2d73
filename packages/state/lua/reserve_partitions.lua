--[[
reserve_partitions: admits partitions of one backfill to its window of jobs, up to a limit. The planner calls it before it
adds their jobs, so that a planner that dies in between leaves a trace of the missing jobs.

KEYS[1]  ledger    infill:{asset/<asset>}:ledger:<backfill>                          hash
KEYS[2…] for each group two bitmaps of one chunk of one lane:
         queued    infill:{asset/<asset>}:ledger:<backfill>:queued:<lane>:<chunk>
         settled   infill:{asset/<asset>}:ledger:<backfill>:settled:<lane>:<chunk>
ARGV[1]  limit     the most that may be queued afterwards, partitions in progress included
ARGV[2…] for each group: how many bits, then the bits, offsets within the chunk; at most 4,096 in all

Returns  {"reserved", queued, settled, busy ms, marks…}   the ledger's counters after the call, and for each group a text
                                        with one mark for each bit: 1 this call queued it, s it has settled, q it was
                                        queued already, f the window is full
         {"stopped", control}           the backfill is not running; nothing was written
Keeps    a call that raises queued leaves it at most limit; the counter equals the bits
]]
--- @include "bitfield"
local ledger = KEYS[1]
local limit = tonumber(ARGV[1])

local state = redis.call("HMGET", ledger, "control", "queued", "succeeded", "failed", "busy_ms", "sealed")
if state[1] ~= "running" then return { "stopped", state[1] or "unknown" } end
local queued = tonumber(state[2])
local before = queued
if not queued then
  -- The counter is unreadable. Count only the chunks of this call; the doctor counts the others.
  queued = 0
  local counted = {}
  for group = 2, #KEYS, 2 do
    if not counted[KEYS[group]] then queued = queued + redis.call("BITCOUNT", KEYS[group]) end
    counted[KEYS[group]] = true
  end
end
local settled = (tonumber(state[3]) or 0) + (tonumber(state[4]) or 0)
local reply = { "reserved", 0, settled, tonumber(state[5] or 0) or 0 }
local at, key = 2, 2
while at <= #ARGV do
  local count = tonumber(ARGV[at])
  local queued_plane, settled_plane = KEYS[key], KEYS[key + 1]
  local marks, free, places = {}, {}, {}
  local offsets = {}
  for index = 1, count do offsets[index] = ARGV[at + index] end
  -- In a sealed ledger every partition has settled, and there is no bitmap to read.
  local is_settled = state[6] and {} or bitfield(settled_plane, offsets)
  for index = 1, count do
    if state[6] or is_settled[index] == 1 then
      marks[index] = "s"
    else
      free[#free + 1], places[#places + 1] = offsets[index], index
    end
  end
  if queued + #free <= limit then
    for index, was in ipairs(bitfield(queued_plane, free, 1)) do
      marks[places[index]] = was == 1 and "q" or "1"
      queued = queued + 1 - was
    end
  else
    for index, offset in ipairs(free) do
      if queued >= limit then
        marks[places[index]] = "f"
      elseif redis.call("SETBIT", queued_plane, offset, 1) == 1 then
        marks[places[index]] = "q"
      else
        marks[places[index]] = "1"
        queued = queued + 1
      end
    end
  end
  reply[#reply + 1] = table.concat(marks)
  at, key = at + 1 + count, key + 2
end
if queued ~= before then redis.call("HSET", ledger, "queued", queued) end
reply[2] = queued
return reply
