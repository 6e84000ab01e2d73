--[[
settle_partitions: records the outcome of partitions of one asset, once for each claim.

KEYS[1]  claims         infill:{asset/<asset>}:claims        hash, <lane>:<ordinal> -> claim entry (claim_partitions)
KEYS[2]  waiters        infill:{asset/<asset>}:waiters       hash, <lane>:<ordinal> -> ledger keys
KEYS[3]  settlements    infill:{asset/<asset>}:settlements   stream
KEYS[4]  meta           infill:{asset/<asset>}:meta          hash
KEYS[5…] for each group, the partitions of one backfill on one record page, eleven keys:
         ledger, and its bitmaps queued, settled, failed     infill:{asset/<asset>}:ledger:<backfill>[:<plane>:<lane>:<chunk>]
         planes in_progress, materialized, failed            infill:{asset/<asset>}:plane:<lane>:<plane>:<chunk>
         records                                             infill:{asset/<asset>}:records:<lane>:<page>    string
         errors, metadata                                    infill:{asset/<asset>}:errors|metadata:<lane>:<page>   hashes
         attempts                                            infill:{asset/<asset>}:attempts:<lane>:<page>          hash (append_attempts)
ARGV[1]  session
ARGV[2]  facts          for each partition, group by group, 19 bytes, big-endian: offset within the page 1, whether it has a
                        note 1, claim number 7, record 10 (duration 4, code version 2, failed and attempt 1, claim tag 3);
                        at most 512 partitions in all
ARGV[3…] for each group: backfill, lane, page, how many, then the notes of those that have one (JSON: the error of a
         failure, else metadata)

A record is 19 bytes: when 6 (epoch ms), duration 4 (ms), backfill number 3, code version number 2, failed and attempt
1, claim tag 3; big-endian. A page holds 128 of them and is allocated whole, because growing it doubles its memory.

The record describes the last attempt. The one before it is kept too. If both were successes at the first attempt, and the
partition has no history of attempts, the old record moves to the page's second half of 128 records. Otherwise the history
gets a line: for a failure, for a later attempt than the first, for any attempt once there is a history, and for the record
that is overwritten.

Returns  {"settlements", "each", answers…}   for each partition
                                     "settled"   now, or by an earlier call under the same claim
                                     "refused"   the claim is no longer the newest; nothing was written for it
         {"settlements", "all", answer}      the same for all
Keeps    one settlement a claim; in-progress bit <=> running claim; every counter equals its bits
Emits    one entry: n (sequence), s (text: for each ledger "<backfill> <lane> <outcome> <runs>;", where runs are ordinals
         and <first>+<how many>, with commas between). Outcomes:
         s succeeded, f failed, x refused (at every refusal, as long as the backfill's ledger exists)
]]
--- @include "tell_settlements"
--- @include "now_ms"
--- @include "counting"
--- @include "bitfield"
--- @include "append_attempts"
--- @include "ordinal_runs"
local claims, waiters, settlements, meta = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local session, facts = ARGV[1], ARGV[2]

local now = now_ms()
local when = struct.pack(">I2I4", math.floor(now / 4294967296), now % 4294967296)
local event = {}

-- Settles a partition for another backfill that shares this execution, or tells that backfill that it may rerun the
-- partition. Its bitmaps share the slot.
local function settle_for_waiter(ledger, lane, ordinal, outcome)
  local chunk = math.floor(ordinal / 32768)
  local offset = ordinal - chunk * 32768
  local place = ":" .. lane .. ":" .. chunk
  if string.sub(ledger, 1, 1) == "!" then
    event[#event + 1] = string.match(ledger, "([^:]+)$") .. " " .. lane .. " r " .. string.format("%d", ordinal) .. ";"
    return
  end
  -- A canceled backfill waits no more: partitions that it has not settled stay canceled. In a sealed ledger every
  -- partition has settled.
  local control, sealed = unpack(redis.call("HMGET", ledger, "control", "sealed"))
  if not control or control == "canceling" or sealed then return end
  if redis.call("SETBIT", ledger .. ":settled" .. place, offset, 1) == 1 then return end
  if redis.call("SETBIT", ledger .. ":queued" .. place, offset, 0) == 1 then
    add_to(ledger, "queued", -1)
  end
  if outcome == "f" then redis.call("SETBIT", ledger .. ":failed" .. place, offset, 1) end
  add_to(ledger, outcome == "f" and "failed" or "succeeded", 1)
  event[#event + 1] = string.match(ledger, "([^:]+)$") .. " " .. lane .. " " .. outcome .. " " .. ordinal .. ";"
end

-- Reads several groups in one call: a call for each group would take as long as the rest of the script.
local fields, ordinals, record_keys, error_keys, attempt_keys, failed_keys = {}, {}, {}, {}, {}, {}
local at, key = 3, 5
while at <= #ARGV do
  local lane, first, count, notes = ARGV[at + 1], ARGV[at + 2] * 128, tonumber(ARGV[at + 3]), 0
  for _ = 1, count do
    local offset, has_note = string.byte(facts, #fields * 19 + 1, #fields * 19 + 2)
    local text = string.format("%d", first + offset)
    ordinals[#ordinals + 1], fields[#fields + 1] = text, lane .. ":" .. text
    notes = notes + has_note
  end
  record_keys[#record_keys + 1], error_keys[#error_keys + 1] = KEYS[key + 7], KEYS[key + 8]
  attempt_keys[#attempt_keys + 1], failed_keys[#failed_keys + 1] = KEYS[key + 10], KEYS[key + 6]
  at, key = at + 4 + notes, key + 11
end
local entries = redis.call("HMGET", claims, unpack(fields))
local all_records = redis.call("EXISTS", unpack(record_keys)) == #record_keys
local any_errors = redis.call("EXISTS", unpack(error_keys)) > 0
local any_attempts = redis.call("EXISTS", unpack(attempt_keys)) > 0
local any_failed = redis.call("EXISTS", unpack(failed_keys)) > 0
local none = {}

-- Returns the first line of the error in a note.
local function error_of(note)
  local is_json, failure = pcall(cjson.decode, note)
  if not is_json or type(failure) ~= "table" then return "" end
  return tostring(failure.name or "Error") .. ": " .. tostring(failure.message or "")
end

-- Appends the record that is being overwritten to the history of attempts, unless the history has it already.
local function with_record(known, record, was)
  local high, low, took, number = struct.unpack(">I2I4I4I3", record)
  local ended = high * 4294967296 + low
  if ended == 0 then return known end
  local how = was >= 128 and "f" or "s"
  local begins = how .. string.format(" %d ", ended)
  if string.sub(known, 1, #begins) == begins or string.find(known, "\n" .. begins, 1, true) then return known end
  return known .. attempt_line(how, ended, ended - took, was % 128, number, "-", "")
end

-- Writes records to a page, those of neighbors together: a call for each would take as long as the rest of the script.
local function write_records(key, from, offsets, texts)
  local run, ends = {}, -1
  for index = 1, #offsets + 1 do
    local offset = offsets[index]
    if #run > 0 and offset ~= ends then
      redis.call("SETRANGE", key, from + (ends - #run) * 19, table.concat(run))
      run = {}
    end
    if offset then run[#run + 1], ends = texts[index], offset + 1 end
  end
end

-- For each ledger: its number in the form of a record, and the changes of its counters.
local ledgers = {}
local function ledger_at(name)
  if not ledgers[name] then
    local known, sealed = unpack(redis.call("HMGET", name, "number", "sealed"))
    local number = tonumber(known or 0) or 0
    ledgers[name] = {
      is_known = known,
      is_sealed = sealed,
      count = number,
      number = string.char(math.floor(number / 65536) % 256, math.floor(number / 256) % 256, number % 256),
      change = { in_progress = 0, queued = 0, busy_ms = 0, succeeded = 0, failed = 0 },
    }
  end
  return ledgers[name]
end
-- For each chunk, by its ledger's settled bitmap, which is unique for lane and chunk: what settles there, and what to
-- emit.
local chunks, chunk_order = {}, {}
local function chunk_at(name)
  if not chunks[name] then
    chunks[name] = { ordinals = {}, outcomes = {}, all = {}, failures = 0 }
    chunk_order[#chunk_order + 1] = name
  end
  return chunks[name]
end

local answers, released, position, refusals = {}, {}, 0, 0
at, key = 3, 5
while at <= #ARGV do
  local count, first = tonumber(ARGV[at + 3]), ARGV[at + 2] * 128
  local records, errors, metadata, attempts = KEYS[key + 7], KEYS[key + 8], KEYS[key + 9], KEYS[key + 10]
  local shift = first % 32768
  local ledger, chunk = ledger_at(KEYS[key]), chunk_at(KEYS[key + 2])
  chunk.keys, chunk.ledger, chunk.begins = key, ledger, ARGV[at] .. " " .. ARGV[at + 1] .. " "
  chunk.lane = ARGV[at + 1]
  local has_page = all_records
  -- One partition needs one record; several read the whole page at once.
  local read_from = count == 1 and string.byte(facts, position * 19 + 1) or 0
  local page = redis.call("GETRANGE", records, read_from * 19, count == 1 and read_from * 19 + 18 or 128 * 19 - 1)
  local had_errors = any_errors and redis.call("EXISTS", errors) == 1
  local offsets, texts, earlier_offsets, earlier_texts = {}, {}, nil, nil
  local histories, changed, noted = nil, nil, 0
  if any_attempts then
    local wanted = {}
    for index = 1, count do wanted[index] = string.byte(facts, (position + index - 1) * 19 + 1) end
    histories = redis.call("HMGET", attempts, unpack(wanted))
  end
  for index = 1, count do
    local offset, has_note, number = struct.unpack(">BBI7", facts, position * 19 + 1)
    local record = string.sub(facts, position * 19 + 10, position * 19 + 19)
    local outcome, claim, note = string.byte(record, 7) < 128 and "s" or "f", string.format("%d", number), ""
    position = position + 1
    if has_note == 1 then
      noted = noted + 1
      note = ARGV[at + 3 + noted]
    end
    local entry = entries[position]
    local mine = "R " .. session .. " " .. claim .. " "
    if entry and string.sub(entry, 1, #mine) == mine then
      local known = histories and histories[index] or ""
      local place = (offset - read_from) * 19
      local was = string.byte(page, place + 16) or 0
      local is_plain = outcome == "s" and known == "" and string.sub(entry, #mine + 1, #mine + 4) == "1 0 "
      if is_plain and was == 1 then
        -- A first-attempt success over another one. SET writes the second half, because SETRANGE would allocate
        -- twice the memory.
        if not earlier_offsets then
          local missing = 256 * 19 - redis.call("STRLEN", records)
          if missing > 0 then
            redis.call("SET", records, redis.call("GET", records) .. string.rep("\0", missing))
          end
          earlier_offsets, earlier_texts = {}, {}
        end
        local next = #earlier_offsets + 1
        earlier_offsets[next], earlier_texts[next] = offset, string.sub(page, place + 1, place + 19)
      elseif not is_plain or was % 128 ~= 0 then
        local history = known
        if was % 128 ~= 0 then history = with_record(known, string.sub(page, place + 1, place + 19), was) end
        if not is_plain then
          local message = outcome == "f" and error_of(note) or ""
          history = history .. attempt_line(outcome, now, now - struct.unpack(">I4", record),
            string.byte(record, 7) % 128, ledger.count, session, message)
        end
        if history ~= known then
          changed = changed or {}
          changed[#changed + 1], changed[#changed + 2] = offset, newest_attempts(history)
        end
      end
      if not has_page then
        if redis.call("EXISTS", records) == 0 then redis.call("SETRANGE", records, 128 * 19 - 1, "\0") end
        has_page = true
      end
      texts[#texts + 1] = when .. string.sub(record, 1, 4) .. ledger.number .. string.sub(record, 5)
      offsets[#offsets + 1] = offset
      if outcome == "s" and had_errors then redis.call("HDEL", errors, offset) end
      if note ~= "" then redis.call("HSET", outcome == "s" and metadata or errors, offset, note) end
      ledger.change.busy_ms = ledger.change.busy_ms + struct.unpack(">I4", record)
      released[#released + 1] = fields[position]
      -- As text: it goes into several calls, and each of them would format the number again.
      local next, bit = #chunk.all + 1, string.format("%d", shift + offset)
      chunk.all[next], chunk.ordinals[next], chunk.outcomes[next] = bit, ordinals[position], outcome
      if outcome == "f" then chunk.failures = chunk.failures + 1 end
      answers[position] = "settled"
    elseif redis.call("GETRANGE", records, offset * 19 + 16, offset * 19 + 18) == string.sub(record, 8, 10) then
      answers[position] = "settled"
    else
      chunk.refused = chunk.refused or {}
      chunk.refused[#chunk.refused + 1] = ordinals[position]
      answers[position], refusals = "refused", refusals + 1
    end
  end
  write_records(records, 0, offsets, texts)
  if earlier_offsets then write_records(records, 128 * 19, earlier_offsets, earlier_texts) end
  if changed then redis.call("HSET", attempts, unpack(changed)) end
  at, key = at + 4 + noted, key + 11
end

local shared = #released > 0 and redis.call("EXISTS", waiters) == 1
for _, settled in ipairs(chunk_order) do
  local chunk = chunks[settled]
  local ledger_name, queued, ledger_failed = KEYS[chunk.keys], KEYS[chunk.keys + 1], KEYS[chunk.keys + 3]
  local in_progress, materialized, failed = KEYS[chunk.keys + 4], KEYS[chunk.keys + 5], KEYS[chunk.keys + 6]
  local change, told = chunk.ledger.change, { s = {}, f = {} }
  chunk.s, chunk.f = chunk.all, none
  if chunk.failures > 0 then
    chunk.s, chunk.f = {}, {}
    for index, outcome in ipairs(chunk.outcomes) do
      chunk[outcome][#chunk[outcome] + 1] = chunk.all[index]
    end
  end
  bitfield(in_progress, chunk.all, 0)
  bitfield(materialized, chunk.s, 1)
  bitfield(failed, chunk.f, 1)
  if any_failed and #chunk.s > 0 and redis.call("EXISTS", failed) == 1 then bitfield(failed, chunk.s, 0) end
  local lost = {}
  -- In a sealed ledger every partition has settled, and none is queued.
  local all_before = chunk.ledger.is_sealed and {} or bitfield(settled, chunk.all, 1)
  for index, was in ipairs(all_before) do
    if was == 0 then
      local outcome = chunk.outcomes[index]
      if outcome == "f" then lost[#lost + 1] = chunk.all[index] end
      told[outcome][#told[outcome] + 1] = chunk.ordinals[index]
    end
  end
  bitfield(ledger_failed, lost, 1)
  local queued_before = chunk.ledger.is_sealed and {} or bitfield(queued, chunk.all, 0)
  for _, was in ipairs(queued_before) do change.queued = change.queued - was end
  change.in_progress = change.in_progress - #chunk.all
  change.succeeded, change.failed = change.succeeded + #told.s, change.failed + #told.f
  if shared and #chunk.all > 0 then
    local waiting = {}
    for index, ordinal in ipairs(chunk.ordinals) do waiting[index] = chunk.lane .. ":" .. ordinal end
    for index, others in ipairs(redis.call("HMGET", waiters, unpack(waiting))) do
      if others then
        redis.call("HDEL", waiters, waiting[index])
        for other in string.gmatch(others, "%S+") do
          if other ~= ledger_name then
            settle_for_waiter(other, chunk.lane, chunk.ordinals[index], chunk.outcomes[index])
          end
        end
      end
    end
  end
  if #told.s > 0 then event[#event + 1] = chunk.begins .. "s " .. ordinal_runs(told.s) .. ";" end
  if #told.f > 0 then event[#event + 1] = chunk.begins .. "f " .. ordinal_runs(told.f) .. ";" end
  if chunk.refused and chunk.ledger.is_known then
    event[#event + 1] = chunk.begins .. "x " .. ordinal_runs(chunk.refused) .. ";"
  end
end
if #released > 0 then redis.call("HDEL", claims, unpack(released)) end
for name, ledger in pairs(ledgers) do
  for counter, by in pairs(ledger.change) do
    if by ~= 0 then add_to(name, counter, by) end
  end
end
if #event > 0 then
  tell_settlements(meta, settlements, table.concat(event))
end
if refusals == 0 or refusals == position then return { "settlements", "all", answers[1] } end
return { "settlements", "each", unpack(answers) }
