-- SPDX-License-Identifier: Apache-2.0
-- Arguments behind "--": method, bearer token or "-", body, number of keys. In the body a # becomes a number that no other
-- request has, and a ~ the number of one of the keys. The body @FILE stands for the lines of a file, which take turns.

local function lines(file)
  local all = {}
  for line in io.lines(file) do
    all[#all + 1] = wrk.format(nil, nil, nil, line)
  end
  return all
end

function init(args)
  local method, token, body, keys = args[1], args[2], args[3], tonumber(args[4])
  wrk.method = method
  wrk.headers["Content-Type"] = "application/json"
  if token ~= "-" then
    wrk.headers["Authorization"] = "Bearer " .. token
  end
  -- wrk sends a prepared request unless there is a function named request.
  if body:sub(1, 1) == "@" then
    local all, i = lines(body:sub(2)), 0
    function request()
      i = i % #all + 1
      return all[i]
    end
    return
  end
  if body ~= "" then
    wrk.body = body
  end
  if body:find("[#~]") then
    math.randomseed(os.time())
    local n = os.time() * 1000000 -- below 2^53, up to which a number of Lua counts one by one
    local function number(mark)
      if mark == "~" then
        return string.format("%08d", math.random(0, keys - 1))
      end
      n = n + 1
      return string.format("%.0f", n)
    end
    function request()
      return wrk.format(nil, nil, nil, (body:gsub("[#~]", number)))
    end
  end
end

function done(summary, latency, requests)
  local e = summary.errors
  print(string.format('{"requests":%d,"us":%d,"p50_us":%.0f,"p99_us":%.0f,"refused":%d,"errors":%d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), e.status,
    e.connect + e.read + e.write + e.status + e.timeout))
end
