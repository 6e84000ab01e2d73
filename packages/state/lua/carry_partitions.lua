--[[
carry_partitions: writes the state of some pages to their places under a new definition of their asset.

KEYS[1]  meta           infill:{asset/<asset>}:meta                                       hash
then for each page, at most 16:
         materialized   infill:{asset/<asset>}:next:plane:<lane>:materialized:<chunk>     bitmap
         failed         infill:{asset/<asset>}:next:plane:<lane>:failed:<chunk>           bitmap
         records        infill:{asset/<asset>}:next:records:<lane>:<page>                 string
         errors, metadata, attempts   infill:{asset/<asset>}:next:errors|metadata|attempts:<lane>:<page>   hashes
ARGV[1]  operation      the one that is under way
then for each page: its first byte within the chunk; its materialized and its failed bits, 0 to 16 bytes each;
         records, errors, metadata and attempts, for each: the number of values that follow; then pairs of a place in the
         page and a text, at most 128: the records from that place on, or the note of that place

Returns  {"carried"}
         {"outdated"}   that operation is not under way; nothing was written
Keeps    a second call with the same arguments changes nothing; bits and records of other places in the page stay;
         a page of records always has its whole length
]]
local page_length = 128 * 19
if redis.call("HGET", KEYS[1], "operation") ~= ARGV[1] then return { "outdated" } end

local function add_bits(plane, first, bits)
  if bits == "" then return end
  local old = redis.call("GETRANGE", plane, first, first + #bits - 1)
  local merged = {}
  for at = 1, #bits do merged[at] = bit.bor(string.byte(old, at) or 0, string.byte(bits, at)) end
  redis.call("SETRANGE", plane, first, string.char(unpack(merged)))
end

local at = 2
for key = 2, #KEYS, 6 do
  local first = tonumber(ARGV[at])
  add_bits(KEYS[key], first, ARGV[at + 1])
  add_bits(KEYS[key + 1], first, ARGV[at + 2])
  at = at + 3
  for part = 0, 3 do
    local name, last = KEYS[key + 2 + part], at + tonumber(ARGV[at])
    if part > 0 then
      if last > at then redis.call("HSET", name, unpack(ARGV, at + 1, last)) end
    elseif last > at then
      if redis.call("STRLEN", name) < page_length then redis.call("SETRANGE", name, page_length - 1, "\0") end
      for value = at + 1, last, 2 do
        redis.call("SETRANGE", name, tonumber(ARGV[value]) * 19, ARGV[value + 1])
      end
    end
    at = last + 1
  end
end
return { "carried" }
