"""A shop moves its postage calculator: every order asks Crossfade which of the two works it out.

    CROSSFADE_URL=http://127.0.0.1:3000 CROSSFADE_TOKEN=cf_… python main.py [FEATURE] [ORDERS]

The token needs the scopes `evaluate` and `ingest`.
"""

import json
import os
import sys
from collections import Counter
from functools import partial

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider

from crossfade import CallerError, Crossfade, Reporter


def legacy_postage(grams: int) -> dict:
    if grams <= 0:
        raise CallerError("nothing to send")
    return {"cents": 500 + grams // 100 * 25, "carrier": "post"}


def new_postage(grams: int) -> dict:
    if grams <= 0:
        raise CallerError("nothing to send")
    if grams == 1300:
        raise RuntimeError("no tariff")
    # Its fault, which comparisons find: a kilogram and more is charged too little.
    cents = 500 + grams // 100 * 25 - (10 if grams >= 1000 else 0)
    return {"cents": cents, "carrier": "post"}


def main() -> None:
    feature = sys.argv[1] if len(sys.argv) > 1 else "kimi"
    orders = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    url, token = os.environ["CROSSFADE_URL"], os.environ["CROSSFADE_TOKEN"]

    api.set_provider(OFREPProvider(url, headers_factory=lambda: {"Authorization": f"Bearer {token}"}))
    reporter = Reporter(url, token)
    crossfade = Crossfade(api.get_client(), reporter)
    came = Counter()
    for order in range(orders):
        grams = order % 20 * 100
        try:
            # `partial` and no lambda: a shadow runs later, when `grams` may be those of another order.
            legacy, candidate = partial(legacy_postage, grams), partial(new_postage, grams)
            postage = crossfade.call(feature, "postage", f"user{order}", legacy, candidate)
            came[postage["carrier"]] += 1
        except CallerError:
            came["refused"] += 1
    crossfade.close()
    print(json.dumps({"orders": orders, "answered": came["post"], "refused": came["refused"], "lost": reporter.lost}))


if __name__ == "__main__":
    main()
