--[[
write_worker: writes a worker's entry and extends its lease by the server's clock.

KEYS[1]  entry   infill:{workers}:<worker>   string, JSON
KEYS[2]  index   infill:{workers}:index      sorted set, worker -> end of its lease, epoch ms
ARGV[1]  worker
ARGV[2]  JSON
ARGV[3]  lease   milliseconds
ARGV[4]  keep    milliseconds for which a lost worker remains listed

Returns  {"written"}
]]
--- @include "now_ms"
local entry, index = KEYS[1], KEYS[2]
local worker, json, lease, keep = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local now = now_ms()
redis.call("SET", entry, json, "PX", lease + keep)
redis.call("ZADD", index, now + lease, worker)
redis.call("ZREMRANGEBYSCORE", index, "-inf", now - keep)
return { "written" }
