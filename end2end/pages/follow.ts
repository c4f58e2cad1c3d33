// A page of somebody's own, on another origin, that shows what a stock OpenFeature client tells it and follows changes.

import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
import { OpenFeature, ProviderEvents } from '@openfeature/web-sdk';

const here = new URLSearchParams(location.hash.slice(1));
const [baseUrl, token, unit] = [here.get('url') ?? '', here.get('token') ?? '', here.get('unit') ?? ''];
const client = OpenFeature.getClient();

function show(): void {
  const told = client.getBooleanDetails('kimi', false);
  document.querySelector('output')!.textContent =
    `${told.variant} ${told.reason} ${told.flagMetadata['percentage']} ${told.flagMetadata['bucket']}`;
}

OpenFeature.addHandler(ProviderEvents.ConfigurationChanged, show);
await OpenFeature.setContext({ targetingKey: unit });
await OpenFeature.setProviderAndWait(
  // Without polling: what is followed comes by the stream or not at all.
  new OFREPWebProvider({ baseUrl, headers: [['Authorization', `Bearer ${token}`]], pollInterval: 0 }),
);
show();
