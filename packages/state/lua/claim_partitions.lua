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

-- All is read before anything is written, and each key is written once: a call for each group would cost more than all
-- else here.
local groups, fields = {}, {}
local policies = {}
local at, key = 5, 5
while at <= #ARGV do
  local lane, base, runs, ledger = ARGV[at + 1] .. ":", ARGV[at + 2] * 32768, tonumber(ARGV[at + 3]), KEYS[key]
  local policy = policies[ledger]
  if not policy then
    policy = redis.call("HMGET", ledger, "control", "capped", "overlap")
    policy.started, policy.dropped = 0, 0
    policies[ledger] = policy
  end
  local offsets, numbers, permits = {}, {}, {}
  for run = 1, runs do
    local from = at + 4 * run
    local first, length, number = tonumber(ARGV[from]), tonumber(ARGV[from + 1]), tonumber(ARGV[from + 2])
    for step = 0, length - 1 do
      local index = #offsets + 1
      offsets[index], numbers[index], permits[index] = first + step, number + step, ARGV[from + 3]
      fields[#fields + 1] = lane .. string.format("%d", base + first + step)
    end
  end
  groups[#groups + 1] = {
    backfill = ARGV[at], ledger = ledger, policy = policy, queued = KEYS[key + 1], in_progress = KEYS[key + 2],
    offsets = offsets, numbers = numbers, permits = permits, is_queued = bitfield(KEYS[key + 1], offsets),
  }
  at, key = at + 4 + 4 * runs, key + 3
end
local entries = redis.call("HMGET", claims, unpack(fields))

local answers, differs, written, position = {}, false, {}, 0
-- Entries that this call has changed, by field: it may name a partition twice.
local changed = {}
for _, group in ipairs(groups) do
  local backfill, ledger, policy = group.backfill, group.ledger, group.policy
  local control, capped, overlap = policy[1], policy[2] == "1", policy[3]
  local started, dropped = {}, {}
  -- Fields that this call has taken out of the window.
  local left = {}
  for index, offset in ipairs(group.offsets) do
    position = position + 1
    local permit, field = group.permits[index], fields[position]
    local entry = changed[field] or entries[position]
    local answer
    if group.is_queued[index] == 0 or left[field] then
      answer = "gone"
    else
      local attempt, tally, lapsed = 1, "0", "-"
      local number = string.format("%d", group.numbers[index])
      if entry then
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
            changed[field] = entry
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
        entry = "R " .. session .. " " .. number .. " " .. attempt .. " " .. tally .. " " .. (read_tally(tally) == 0 and now_text or "0") .. " " .. backfill
        changed[field] = entry
        written[#written + 1], written[#written + 2] = field, entry
        started[#started + 1] = offset
        answer = "claimed " .. attempt .. " " .. tally .. " " .. lapsed
      end
    end
    answers[position] = answer
    differs = differs or answer ~= answers[1]
  end
  group.started, group.dropped = started, dropped
end

if #written > 0 then redis.call("HSET", claims, unpack(written)) end
for _, group in ipairs(groups) do
  local policy = group.policy
  bitfield(group.in_progress, group.started, 1)
  bitfield(group.queued, group.dropped, 0)
  policy.started, policy.dropped = policy.started + #group.started, policy.dropped + #group.dropped
end
for ledger, policy in pairs(policies) do
  if policy.started > 0 then add_to(ledger, "in_progress", policy.started) end
  if policy.dropped > 0 then add_to(ledger, "queued", -policy.dropped) end
end
if not differs then return { "claims", "all", answers[1] } end
return { "claims", "each", unpack(answers) }
