--[[
mend_waiters: removes waiters that no settlement will ever serve: ledgers that no longer exist, and ledgers that neither have
the partition queued nor have another backfill's claim to wait for.

KEYS[1]  waiters   infill:{asset/<asset>}:waiters   hash, <lane>:<ordinal> -> ledger keys, space-separated (claim_partitions)
KEYS[2]  claims    infill:{asset/<asset>}:claims    hash, <lane>:<ordinal> -> claim entry (claim_partitions)
ARGV     fields    <lane>:<ordinal>, at most 512

Returns  {"mended", how many fields changed}
]]
local waiters, claims = KEYS[1], KEYS[2]
local mended = 0
for _, field in ipairs(ARGV) do
  local ledgers = redis.call("HGET", waiters, field)
  if ledgers then
    local lane, ordinal = string.match(field, "^(.*):(%-?%d+)$")
    local chunk = math.floor(ordinal / 32768)
    local has_claim = redis.call("HEXISTS", claims, field) == 1
    local kept = {}
    for name in string.gmatch(ledgers, "%S+") do
      local ledger = string.match(name, "^!?(.*)$")
      local queued = ledger .. ":queued:" .. lane .. ":" .. chunk
      if redis.call("EXISTS", ledger) == 1
        and (has_claim or redis.call("GETBIT", queued, ordinal - chunk * 32768) == 1) then
        kept[#kept + 1] = name
      end
    end
    local text = table.concat(kept, " ")
    if text ~= ledgers then
      if text == "" then
        redis.call("HDEL", waiters, field)
      else
        redis.call("HSET", waiters, field, text)
      end
      mended = mended + 1
    end
  end
end
return { "mended", mended }
