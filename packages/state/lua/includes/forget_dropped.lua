-- Takes the bits of `scratch` out of the partitions that somebody had taken out of a backfill by hand.
local function forget_dropped(dropped, scratch)
  if redis.call("EXISTS", dropped) == 0 then return end
  redis.call("BITOP", "OR", dropped, dropped, scratch)
  redis.call("BITOP", "XOR", dropped, dropped, scratch)
  if redis.call("BITCOUNT", dropped) == 0 then redis.call("DEL", dropped) end
end
