--- @include "announce"
-- Returns the number of the next entry of a settlement stream. If the counter is unreadable, reads the stream's last
-- entry.
local function next_settlement(meta, settlements)
  local number = redis.pcall("HINCRBY", meta, "settlements", 1)
  if type(number) == "number" then return number end
  local last = redis.pcall("XREVRANGE", settlements, "+", "-", "COUNT", 1)
  local fields, known = last[1] and last[1][2] or {}, 0
  for at = 1, #fields, 2 do
    if fields[at] == "n" then known = tonumber(fields[at + 1]) or 0 end
  end
  redis.pcall("HSET", meta, "settlements", string.format("%d", known + 1))
  return known + 1
end

-- Appends an entry to the settlement stream, which keeps about the newest 4,096. settle_partitions documents `text`.
local function tell_settlements(meta, settlements, text)
  redis.call("XADD", settlements, "MAXLEN", "~", 4096, "*", "n", next_settlement(meta, settlements), "s", text)
  announce(settlements)
end
