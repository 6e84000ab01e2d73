--[[
release_partitions: ends running claims without an outcome.

KEYS[1]  claims         infill:{asset/<asset>}:claims        hash, <lane>:<ordinal> -> claim entry (claim_partitions)
KEYS[2]  waiters        infill:{asset/<asset>}:waiters       hash, <lane>:<ordinal> -> ledger keys
KEYS[3]  settlements    infill:{asset/<asset>}:settlements   stream
KEYS[4]  meta           infill:{asset/<asset>}:meta          hash
KEYS[5…] for each partition four keys:
         ledger         infill:{asset/<asset>}:ledger:<backfill>                          hash
         queued         infill:{asset/<asset>}:ledger:<backfill>:queued:<lane>:<chunk>    bitmap
         in progress    infill:{asset/<asset>}:plane:<lane>:in_progress:<chunk>           bitmap
         attempts       infill:{asset/<asset>}:attempts:<lane>:<page>                     hash (append_attempts)
ARGV[1]  session
ARGV[2…] for each partition: backfill, lane, ordinal, claim number, how, ran; at most 512
         how  retry       the function failed and may be tried again
              give_back   the worker stops; the start costs no try
              unstarted   the function was not started; the claim counts as no attempt
              stop        the backfill is paused; the partition leaves the window and the start costs no try
              cancel      the backfill is canceled; the partition leaves the window
         A claim that was not started (started 0) counts as no attempt, however it ends.
         ran  "" if the function was not started; else "=" and, for a retry, the first line of the error. A started
              attempt gets a line in the history of attempts

Returns  {"releases", answers…}   for each partition "released" or "refused" (the claim is no longer the newest)
Keeps    in-progress bit <=> running claim; every counter equals its bits
Emits    one entry as settle_partitions does. Outcome r (no worker has it) for give_back, unstarted, stop and cancel, and for
         other backfills that waited for this execution; w (it waits for its next attempt) for retry
]]
--- @include "claim_entry"
--- @include "tell_settlements"
--- @include "now_ms"
--- @include "counting"
--- @include "append_attempts"
--- @include "tally"
local claims, waiters, settlements, meta = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local session = ARGV[1]
local reply, event = { "releases" }, {}
local now = now_ms()
local letters = { retry = "t", give_back = "g", stop = "p", cancel = "c" }
local key = 5
for at = 2, #ARGV, 6 do
  local backfill, lane, ordinal, claim, how = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local ran = ARGV[at + 5]
  local ledger, queued, in_progress, attempts = KEYS[key], KEYS[key + 1], KEYS[key + 2], KEYS[key + 3]
  local field = lane .. ":" .. ordinal
  local entry = redis.call("HGET", claims, field)
  local mine = "R " .. session .. " " .. claim .. " "
  local _, _, _, attempt, tally, started, holder = read_claim(entry or "")
  if attempt and string.sub(entry, 1, #mine) == mine then
    redis.call("SETBIT", in_progress, ordinal % 32768, 0)
    add_to(ledger, "in_progress", -1)
    if ran ~= "" then
      local line = attempt_line(letters[how], now, started, attempt,
        tonumber(redis.call("HGET", ledger, "number") or 0) or 0, session, string.sub(ran, 2))
      if line ~= "" then
        local offset = ordinal - math.floor(ordinal / 128) * 128
        append_attempts(attempts, offset, redis.call("HGET", attempts, offset) or "", line)
      end
    end
    if how == "cancel" then
      redis.call("HDEL", claims, field)
      event[#event + 1] = backfill .. " " .. lane .. " r " .. ordinal .. ";"
    else
      if how == "retry" then
        event[#event + 1] = backfill .. " " .. lane .. " w " .. ordinal .. ";"
      else
        event[#event + 1] = backfill .. " " .. lane .. " r " .. ordinal .. ";"
      end
      if how == "unstarted" or started == "0" then
        attempt = string.format("%d", attempt - 1)
      elseif how ~= "retry" then
        local deaths, lapses, free = read_tally(tally)
        tally = tally_text(deaths, lapses, free + 1)
      end
      redis.call("HSET", claims, field,
        "W " .. session .. " " .. claim .. " " .. attempt .. " " .. tally .. " " .. started .. " " .. holder)
    end
    if (how == "cancel" or how == "stop") and redis.call("SETBIT", queued, ordinal % 32768, 0) == 1 then
      add_to(ledger, "queued", -1)
    end
    local ledgers = how ~= "retry" and redis.call("HGET", waiters, field)
    if ledgers then
      redis.call("HDEL", waiters, field)
      for other in string.gmatch(ledgers, "%S+") do
        event[#event + 1] = string.match(other, "([^:]+)$") .. " " .. lane .. " r " .. ordinal .. ";"
      end
    end
    reply[#reply + 1] = "released"
  else
    reply[#reply + 1] = "refused"
  end
  key = key + 4
end
if #event > 0 then
  tell_settlements(meta, settlements, table.concat(event))
end
return reply
