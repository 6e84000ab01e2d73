-- Ends a running claim whose session's lease is over. The entry stays, lapsed, so that the next claim knows the
-- attempt and how many processes died at it. A claim that was not started (started 0) is no death. `root` is the asset's root key; the ledger and the plane share its slot.
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
  return backfill, lane, ordinal, died
end
