--[[
mend_job: removes the remains of one job that can no longer run: a hash that is on no list of the queue, or an id on a list
without a hash. A complete job stays, and so does a job with a worker's lock.

KEYS[1]  job          infill:{pool/<pool>}:<pool>:<job>         hash
KEYS[2]  lock         infill:{pool/<pool>}:<pool>:<job>:lock    string
KEYS[3…] lists        infill:{pool/<pool>}:<pool>:wait, active, paused                             lists, three
         sorted sets  infill:{pool/<pool>}:<pool>:prioritized, delayed, completed, failed, waiting-children
ARGV[1]  job

Returns  {"mended", how many things were removed}
]]
local job, lock = KEYS[1], KEYS[2]
local id = ARGV[1]
local listed = false
for index = 3, 5 do listed = listed or redis.call("LPOS", KEYS[index], id) ~= false end
for index = 6, #KEYS do listed = listed or redis.call("ZSCORE", KEYS[index], id) ~= false end
local exists = redis.call("EXISTS", job) == 1
if exists == listed or redis.call("EXISTS", lock) == 1 then return { "mended", 0 } end
if exists then return { "mended", redis.call("DEL", job) } end
local removed = 0
for index = 3, 5 do removed = removed + redis.call("LREM", KEYS[index], 0, id) end
for index = 6, #KEYS do removed = removed + redis.call("ZREM", KEYS[index], id) end
return { "mended", removed }
