-- Adds to a counter of a ledger. One that is no whole number is left for the doctor, which counts the bits: a call that has
-- written already must not fail for it, nor keep the other partitions of the call from being written.
local function add_to(ledger, counter, by)
  redis.pcall("HINCRBY", ledger, counter, string.format("%d", by))
end

-- The number of the next entry of a stream of settlements. Where the last one cannot be read, the stream tells it.
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
