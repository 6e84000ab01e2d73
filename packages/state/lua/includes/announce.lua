-- Names a stream that has grown to readers that follow too many streams to wait for all of them. It is a hint: whoever
-- misses it, or may not publish, reads all streams every few seconds.
local function announce(stream)
  redis.pcall("PUBLISH", string.match(stream, "^[^{]*") .. "grown", stream)
end
