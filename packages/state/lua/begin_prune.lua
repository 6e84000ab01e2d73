--[[
begin_prune: begins to delete a backfill that ended long ago, if it has not changed since the caller read it and no summary
of it is still to be delivered.

KEYS[1]  header       infill:{backfills}:<backfill>    hash
KEYS[2]  index        infill:{backfills}:index         sorted set, id -> created, epoch ms
KEYS[3]  deleting     infill:{backfills}:deleting      set of ids whose deletion has begun
KEYS[4]  deliveries   infill:{backfills}:deliveries    sorted set, delivery -> when it is due, epoch ms
KEYS[5]  parked       infill:{backfills}:parked        sorted set, delivery -> when it was given up, epoch ms
ARGV[1]  backfill
ARGV[2]  finished     when it ended as the caller knows it, epoch ms
ARGV[3]  given_up     epoch ms; a summary that was parked before this instant does not keep the backfill
ARGV[4]  mode         "look" only says whether it may be pruned; "write" begins

Returns  {"deleting"}        now, or since an earlier call
         {"prunable"}        with "look": it may be pruned; nothing was written
         {"changed"}         it has not ended, has ended again since, or its number of summaries is unreadable (the doctor
                             sets it aside); nothing was written
         {"undelivered"}     a summary of it is due, or was parked after given_up; nothing was written
         {"unknown"}         there is no such backfill
Keeps    the header's field "deleting" is "pruned", so that a planner finishes an interrupted prune
]]
--- @include "list_status"
local header, index, deleting, deliveries, parked = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local backfill, finished, given_up = ARGV[1], ARGV[2], tonumber(ARGV[3])
local root = string.sub(header, 1, -#backfill - 2)
local status, is_deleting, ended, created, summaries =
  unpack(redis.call("HMGET", header, "status", "deleting", "finished", "created", "summaries"))
if is_deleting then return { "deleting" } end
if not status then return { "unknown" } end
local final = { succeeded = true, failed = true, canceled = true }
local count = tonumber(string.match(summaries or "0", "^%d+$"))
if not final[status] or (ended or created) ~= finished or not count or count > 10000 then return { "changed" } end

local function is_awaited(delivery)
  if redis.call("ZSCORE", deliveries, delivery) then return true end
  local since = redis.call("ZSCORE", parked, delivery)
  return since and tonumber(since) > given_up
end
for sequence = 1, count do
  local summary = header .. ":summary:" .. sequence
  if redis.call("EXISTS", summary) == 1 then
    if is_awaited(backfill .. "-" .. sequence) then return { "undelivered" } end
    for _, field in ipairs(redis.call("HKEYS", summary)) do
      local delivery = string.match(field, "^attempts (.*)$")
      if delivery and is_awaited(delivery) then return { "undelivered" } end
    end
  end
end
if ARGV[4] == "look" then return { "prunable" } end
redis.call("HSET", header, "deleting", "pruned")
redis.call("ZREM", index, backfill)
redis.call("SADD", deleting, backfill)
list_status(root, backfill)
return { "deleting" }
