--[[
lease_backfill: takes, renews or gives up a planner's lease on a backfill.

KEYS[1]  lease     infill:{backfills}:<backfill>:lease or infill:{backfills}:retention:lease   string, the planner's id
ARGV[1]  planner
ARGV[2]  lease     milliseconds; 0 gives the lease up

Returns  {"leased"}            the planner has the lease
         {"owned", planner}    another planner has it
         {"released"}          the planner gave it up, or did not have it
]]
local lease, planner, ms = KEYS[1], ARGV[1], tonumber(ARGV[2])
local owner = redis.call("GET", lease)
if ms == 0 then
  if owner == planner then redis.call("DEL", lease) end
  return { "released" }
end
if owner and owner ~= planner then return { "owned", owner } end
redis.call("SET", lease, planner, "PX", ms)
return { "leased" }
