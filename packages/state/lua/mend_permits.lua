--[[
mend_permits: makes `held`, `holders` and the scopes' sets agree about some holders. Keeps every permit that any of them
names, so that no scope looks emptier than it is. review_permits then checks whether the claims run.

KEYS[1]  holders   infill:{permits}:holders        sorted set, holder -> when its claim is looked at next (take_permits)
KEYS[2]  held      infill:{permits}:held           hash, holder -> its scopes
KEYS[3…] scopes    infill:{permits}:scope:<scope>  set of holders
ARGV[1]  root      infill:{permits}
ARGV[2…] for each holder: holder, "give" or "agree", how many scopes, and their names, each a key above; at most 512 in all
         give      it gets a permit of each scope regardless of the cap, because its claim runs
         agree     it keeps the scopes whose set holds it and the scopes that `held` names

Returns  {"mended", how many holders changed}
Keeps    a holder is in its scopes' sets <=> `held` says so <=> it is in `holders`
]]
--- @include "now_ms"
local holders, held, root = KEYS[1], KEYS[2], ARGV[1]
local now = now_ms()

local mended, at = 0, 2
while at <= #ARGV do
  local holder, how, count = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  local known, names, changed = {}, {}, false
  local text = redis.call("HGET", held, holder)
  for name in string.gmatch(text or "", "%S+") do
    if not known[name] then
      known[name] = true
      names[#names + 1] = name
    end
  end
  for index = 1, count do
    local name = ARGV[at + 2 + index]
    local is_member = redis.call("SISMEMBER", root .. ":scope:" .. name, holder) == 1
    if not known[name] and (is_member or how == "give") then
      known[name] = true
      names[#names + 1] = name
    end
  end
  for _, name in ipairs(names) do
    if redis.call("SADD", root .. ":scope:" .. name, holder) == 1 then changed = true end
  end
  if #names == 0 then
    if redis.call("ZREM", holders, holder) + redis.call("HDEL", held, holder) > 0 then changed = true end
  else
    local whole = table.concat(names, " ")
    if whole ~= text then
      redis.call("HSET", held, holder, whole)
      changed = true
    end
    redis.call("ZADD", holders, now, holder)
  end
  if changed then mended = mended + 1 end
  at = at + 3 + count
end
return { "mended", mended }
