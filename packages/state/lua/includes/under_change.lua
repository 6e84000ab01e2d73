-- Returns the operation that is under way on the asset that a key belongs to, or false. While an asset is reset,
-- removed or renamed, no other transition may write to its ledgers: the operation would miss it. A meta key of a wrong
-- type counts as no operation; the doctor repairs it.
local function under_change(key)
  local operation = redis.pcall("HGET", string.match(key, "^.-{[^}]*}") .. ":meta", "operation")
  return type(operation) == "string" and operation
end
