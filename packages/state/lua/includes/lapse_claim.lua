--- @include "append_attempts"
--- @include "claim_entry"
--- @include "counting"
--- @include "now_ms"
--- @include "tally"
-- Ends a running claim whose session's lease is over. The entry stays, as lapsed, so that the next claim knows the
-- starts and deaths so far. A lapse counts as a death until a worker finds that the process lives (judge_lapse). A
-- claim that was not started (started 0) counts as neither a start nor a death. `root` is the asset's root key; the
-- ledger, the plane and the history of attempts share its slot. The last return value is the new entry.
local function lapse_claim(root, claims, field, entry)
  local _, session, number, attempt, tally, started, backfill = read_claim(entry)
  local lane, ordinal = string.match(field, "^(.*):(%-?%d+)$")
  local chunk = math.floor(ordinal / 32768)
  redis.call("SETBIT", root .. ":plane:" .. lane .. ":in_progress:" .. chunk, ordinal - chunk * 32768, 0)
  add_to(root .. ":ledger:" .. backfill, "in_progress", -1)
  local page = math.floor(ordinal / 128)
  local attempts, offset = root .. ":attempts:" .. lane .. ":" .. page, ordinal - page * 128
  local line = attempt_line("l", now_ms(), started, attempt,
    tonumber(redis.call("HGET", root .. ":ledger:" .. backfill, "number") or 0) or 0, session, "")
  if line ~= "" then append_attempts(attempts, offset, redis.call("HGET", attempts, offset) or "", line) end
  if started == "0" then
    attempt = string.format("%d", attempt - 1)
  else
    local deaths, lapses, free = read_tally(tally)
    tally = tally_text(deaths + 1, lapses, free)
  end
  local lapsed = "L " .. session .. " " .. number .. " " .. attempt .. " " .. tally .. " " .. started .. " " .. backfill
  redis.call("HSET", claims, field, lapsed)
  return backfill, lane, ordinal, lapsed
end
