-- SPDX-License-Identifier: Apache-2.0
-- Arguments behind "--": method, bearer token or "-", body. A # in the body becomes a number that no other request has.

function init(args)
  local method, token, body = args[1], args[2], args[3]
  wrk.method = method
  wrk.headers["Content-Type"] = "application/json"
  if token ~= "-" then
    wrk.headers["Authorization"] = "Bearer " .. token
  end
  if body ~= "" then
    wrk.body = body
  end
  -- wrk sends a prepared request unless there is a function named request.
  if body:find("#", 1, true) then
    local n = os.time() * 1000000 -- below 2^53, up to which a number of Lua counts one by one
    function request()
      n = n + 1
      return wrk.format(nil, nil, nil, (body:gsub("#", string.format("%.0f", n))))
    end
  end
end

function done(summary, latency, requests)
  local e = summary.errors
  print(string.format('{"requests":%d,"us":%d,"p50_us":%.0f,"p99_us":%.0f,"refused":%d,"errors":%d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), e.status,
    e.connect + e.read + e.write + e.status + e.timeout))
end
