-- Returns the next number for a backfill on an asset. If the counter is lost or unreadable, continues after the highest
-- number in use, so that no number is given twice.
local function next_ledger_number(meta, numbers)
  local number = redis.pcall("HINCRBY", meta, "backfills", 1)
  if type(number) == "number" and redis.call("HEXISTS", numbers, string.format("%d", number)) == 0 then return number end
  local highest = 0
  for _, given in ipairs(redis.call("HKEYS", numbers)) do
    if string.match(given, "^%d+$") then highest = math.max(highest, tonumber(given)) end
  end
  redis.call("HSET", meta, "backfills", string.format("%d", highest + 1))
  return highest + 1
end
