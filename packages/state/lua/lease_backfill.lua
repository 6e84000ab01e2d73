--[[
lease_backfill: makes one planner the owner of a backfill for a while, or keeps it so.

KEYS[1]  lease     infill:{backfills}:<backfill>:lease   string, the planner's id
ARGV[1]  planner
ARGV[2]  lease     milliseconds; 0 gives it up

Returns  {"leased"}            the planner owns it
         {"owned", planner}    another one does
         {"released"}          it was given up, or was not the planner's
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
