--[[
settle_partitions: records the outcome of partitions of one asset, each once, under the claim that ran it.

KEYS[1]  claims         infill:{asset/<asset>}:claims        hash, <lane>:<ordinal> -> claim entry (claim_partitions)
KEYS[2]  waiters        infill:{asset/<asset>}:waiters       hash, <lane>:<ordinal> -> ledger keys
KEYS[3]  settlements    infill:{asset/<asset>}:settlements   stream
KEYS[4]  meta           infill:{asset/<asset>}:meta          hash
KEYS[5…] for each group, the partitions of one backfill on one record page, ten keys:
         ledger, and its bitmaps queued, settled, failed     infill:{asset/<asset>}:ledger:<backfill>[:<plane>:<lane>:<chunk>]
         planes in_progress, materialized, failed            infill:{asset/<asset>}:plane:<lane>:<plane>:<chunk>
         records                                             infill:{asset/<asset>}:records:<lane>:<page>    string
         errors, metadata                                    infill:{asset/<asset>}:errors|metadata:<lane>:<page>   hashes
ARGV[1]  session
ARGV[2…] for each group: backfill, lane, page, how many, then for each partition
         offset within the page, claim number, outcome (s succeeded, f failed), record (10 bytes: duration 4, code
         version 2, failed and attempt 1, claim tag 3), note ("" or JSON: the error if it failed, else metadata);
         at most 512 in all

A record is 19 bytes: when 6 (epoch ms), duration 4 (ms), backfill number 3, code version number 2, failed and attempt
1, claim tag 3; big-endian. A page holds 128 of them and is allocated whole, because growing it doubles its memory.

Returns  {"settlements", answers…}   for each partition
                                     "settled"   now, or by an earlier call under the same claim
                                     "refused"   the claim is no longer the newest; nothing was written for it
Keeps    one settlement a claim; in-progress bit <=> running claim; every counter equals its bits
Emits    one entry: n (sequence), s (text: for each ledger "<backfill> <lane> <outcome> <ordinal>,<ordinal>…;", the
         outcome s, f, or x for those that were refused, each time that they are, as long as the backfill's ledger stands)
]]
local claims, waiters, settlements, meta = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local session = ARGV[1]

local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local when = struct.pack(">I2I4", math.floor(now / 4294967296), now % 4294967296)
local shared = redis.call("EXISTS", waiters) == 1

-- Settles a partition for another backfill that waited for this execution, or tells it that it may run now. Its bitmaps
-- share the slot.
local function settle_for_waiter(ledger, lane, ordinal, outcome, event)
  local chunk = math.floor(ordinal / 32768)
  local offset = ordinal - chunk * 32768
  local place = ":" .. lane .. ":" .. chunk
  if string.sub(ledger, 1, 1) == "!" then
    event[#event + 1] = string.match(ledger, "([^:]+)$") .. " " .. lane .. " r " .. string.format("%d", ordinal) .. ";"
    return
  end
  -- A canceled backfill waits for nothing any more: what it has not settled stays canceled.
  local control = redis.call("HGET", ledger, "control")
  if not control or control == "canceling" then return end
  if redis.call("SETBIT", ledger .. ":settled" .. place, offset, 1) == 1 then return end
  if redis.call("SETBIT", ledger .. ":queued" .. place, offset, 0) == 1 then
    redis.call("HINCRBY", ledger, "queued", -1)
  end
  if outcome == "f" then redis.call("SETBIT", ledger .. ":failed" .. place, offset, 1) end
  redis.call("HINCRBY", ledger, outcome == "f" and "failed" or "succeeded", 1)
  event[#event + 1] = string.match(ledger, "([^:]+)$") .. " " .. lane .. " " .. outcome .. " " .. ordinal .. ";"
end

local reply, event = { "settlements" }, {}
local at, key = 2, 5
while at <= #ARGV do
  local backfill, lane, page, count = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local ledger, queued, settled, ledger_failed = KEYS[key], KEYS[key + 1], KEYS[key + 2], KEYS[key + 3]
  local in_progress, materialized, failed = KEYS[key + 4], KEYS[key + 5], KEYS[key + 6]
  local records, errors, metadata = KEYS[key + 7], KEYS[key + 8], KEYS[key + 9]
  local first = page * 128
  local shift = first % 32768
  local fields = {}
  for index = 1, count do
    fields[index] = lane .. ":" .. string.format("%d", first + ARGV[at - 1 + 5 * index])
  end
  local entries = redis.call("HMGET", claims, unpack(fields))
  local known = redis.call("HGET", ledger, "number")
  local number = tonumber(known or 0)
  local number_bytes = string.char(math.floor(number / 65536) % 256, math.floor(number / 256) % 256, number % 256)
  local done, released, refused = { s = {}, f = {} }, {}, {}
  local unqueued, busy = 0, 0
  local had_errors = redis.call("EXISTS", errors) == 1
  for index = 1, count do
    local arg = at - 1 + 5 * index
    local offset, claim, outcome, record, note = tonumber(ARGV[arg]), ARGV[arg + 1], ARGV[arg + 2], ARGV[arg + 3], ARGV[arg + 4]
    local field, entry = fields[index], entries[index]
    local mine = "R " .. session .. " " .. claim .. " "
    if entry and string.sub(entry, 1, #mine) == mine then
      local bit = shift + offset
      if #released == 0 and redis.call("EXISTS", records) == 0 then
        redis.call("SETRANGE", records, 128 * 19 - 1, "\0")
      end
      released[#released + 1] = field
      busy = busy + struct.unpack(">I4", record)
      redis.call("SETBIT", in_progress, bit, 0)
      if outcome == "s" then
        redis.call("SETBIT", materialized, bit, 1)
        redis.call("SETBIT", failed, bit, 0)
        if had_errors then redis.call("HDEL", errors, offset) end
      else
        redis.call("SETBIT", failed, bit, 1)
      end
      redis.call("SETRANGE", records, offset * 19,
        when .. string.sub(record, 1, 4) .. number_bytes .. string.sub(record, 5))
      if note ~= "" then redis.call("HSET", outcome == "s" and metadata or errors, offset, note) end
      if redis.call("SETBIT", settled, bit, 1) == 0 then
        if outcome == "f" then redis.call("SETBIT", ledger_failed, bit, 1) end
        done[outcome][#done[outcome] + 1] = string.format("%d", first + offset)
      end
      if redis.call("SETBIT", queued, bit, 0) == 1 then unqueued = unqueued + 1 end
      if shared then
        local ledgers = redis.call("HGET", waiters, field)
        if ledgers then
          redis.call("HDEL", waiters, field)
          for other in string.gmatch(ledgers, "%S+") do
            if other ~= ledger then settle_for_waiter(other, lane, first + offset, outcome, event) end
          end
        end
      end
      reply[#reply + 1] = "settled"
    elseif redis.call("GETRANGE", records, offset * 19 + 16, offset * 19 + 18) == string.sub(record, 8, 10) then
      reply[#reply + 1] = "settled"
    else
      refused[#refused + 1] = string.format("%d", first + offset)
      reply[#reply + 1] = "refused"
    end
  end
  if #released > 0 then
    redis.call("HDEL", claims, unpack(released))
    redis.call("HINCRBY", ledger, "in_progress", -#released)
    if unqueued > 0 then redis.call("HINCRBY", ledger, "queued", -unqueued) end
    if busy > 0 then redis.call("HINCRBY", ledger, "busy_ms", string.format("%d", busy)) end
    if #done.s > 0 then
      redis.call("HINCRBY", ledger, "succeeded", #done.s)
      event[#event + 1] = backfill .. " " .. lane .. " s " .. table.concat(done.s, ",") .. ";"
    end
    if #done.f > 0 then
      redis.call("HINCRBY", ledger, "failed", #done.f)
      event[#event + 1] = backfill .. " " .. lane .. " f " .. table.concat(done.f, ",") .. ";"
    end
  end
  if known and #refused > 0 then
    event[#event + 1] = backfill .. " " .. lane .. " x " .. table.concat(refused, ",") .. ";"
  end
  at, key = at + 4 + 5 * count, key + 10
end
if #event > 0 then
  redis.call("XADD", settlements, "MAXLEN", "~", 4096, "*",
    "n", redis.call("HINCRBY", meta, "settlements", 1), "s", table.concat(event))
end
return reply
