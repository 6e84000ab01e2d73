-- Returns the next sequence for a version of an asset. If the counter is lost or unreadable, continues after the
-- highest one.
local function next_sequence(versions)
  local last = redis.call("HGET", versions, "")
  if last and string.match(last, "^%d+$") then return redis.call("HINCRBY", versions, "", 1) end
  local highest, entries = 0, redis.call("HGETALL", versions)
  for at = 1, #entries, 2 do
    local name, value = entries[at], entries[at + 1]
    if string.sub(name, 1, 1) ~= "!" and string.find(name, " ", 1, true) and string.match(value, "^%d+$") then
      highest = math.max(highest, tonumber(value))
    end
  end
  redis.call("HSET", versions, "", string.format("%d", highest + 1))
  return highest + 1
end
