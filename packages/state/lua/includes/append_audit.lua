-- Appends an entry to an asset's audit stream, once for each operation. The stream keeps the newest 1,000.
local function append_audit(audit, operation, entry)
  if entry == "" then return end
  local last = redis.call("XREVRANGE", audit, "+", "-", "COUNT", 1)
  if last[1] and last[1][2][2] == operation then return end
  redis.call("XADD", audit, "MAXLEN", 1000, "*", "operation", operation, "entry", entry)
end
