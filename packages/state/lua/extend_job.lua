--[[
extend_job: prolongs the lock that a worker has on a job of BullMQ, as BullMQ's own timer does.

KEYS[1]  lock      <namespace>:{pool/<pool>}:<pool>:<job>:lock   string, the token
KEYS[2]  stalled   <namespace>:{pool/<pool>}:<pool>:stalled      set of jobs whose lock is looked at next
ARGV[1]  token
ARGV[2]  lease     milliseconds
ARGV[3]  job

Returns  {"extended"}
         {"lost"}      the lock is another's, or gone; nothing was written
]]
local lock, stalled = KEYS[1], KEYS[2]
if redis.call("GET", lock) ~= ARGV[1] then return { "lost" } end
redis.call("SET", lock, ARGV[1], "PX", ARGV[2])
redis.call("SREM", stalled, ARGV[3])
return { "extended" }
