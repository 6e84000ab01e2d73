-- Ends a running claim whose session's lease is over. The entry stays, lapsed, so that the next claim knows the
-- attempt and how many processes died at it. A claim that was not started (started 0) is no death. `root` is the asset's root key; the ledger, the plane and
-- the history of attempts share its slot. Needs "append_attempts".
local function lapse_claim(root, claims, field, entry)
  local _, session, seq, attempt, deaths, started, backfill =
    string.match(entry, "^(%u) (%S+) (%S+) (%d+) (%d+) (%d+) (%S+)$")
  local died = started == "0" and tonumber(deaths) or deaths + 1
  redis.call("HSET", claims, field,
    "L " .. session .. " " .. seq .. " " .. attempt .. " " .. died .. " " .. started .. " " .. backfill)
  local lane, ordinal = string.match(field, "^(.*):(%-?%d+)$")
  local chunk = math.floor(ordinal / 32768)
  redis.call("SETBIT", root .. ":plane:" .. lane .. ":in_progress:" .. chunk, ordinal - chunk * 32768, 0)
  redis.call("HINCRBY", root .. ":ledger:" .. backfill, "in_progress", -1)
  local page = math.floor(ordinal / 128)
  local attempts, offset = root .. ":attempts:" .. lane .. ":" .. page, ordinal - page * 128
  local time = redis.call("TIME")
  local line = attempt_line("l", time[1] * 1000 + math.floor(time[2] / 1000), started, attempt,
    tonumber(redis.call("HGET", root .. ":ledger:" .. backfill, "number") or 0), session, "")
  if line ~= "" then append_attempts(attempts, offset, redis.call("HGET", attempts, offset) or "", line) end
  return backfill, lane, ordinal, died
end
