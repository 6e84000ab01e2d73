--[[
extend_job: extends a worker's lock on a BullMQ job, as BullMQ's own timer does.

KEYS[1]  lock      <namespace>:{pool/<pool>}:<pool>:<job>:lock   string, the token
KEYS[2]  stalled   <namespace>:{pool/<pool>}:<pool>:stalled      set of jobs whose lock BullMQ checks next
ARGV[1]  token
ARGV[2]  lease     milliseconds
ARGV[3]  job

Returns  {"extended"}
         {"lost"}      the lock has another token or has expired; nothing was written
]]
local lock, stalled = KEYS[1], KEYS[2]
if redis.call("GET", lock) ~= ARGV[1] then return { "lost" } end
redis.call("SET", lock, ARGV[1], "PX", ARGV[2])
redis.call("SREM", stalled, ARGV[3])
return { "extended" }
