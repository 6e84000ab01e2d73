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
  local marks = {}
  for index = 1, count do
    local offset = ARGV[at + index]
    -- In a sealed ledger every partition has settled, and there is no bitmap to read.
    if state[6] or redis.call("GETBIT", settled_plane, offset) == 1 then
      marks[index] = "s"
    elseif queued >= limit then
      marks[index] = "f"
    elseif redis.call("SETBIT", queued_plane, offset, 1) == 1 then
      marks[index] = "q"
    else
      marks[index] = "1"
      queued = queued + 1
    end
  end
  reply[#reply + 1] = table.concat(marks)
  at, key = at + 1 + count, key + 2
end
if queued ~= before then redis.call("HSET", ledger, "queued", queued) end
reply[2] = queued
return reply
