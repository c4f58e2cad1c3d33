"""Asks the flags that are given as JSON, and prints what the client makes of each answer."""

import json
import os
import sys

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

headers = {"Authorization": f"Bearer {os.environ['CROSSFADE_TOKEN']}"}
api.set_provider(OFREPProvider(os.environ["CROSSFADE_URL"], headers_factory=lambda: headers))
client = api.get_client()
answers = []
for flag, unit in json.loads(sys.argv[1]):
    told = client.get_boolean_details(flag, True, EvaluationContext(targeting_key=unit))
    error = told.error_code.value if told.error_code else None
    answers.append([told.value, told.variant, told.reason, told.flag_metadata.get("bucket"), error])
print(json.dumps(answers))
