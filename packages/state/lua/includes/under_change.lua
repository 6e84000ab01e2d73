-- What is being done to the whole state of the asset that a key belongs to; false where nothing is. While an asset is reset,
-- removed or renamed, nothing else writes into its ledgers: the change would miss it. A meta key of another type is the doctor's.
local function under_change(key)
  local operation = redis.pcall("HGET", string.match(key, "^.-{[^}]*}") .. ":meta", "operation")
  return type(operation) == "string" and operation
end
