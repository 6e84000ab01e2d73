-- Writes into an asset's stream of changes by hand, once for each operation; the newest 1,000 are kept.
local function append_audit(audit, operation, entry)
  if entry == "" then return end
  local last = redis.call("XREVRANGE", audit, "+", "-", "COUNT", 1)
  if last[1] and last[1][2][2] == operation then return end
  redis.call("XADD", audit, "MAXLEN", 1000, "*", "operation", operation, "entry", entry)
end
