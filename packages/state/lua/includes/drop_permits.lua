-- Takes all permits of a holder away and forgets its overrun. `root` is infill:{permits}; the scopes and `overruns`
-- share its slot.
local function drop_permits(root, holders, held, holder)
  redis.call("HDEL", root .. ":overruns", holder)
  local names = redis.call("HGET", held, holder)
  if not names then return 0 end
  for name in string.gmatch(names, "%S+") do redis.call("SREM", root .. ":scope:" .. name, holder) end
  redis.call("HDEL", held, holder)
  redis.call("ZREM", holders, holder)
  return 1
end
