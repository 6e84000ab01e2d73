--[[
claim_partitions: takes the lease on partitions of one asset for a worker's session, each under a claim of its own.

A claim's id is the session (random) and a number that the session never uses again. Work starts only under a claim.

KEYS[1]  meta           infill:{asset/<asset>}:meta        hash
KEYS[2]  sessions       infill:{asset/<asset>}:sessions    sorted set, session -> end of its lease, epoch ms
KEYS[3]  claims         infill:{asset/<asset>}:claims      hash, <lane>:<ordinal> -> claim entry
KEYS[4]  waiters        infill:{asset/<asset>}:waiters     hash, <lane>:<ordinal> -> ledger keys, space-separated;
                                                              "!" before one whose backfill will rerun the partition
KEYS[5…] for each group three keys:
         ledger         infill:{asset/<asset>}:ledger:<backfill>                          hash
         queued         infill:{asset/<asset>}:ledger:<backfill>:queued:<lane>:<chunk>    bitmap
         in progress    infill:{asset/<asset>}:plane:<lane>:in_progress:<chunk>           bitmap
ARGV[1]  root           infill:{asset/<asset>}, to find the keys of another session's lapsed claim
ARGV[2]  epoch          of the asset, as registered
ARGV[3]  session
ARGV[4]  lease          milliseconds
ARGV[5…] for each group: backfill, lane, chunk, how many runs, then of each run of neighbors: offset of the first within the
         chunk, how many, claim number of the first (the others count up from it), and permit; at most 512 partitions in all
         permit   none   the claim holds no permits (take_permits)
                  held   the claim holds a permit of each of its scopes
                  ask    the claim holds none; the caller only asks whether it would be claimed

A claim entry is "<R|W|L> <session> <number> <attempt> <tally> <started ms> <backfill>": running, waiting for its next
attempt, or lapsed (its session's lease ended). The attempt counts the starts of the function within one backfill's turn at
the partition, the running one included. The include "tally" names the other counts. A partition with deaths is a suspect:
its claim starts with start_suspect, and started is 0 until then. If a process holds several suspects and dies, only the
one that it had started counts a death.

Returns  {"claims", "each", answers…}   for each partition
                                "claimed <attempt> <tally> <lapsed>"   settle or release it under the claim; `lapsed` is
                                            the session that lost its claim on it before, "-" for none
                                "held"      a live claim exists. By its ledger's overlap, the backfill either shares that
                                            execution's outcome, or reruns the partition afterwards
                                "stopped"   the backfill is paused or canceled and has no running claim on the partition,
                                            which has left the window
                                "capped"    the claim needs a permit; nothing was written for it
                                "gone"      it is not in the backfill's window: settled, dropped or never reserved
         {"claims", "all", answer}      the same for all
         {"unregistered"}       the asset has another epoch; nothing was written
Keeps    a capped backfill gets no claim without a permit
         at most one running claim a partition; in-progress bit <=> running claim; a repeated call gets the same answer;
         a running claim's partition stays in its backfill's window, also when the backfill is paused or canceled
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

local answers, differs = {}, false
local at, key = 5, 5
while at <= #ARGV do
  local backfill, lane, base, runs = ARGV[at], ARGV[at + 1], ARGV[at + 2] * 32768, tonumber(ARGV[at + 3])
  local ledger, queued, in_progress = KEYS[key], KEYS[key + 1], KEYS[key + 2]
  local policy = redis.call("HMGET", ledger, "control", "capped", "overlap")
  local control, capped, overlap = policy[1], policy[2] == "1", policy[3]
  local fields, offsets, numbers, permits = {}, {}, {}, {}
  for run = 1, runs do
    local from = at + 4 * run
    local first, length, number = tonumber(ARGV[from]), tonumber(ARGV[from + 1]), tonumber(ARGV[from + 2])
    for step = 0, length - 1 do
      local index = #offsets + 1
      offsets[index], permits[index] = first + step, ARGV[from + 3]
      fields[index] = lane .. ":" .. string.format("%d", base + first + step)
      numbers[index] = string.format("%d", number + step)
    end
  end
  local entries, is_queued = redis.call("HMGET", claims, unpack(fields)), bitfield(queued, offsets)
  local started, dropped, written = {}, {}, {}
  -- Fields that this call has claimed, and fields that it has taken out of the window. A call may name a partition
  -- twice, and `entries` was read before it wrote.
  local taken, left = {}, {}
  for index = 1, #offsets do
    local offset, number, permit = offsets[index], numbers[index], permits[index]
    local field, entry = fields[index], entries[index]
    local answer
    if is_queued[index] == 0 or left[field] then
      answer = "gone"
    else
      local attempt, tally, lapsed = 1, "0", "-"
      if taken[field] then
        -- Two jobs of one call cover this partition, and the first one has just claimed it.
        answer = "held"
      elseif entry then
        local state, owner, owned, tried, counted, _, holder = read_claim(entry)
        -- A partition that runs for this backfill stays in its window until it ends, even while the backfill may start
        -- nothing. Other backfills' claims concern only a backfill that may start partitions.
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
    answers[#answers + 1] = answer
    differs = differs or answer ~= answers[1]
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
  at, key = at + 4 + 4 * runs, key + 3
end
if not differs then return { "claims", "all", answers[1] } end
return { "claims", "each", unpack(answers) }
