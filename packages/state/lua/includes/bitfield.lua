-- Reads many bits of one key in one call, or sets them if `value` (0 or 1) is given. Returns the bits before the call,
-- in the order of the offsets. Up to 32 neighbors in ascending order are read and set as one number.
local function bitfield(key, offsets, value)
  local index, count = 1, #offsets
  if count == 0 then return {} end
  if count == 1 then
    return { value and redis.call("SETBIT", key, offsets[1], value) or redis.call("GETBIT", key, offsets[1]) }
  end
  local args, lengths = {}, {}
  while index <= count do
    local first, length = offsets[index], 1
    while length < 32 and index + length <= count and offsets[index + length] - first == length do length = length + 1 end
    local at = #args
    args[at + 1], args[at + 2], args[at + 3] = value and "SET" or "GET", "u" .. length, first
    if value then args[at + 4] = value == 0 and "0" or string.format("%d", 2 ^ length - 1) end
    lengths[#lengths + 1] = length
    index = index + length
  end
  local bits = {}
  for run, number in ipairs(redis.call("BITFIELD", key, unpack(args))) do
    local length, last = lengths[run], #bits + lengths[run]
    for at = last, last - length + 1, -1 do bits[at] = 0 end
    for at = last, last - length + 1, -1 do
      if number == 0 then break end
      bits[at] = number % 2
      number = (number - bits[at]) / 2
    end
  end
  return bits
end
