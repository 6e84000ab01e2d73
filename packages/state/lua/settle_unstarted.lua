--[[
settle_unstarted: settles partitions of one chunk that will not start: skipped, because an upstream partition failed; or
failed, because the definition no longer has them.

KEYS[1]  ledger        infill:{asset/<asset>}:ledger:<backfill>                           hash
KEYS[2]  settled       infill:{asset/<asset>}:ledger:<backfill>:settled:<lane>:<chunk>    bitmap
KEYS[3]  outcome       infill:{asset/<asset>}:ledger:<backfill>:skipped|failed:<lane>:<chunk>   bitmap
KEYS[4]  queued        infill:{asset/<asset>}:ledger:<backfill>:queued:<lane>:<chunk>     bitmap
KEYS[5]  scratch       infill:{asset/<asset>}:ledger:<backfill>:scratch                   bitmap, gone when the call ends; and <scratch>:taken
KEYS[6]  culprits      infill:{asset/<asset>}:ledger:<backfill>:culprits                  list, JSON, the newest 10,000
KEYS[7]  settlements   infill:{asset/<asset>}:settlements                                 stream
KEYS[8]  meta          infill:{asset/<asset>}:meta                                        hash
KEYS[9]  in progress   infill:{asset/<asset>}:plane:<lane>:in_progress:<chunk>            bitmap
ARGV[1]  backfill
ARGV[2]  lane
ARGV[3]  chunk
ARGV[4]  mask          bitmap of the partitions, at most 4,096 bytes
ARGV[5]  culprit       JSON: the reason, and the upstream partition that is to blame
ARGV[6]  word          "skipped" or "failed"
ARGV[7]  reopened      the ledger's field "reopened" (reopen_partitions) as the caller read it; "" for any
ARGV[8]  unqueue       "1" settles partitions in the window too, unless they have a running claim; "" leaves them alone

Returns  {"settled", how many}   partitions that had settled, or were in the window or in progress, are left alone
         {"outdated"}            the ledger was reopened since, so the culprit may run again; nothing was written
Error    CHANGING where the asset is being reset, removed or renamed; nothing was written
Keeps    every counter equals its bits
Emits    one entry as settle_partitions does, for the chunk: "<backfill> <lane> k <chunk>;". Outcome k for skipped: the
         planner that skips knows already. Outcome c for failed: the planner reads the chunk again.
]]
--- @include "tell_settlements"
--- @include "under_change"
--- @include "counting"
local ledger, settled, outcome, queued, scratch = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local culprits, settlements, meta = KEYS[6], KEYS[7], KEYS[8]
local backfill, lane, chunk, mask, culprit, word = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local reopened, unqueue, in_progress = ARGV[7], ARGV[8] == "1", KEYS[9]
local changing = under_change(ledger)
if changing then return redis.error_reply("CHANGING " .. changing) end

if reopened ~= "" and (redis.call("HGET", ledger, "reopened") or "0") ~= reopened then return { "outdated" } end
-- Every partition of a sealed ledger has settled.
if redis.call("HEXISTS", ledger, "sealed") == 1 then return { "settled", 0 } end
-- mask AND NOT taken, as (mask OR taken) XOR taken
redis.call("SET", scratch, mask)
local taken = scratch .. ":taken"
redis.call("BITOP", "OR", taken, settled, unqueue and in_progress or queued)
redis.call("BITOP", "OR", scratch, scratch, taken)
redis.call("BITOP", "XOR", scratch, scratch, taken)
local count = redis.call("BITCOUNT", scratch)
if count > 0 then
  if unqueue then
    local before = redis.call("BITCOUNT", queued)
    redis.call("BITOP", "OR", queued, queued, scratch)
    redis.call("BITOP", "XOR", queued, queued, scratch)
    local unqueued = before - redis.call("BITCOUNT", queued)
    if unqueued > 0 then add_to(ledger, "queued", -unqueued) end
  end
  redis.call("BITOP", "OR", settled, settled, scratch)
  redis.call("BITOP", "OR", outcome, outcome, scratch)
  add_to(ledger, word, count)
  redis.call("RPUSH", culprits, culprit)
  redis.call("LTRIM", culprits, -10000, -1)
  tell_settlements(meta, settlements, backfill .. " " .. lane .. (word == "failed" and " c " or " k ") .. chunk .. ";")
end
redis.call("DEL", scratch, taken)
return { "settled", count }
