-- Many bits of one key in one call: reads them, or where `value` is given (0 or 1) sets them. Returns the bits as they
-- were, in the order of the offsets.
local function bitfield(key, offsets, value)
  local args = {}
  for index = 1, #offsets do
    local at = #args
    args[at + 1], args[at + 2], args[at + 3] = value and "SET" or "GET", "u1", offsets[index]
    args[at + 4] = value
  end
  if #args == 0 then return {} end
  return redis.call("BITFIELD", key, unpack(args))
end
