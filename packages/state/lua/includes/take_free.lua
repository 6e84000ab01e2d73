-- Writes to `scratch` the partitions of a mask that have no running claim (in-progress bit 0). Returns how many these
-- are, how many run, and the bitmap.
local function take_free(scratch, mask, in_progress)
  local running = scratch .. ":running"
  redis.call("SET", scratch, mask)
  redis.call("BITOP", "AND", running, scratch, in_progress)
  local left_out = redis.call("BITCOUNT", running)
  if left_out > 0 then redis.call("BITOP", "XOR", scratch, scratch, running) end
  redis.call("DEL", running)
  return redis.call("BITCOUNT", scratch), left_out, redis.call("GET", scratch) or ""
end

-- Clears the bits of `scratch` in a plane, and deletes a plane that has no bit left.
local function take_out(plane, scratch)
  local both = scratch .. ":both"
  redis.call("BITOP", "AND", both, plane, scratch)
  redis.call("BITOP", "XOR", plane, plane, both)
  redis.call("DEL", both)
  if redis.call("BITCOUNT", plane) == 0 then redis.call("DEL", plane) end
end

-- Calls visit(offset within the page, length) for each run of set bits among the 128 of the page that begins at bit
-- `first`.
local function each_run(bits, first, visit)
  local start
  for at = 0, 15 do
    local byte = string.byte(bits, first / 8 + at + 1) or 0
    if byte == 255 then
      start = start or at * 8
    elseif byte == 0 then
      if start then visit(start, at * 8 - start) end
      start = nil
    else
      for bit = 0, 7 do
        if math.floor(byte / 2 ^ (7 - bit)) % 2 == 1 then
          start = start or at * 8 + bit
        else
          if start then visit(start, at * 8 + bit - start) end
          start = nil
        end
      end
    end
  end
  if start then visit(start, 128 - start) end
end
