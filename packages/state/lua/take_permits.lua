--[[
take_permits: gives each claim that is about to start a permit of every one of its capped scopes, or none at all.

A scope has a cap: backfill:<id>, asset:<asset>, pool:<pool>, value:<asset>:<dimension>:<ordinal>. A holder is a claim:
"<session> <number> <asset> <lane>:<ordinal>". Its permits last until they are released, or until a review finds that the
claim has ended (review_permits). Permits of a running claim never expire.

A refused backfill enters the scope's line. Permits go to the line in its order, so that a backfill with many jobs does not
keep others out. A backfill that does not ask again leaves the line.

KEYS[1]  holders   infill:{permits}:holders        sorted set, holder -> time of its next review, epoch ms
KEYS[2]  held      infill:{permits}:held           hash, holder -> its scopes, space-separated
KEYS[3]  caps      infill:{permits}:caps           hash, scope -> cap, of scopes whose cap may change
KEYS[4…] for each scope two keys:
         scope     infill:{permits}:scope:<scope>  set of holders
         line      infill:{permits}:line:<scope>   hash, backfill -> "<number> <last asked ms>", the lowest number first
ARGV[1]  review    milliseconds until the first review of a claim
ARGV[2]  patience  milliseconds for which a backfill that does not ask again keeps its place in the line
ARGV[3]  scopes    how many
ARGV[4…] for each scope: its name, and its cap; "" if only `caps` has it
         then for each holder, at most 512: holder, backfill, how many scopes, and their indexes among the scopes, from 1

Returns  {"permits", answers…}   for each holder
                                 "granted"          it holds a permit of each of its scopes, now or by an earlier call
                                 "refused <scope>"  this scope is full, or its line has others first; nothing was taken
Keeps    a grant never takes a scope beyond its cap
]]
--- @include "now_ms"
local holders, held, caps = KEYS[1], KEYS[2], KEYS[3]
local review, patience, count = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local now = now_ms()

local scopes, at = {}, 4
for place = 1, count do
  local name, cap = ARGV[at], ARGV[at + 1]
  local key, line = KEYS[2 + 2 * place], KEYS[3 + 2 * place]
  local waiting, last, entries = {}, 0, redis.call("HGETALL", line)
  for index = 1, #entries, 2 do
    local number, asked = string.match(entries[index + 1], "^(%d+) (%d+)$")
    -- A backfill with an unreadable place in the line asks again and gets a place at the end.
    if not asked or asked + patience < now then
      redis.call("HDEL", line, entries[index])
    else
      waiting[entries[index]] = tonumber(number)
      last = math.max(last, tonumber(number))
    end
  end
  scopes[place] = {
    name = name, key = key, line = line, waiting = waiting, last = last,
    cap = tonumber(redis.call("HGET", caps, name) or cap), used = redis.call("SCARD", key),
  }
  at = at + 2
end

-- Whether a scope has no permit for a backfill: all are taken, or the rest is due to backfills before it in the line.
local function is_closed(scope, backfill)
  if not scope.cap then return false end
  local free = scope.cap - scope.used
  if free <= 0 then return true end
  local mine, before = scope.waiting[backfill], 0
  for other, number in pairs(scope.waiting) do
    if other ~= backfill and (not mine or number < mine) then before = before + 1 end
  end
  return before >= free
end

local reply = { "permits" }
while at <= #ARGV do
  local holder, backfill, wanted = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  local lacking, closed = {}, nil
  for index = 1, wanted do
    local scope = scopes[tonumber(ARGV[at + 2 + index])]
    if redis.call("SISMEMBER", scope.key, holder) == 0 then lacking[#lacking + 1] = scope end
  end
  for _, scope in ipairs(lacking) do
    if is_closed(scope, backfill) then
      closed = closed or scope.name
      if not scope.waiting[backfill] then
        scope.last = scope.last + 1
        scope.waiting[backfill] = scope.last
      end
      redis.call("HSET", scope.line, backfill, string.format("%d %d", scope.waiting[backfill], now))
      redis.call("PEXPIRE", scope.line, patience)
    elseif scope.waiting[backfill] then
      -- The backfill is refused elsewhere or about to be served, so it must not hold up the others in this line.
      scope.waiting[backfill] = nil
      redis.call("HDEL", scope.line, backfill)
    end
  end
  if closed then
    reply[#reply + 1] = "refused " .. closed
  else
    local names = { redis.call("HGET", held, holder) or nil }
    for _, scope in ipairs(lacking) do
      redis.call("SADD", scope.key, holder)
      scope.used = scope.used + 1
      names[#names + 1] = scope.name
    end
    redis.call("HSET", held, holder, table.concat(names, " "))
    redis.call("ZADD", holders, now + review, holder)
    reply[#reply + 1] = "granted"
  end
  at = at + 3 + wanted
end
return reply
