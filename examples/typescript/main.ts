// A shop moves its postage calculator: every order asks Crossfade which of the two works it out.
//
//     CROSSFADE_URL=http://127.0.0.1:3000 CROSSFADE_TOKEN=cf_… npm start
//
// The token needs the scopes `evaluate` and `ingest`. CROSSFADE_FEATURE and ORDERS say which feature, and how many.

import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import { CallerError, Crossfade, Reporter } from './crossfade';

type Postage = { cents: number; carrier: string };

function legacyPostage(grams: number): Postage {
  if (grams <= 0) throw new CallerError('nothing to send');
  return { cents: 500 + Math.floor(grams / 100) * 25, carrier: 'post' };
}

function newPostage(grams: number): Postage {
  if (grams <= 0) throw new CallerError('nothing to send');
  if (grams === 1300) throw new Error('no tariff');
  // Its fault, which comparisons find: a kilogram and more is charged too little.
  return { cents: 500 + Math.floor(grams / 100) * 25 - (grams >= 1000 ? 10 : 0), carrier: 'post' };
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`please set ${name}`);
  return value;
}

const [url, token] = [setting('CROSSFADE_URL'), setting('CROSSFADE_TOKEN')];
const feature = process.env['CROSSFADE_FEATURE'] ?? 'kimi';
const orders = Number(process.env['ORDERS'] ?? 100);

const provider = new OFREPProvider({ baseUrl: url, headers: [['Authorization', `Bearer ${token}`]] });
await OpenFeature.setProviderAndWait(provider);
const reporter = new Reporter(url, token);
const crossfade = new Crossfade(OpenFeature.getClient(), reporter);

let [answered, refused] = [0, 0];
for (let order = 0; order < orders; order += 1) {
  const grams = (order % 20) * 100;
  const about = { feature, operation: 'postage', unit: `user${order}` };
  try {
    await crossfade.call(about, () => legacyPostage(grams), () => newPostage(grams));
    answered += 1;
  } catch (error) {
    if (!(error instanceof CallerError)) throw error;
    refused += 1;
  }
}
await crossfade.close();
console.log(JSON.stringify({ orders, answered, refused, lost: reporter.lost }));
