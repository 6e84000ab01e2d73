--[[
claim_partitions: takes the lease on partitions of one asset for a worker's session, each under a claim of its own.

A claim's id is the session (random) and a number that the session never uses again. Work starts only under a claim.

KEYS[1]  meta           infill:{asset/<asset>}:meta        hash
KEYS[2]  sessions       infill:{asset/<asset>}:sessions    sorted set, session -> end of its lease, epoch ms
KEYS[3]  claims         infill:{asset/<asset>}:claims      hash, <lane>:<ordinal> -> claim entry
KEYS[4]  waiters        infill:{asset/<asset>}:waiters     hash, <lane>:<ordinal> -> ledger keys, space-separated;
                                                              "!" before one that will run it again
KEYS[5…] for each group three keys:
         ledger         infill:{asset/<asset>}:ledger:<backfill>                          hash
         queued         infill:{asset/<asset>}:ledger:<backfill>:queued:<lane>:<chunk>    bitmap
         in progress    infill:{asset/<asset>}:plane:<lane>:in_progress:<chunk>           bitmap
ARGV[1]  root           infill:{asset/<asset>}, for what a lapsed claim of somebody else leaves behind
ARGV[2]  epoch          of the asset, as registered
ARGV[3]  session
ARGV[4]  lease          milliseconds
ARGV[5…] for each group: backfill, lane, chunk, how many, then offset within the chunk, claim number and permit of each;
         at most 512 in all
         permit   none   it holds no permit of the backfill (take_permits)
                  held   it holds one of each of its scopes
                  ask    it holds none, and is only to be told whether it would be claimed

A claim entry is "<R|W|L> <session> <number> <attempt> <tally> <started ms> <backfill>": running, waiting for its next
attempt, or lapsed (its session's lease ended). The attempt is the number of starts of the function within one backfill's
turn at the partition; of a running claim, this one included. The include "tally" says what else is counted. A partition
with deaths is a suspect: its claim starts with start_suspect (started is 0 until then), so that of several suspects that
one process holds only the one that ran counts a death.

Returns  {"claims", answers…}   for each partition
                                "claimed <attempt> <tally> <lapsed>"   settle or release it under the claim; `lapsed` is
                                            the session that lost its claim on it before, "-" for none
                                "held"      a live claim exists; the backfill shares that execution's outcome,
                                            or is told of its end and runs it again, as its ledger's overlap says
                                "stopped"   the backfill is paused or canceled, and has no running claim on it: it is
                                            out of the window again
                                "capped"    it may be claimed with a permit; nothing was written for it
                                "gone"      it is not in the backfill's window: settled, dropped or never reserved
         {"unregistered"}       the asset has another epoch; nothing was written
Keeps    a claim of a capped backfill is written only for who holds a permit
         at most one running claim a partition; in-progress bit <=> running claim; a repeated call gets the same answer;
         a running claim's partition is in its backfill's window, whatever the backfill is told meanwhile
]]
--- @include "claim_entry"
--- @include "now_ms"
--- @include "counting"
--- @include "tally"
--- @include "lapse_claim"
--- @include "bitfield"
local meta, sessions, claims, waiters = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local root, epoch, session, lease = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

if redis.call("HGET", meta, "epoch") ~= epoch then return { "unregistered" } end
local now = now_ms()
local now_text = string.format("%d", now)
redis.call("ZADD", sessions, now + lease, session)

local function is_live(other)
  local until_ms = redis.call("ZSCORE", sessions, other)
  return until_ms and tonumber(until_ms) > now
end

local function wait_for_outcome(field, overlap, ledger)
  if overlap == "rerun" then ledger = "!" .. ledger end
  local ledgers = redis.call("HGET", waiters, field)
  if not ledgers then
    redis.call("HSET", waiters, field, ledger)
  elseif not string.find(" " .. ledgers .. " ", " " .. ledger .. " ", 1, true) then
    redis.call("HSET", waiters, field, ledgers .. " " .. ledger)
  end
end

local reply = { "claims" }
local at, key = 5, 5
while at <= #ARGV do
  local backfill, lane, base, count = ARGV[at], ARGV[at + 1], ARGV[at + 2] * 32768, tonumber(ARGV[at + 3])
  local ledger, queued, in_progress = KEYS[key], KEYS[key + 1], KEYS[key + 2]
  local policy = redis.call("HMGET", ledger, "control", "capped", "overlap")
  local control, capped, overlap = policy[1], policy[2] == "1", policy[3]
  local fields, offsets = {}, {}
  for index = 1, count do
    offsets[index] = ARGV[at + 1 + 3 * index]
    fields[index] = lane .. ":" .. string.format("%d", base + offsets[index])
  end
  local entries, is_queued = redis.call("HMGET", claims, unpack(fields)), bitfield(queued, offsets)
  local started, dropped, written = {}, {}, {}
  -- What an earlier one of these partitions is, which may be the same: read before this call changed it.
  local taken, left = {}, {}
  for index = 1, count do
    local offset, number, permit = offsets[index], ARGV[at + 2 + 3 * index], ARGV[at + 3 + 3 * index]
    local field, entry = fields[index], entries[index]
    local answer
    if is_queued[index] == 0 or left[field] then
      answer = "gone"
    else
      local attempt, tally, lapsed = 1, "0", "-"
      if taken[field] then
        -- Two jobs of one call cover it: the entries were read before the first of them claimed it.
        answer = "held"
      elseif entry then
        local state, owner, owned, tried, counted, _, holder = read_claim(entry)
        -- What runs for a backfill stays in its window until it ends, also while nothing may start; of the claims of others
        -- a backfill that may not start anything takes no note.
        local concerns_it = control == "running" or holder == backfill
        if state == "R" and owner == session and owned == number then
          answer = "claimed " .. tried .. " " .. counted .. " -"
        elseif concerns_it and state == "R" and is_live(owner) then
          if holder ~= backfill then wait_for_outcome(field, overlap, ledger) end
          answer = "held"
        elseif concerns_it then
          if state == "R" then
            local _
            _, _, _, entry = lapse_claim(root, claims, field, entry)
            state, _, _, tried, counted = read_claim(entry)
          end
          if holder == backfill then attempt, tally = string.format("%d", tried + 1), counted end
          if holder == backfill and state == "L" then lapsed = owner end
        end
      end
      if not answer and control ~= "running" then
        dropped[#dropped + 1] = offset
        left[field] = true
        answer = "stopped"
      end
      if not answer and (permit == "ask" or (capped and permit == "none")) then
        answer = "capped"
      elseif not answer then
        taken[field] = true
        written[#written + 1] = field
        written[#written + 1] =
          "R " .. session .. " " .. number .. " " .. attempt .. " " .. tally .. " " .. (read_tally(tally) == 0 and now_text or "0") .. " " .. backfill
        started[#started + 1] = offset
        answer = "claimed " .. attempt .. " " .. tally .. " " .. lapsed
      end
    end
    reply[#reply + 1] = answer
  end
  if #started > 0 then
    redis.call("HSET", claims, unpack(written))
    bitfield(in_progress, started, 1)
    add_to(ledger, "in_progress", #started)
  end
  if #dropped > 0 then
    bitfield(queued, dropped, 0)
    add_to(ledger, "queued", -#dropped)
  end
  at, key = at + 4 + 3 * count, key + 3
end
return reply
