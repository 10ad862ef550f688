// SPDX-License-Identifier: Apache-2.0

// This program uses the client that openapi-generator makes for TypeScript with fetch.
import { parse, stringify } from "lossless-json";

import { Configuration, DataApi, ProblemFromJSON, ResponseError } from "./generated/index.js";
import type { InitOverrideFunction, RequestOpts } from "./generated/index.js";

// JavaScript's numbers lose the digits of large ones. Here those are bigints, in what is sent and in what comes back.
const number = (text: string) => (/^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text)) ? BigInt(text) : Number(text));
class ExactApi extends DataApi {
  protected override request(context: RequestOpts, init?: RequestInit | InitOverrideFunction): Promise<Response> {
    return super.request({ ...context, body: new Blob([stringify(context.body)!]) }, init);
  }
}
const api = new ExactApi(new Configuration({
  basePath: process.env.TEMPSKV_URL!,
  accessToken: process.env.TEMPSKV_TOKEN!,
  middleware: [{
    post: async ({ response }) => Object.assign(response, { json: async () => parse(await response.text(), undefined, number) }),
  }],
}));

for (const [key, value] of Object.entries({ none: null, large: 9007199254740993n })) {
  const set = await api.kvSet({ setRequest: { key, value } });
  if (set.result !== "OK") throw new Error(key);
}
for (const key of ["none", "large"]) {
  console.log("get", key, String((await api.kvGet({ keyRequest: { key } })).value));
}
console.log("incr", String((await api.kvIncr({ incrRequest: { key: "large" } })).value));
const mset = await api.kvMset({ mSetRequest: { entries: [{ key: "text", value: "a" }, { key: "more", value: null }] } });
console.log("mset", mset.result);
const exported = await (await api.kvExport({ exportRequest: {} })).text();
console.log("export", exported.split('"key":').length - 1, exported.includes('{"end":{"keys":4}}'));
for (const call of [() => api.kvIncr({ incrRequest: { key: "text" } }), () => api.kvGet({ keyRequest: { key: "answered later" } })]) {
  const refused = await call().catch((err: unknown) => err);
  if (!(refused instanceof ResponseError)) throw refused;
  const problem = ProblemFromJSON(await refused.response.json());
  console.log("problem", problem.status, problem.code);
}
