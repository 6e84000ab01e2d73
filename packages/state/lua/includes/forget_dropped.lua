-- Clears the bits of `scratch` in the bitmap of partitions that a user dropped from the backfill.
local function forget_dropped(dropped, scratch)
  if redis.call("EXISTS", dropped) == 0 then return end
  redis.call("BITOP", "OR", dropped, dropped, scratch)
  redis.call("BITOP", "XOR", dropped, dropped, scratch)
  if redis.call("BITCOUNT", dropped) == 0 then redis.call("DEL", dropped) end
end
