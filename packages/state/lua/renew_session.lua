--[[
renew_session: renews a session's lease on one asset. It is the heartbeat for all its claims there.

KEYS[1]  sessions   infill:{asset/<asset>}:sessions            sorted set, session -> end of its lease, epoch ms
KEYS[2…] ledgers    infill:{asset/<asset>}:ledger:<backfill>   hashes, of the backfills of its claims
ARGV[1]  session
ARGV[2]  lease      milliseconds

Returns  {"renewed", control…}   for each ledger "running", "paused", "stopping", "canceling" or "unknown"
         {"lost"}                the lease was over and its claims have lapsed; nothing was written
]]
local sessions = KEYS[1]
local session, lease = ARGV[1], tonumber(ARGV[2])

if not redis.call("ZSCORE", sessions, session) then return { "lost" } end
local time = redis.call("TIME")
redis.call("ZADD", sessions, time[1] * 1000 + math.floor(time[2] / 1000) + lease, session)
local reply = { "renewed" }
for index = 2, #KEYS do reply[index] = redis.call("HGET", KEYS[index], "control") or "unknown" end
return reply
