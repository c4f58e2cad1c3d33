// Asks the flags that are given as JSON, and prints what the client makes of each answer.

import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';

const headers = [['X-API-Key', process.env.CROSSFADE_TOKEN]];
await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: process.env.CROSSFADE_URL, headers }));
const client = OpenFeature.getClient();
const answers = [];
for (const [flag, unit] of JSON.parse(process.argv[2])) {
  const told = await client.getBooleanDetails(flag, true, unit === null ? {} : { targetingKey: unit });
  answers.push([told.value, told.variant ?? null, told.reason, told.flagMetadata.bucket ?? null, told.errorCode ?? null]);
}
console.log(JSON.stringify(answers));
