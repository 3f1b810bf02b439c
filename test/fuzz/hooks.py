"""What schemathesis is told of this API beyond its document: checks of our own, and which refusals are promised."""

import json
import os
import re
import zlib

import schemathesis
from schemathesis.checks import CheckContext
from schemathesis.core.failures import CustomFailure, ServerError
from schemathesis.openapi.checks import RejectedPositiveData

# Words that no answer may hold: they tell what the service is made of, and so where to push.
LEAKS = {
    "a stack trace": re.compile(r"\n\s+at |\.(?:js|ts|mjs|cjs):\d+|Traceback"),
    "a file's path": re.compile(r"/(?:home|root|tmp|usr|var|opt|work|node_modules|functions)/"),
    "an ARN": re.compile(r"arn:aws"),
    "an address inside": re.compile(r"https?://(?:localhost|127\.0\.0\.1|169\.254)|amazonaws"),
    "an error's name": re.compile(
        r"\b(?:\w*(?:Exception|Error)|ECONN\w+|ETIMEDOUT|ConditionalCheckFailed|TransactionCanceled)\b"
    ),
    "how data is kept": re.compile(
        r"DynamoDB|\b(?:SQS|SNS|Lambda)\b|ConditionExpression|\"(?:pk|sk)\"|"
        r"\b(?:SKU|LEVEL|CELL|RESERVATION|BACKORDER|PURCHASES|HOLDS|OPERATION|ANSWER|EXPIRED)#"
    ),
    "a table's name": re.compile(os.environ["FUZZ_TABLES"]),
}

# Rules that the schemas do not say and the document's words do. A request that breaks one is refused by name, and
# for nothing else a request may be refused that its schema allows.
RULES = [
    re.compile(rule)
    for rule in (
        r"is no cursor of this list",
        r"repeats the SKU and location of line \d+; give one line with the whole quantity",
        r"repeats the SKU, location and state of change \d+",
        r"repeats a SKU",
        r"must be at most \d+ bytes in UTF-8; .*",
        r"must have at most 90 changes when atomic",
        r"must have either (?:sku or locationId|referenceId or orderId), and not both",
        r"must have sku or reservationId",
        r"narrows a sku and needs one",
        r"must have both latitude and longitude, or neither",
        r"must have latitude and longitude for the allocation nearest",
        r"must not have the kit itself",
        r"\S+ is (?:itself a component of a kit|not known, or is itself a kit)",
        r"is needed: .* has a purchase limit",
    )
]

IDENTIFIER = re.compile(r"[A-Za-z0-9._:~+-]{1,128}")
NAMES = json.loads(os.environ["FUZZ_NAMES"])

log = open(os.environ["FUZZ_LOG"], "a", encoding="utf-8", buffering=1)
calls = 0


def problem_of(response) -> dict:
    """The answer's body where it is a problem of the service's own; empty otherwise."""
    try:
        body = json.loads(response.content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) and "code" in body else {}


def known(value, names, most_of=4):
    """A made-up name becomes that of a thing that is there, but for one in so many; what is no name stays as it is."""
    if isinstance(value, list):
        return [known(each, names, most_of) for each in value]
    if not isinstance(value, str) or not IDENTIFIER.fullmatch(value) or value in names or value.startswith("r-"):
        return value
    digest = zlib.crc32(value.encode())
    return value if digest % most_of == 0 else names[digest // most_of % len(names)]


def names_in_path(context) -> dict:
    operation = context.operation.definition.raw["operationId"]
    changeable = NAMES["changeable"]
    return {
        "sku": changeable["skus"] if operation == "putItem" else NAMES["skus"],
        "locationId": changeable["locationIds"] if operation == "putLocation" else NAMES["locationIds"],
        "reservationId": NAMES["reservationIds"].get(operation, []),
    }


def with_known(parameters, names, most_of=4):
    return {
        name: known(value, names[name], most_of) if names.get(name) else value
        for name, value in (parameters or {}).items()
    }


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    return with_known(path_parameters, names_in_path(context))


@schemathesis.hook
def map_query(context, query):
    every_id = [each for ids in NAMES["reservationIds"].values() for each in ids]
    return with_known(query, {"sku": NAMES["skus"], "locationId": NAMES["locationIds"], "reservationId": every_id})


@schemathesis.hook
def map_body(context, body):
    """Carts and deliveries name things that are there, in quantities that a shop has: most of them, not all."""
    if not isinstance(body, dict):
        return body
    changed = dict(body)
    for name in ("lines", "changes", "components"):
        if isinstance(body.get(name), list):
            changed[name] = [usual_line(line) if isinstance(line, dict) else line for line in body[name]]
    if isinstance(body.get("cells"), int):
        changed["cells"] = usual_number(body["cells"], 8)
    return changed


def usual_line(line):
    # A cart with one unknown line is refused as a whole.
    changed = with_known(line, {"sku": NAMES["skus"], "locationId": NAMES["locationIds"]}, most_of=32)
    if isinstance(line.get("quantity"), int):
        changed["quantity"] = usual_number(line["quantity"], 5)
    return changed


def usual_number(value, most):
    """Small for three of four; what is not above it stays what it is, so that what is wrong stays wrong."""
    return value if value <= most or value > 2**31 - 1 or value % 4 == 0 else 1 + value // 4 % most


def is_text(value) -> bool:
    return isinstance(value, str) and 0 < len(value) < 100


@schemathesis.hook
def before_call(context, case, kwargs):
    """Most idempotency keys and ids of new carts are new ones: what is taken is refused before all else."""
    global calls
    calls += 1
    if calls % 8 == 0:
        return
    key = (case.headers or {}).get("Idempotency-Key")
    if is_text(key):
        case.headers["Idempotency-Key"] = f"{key}-{calls}"
    if case.operation.label == "POST /v1/reservations" and isinstance(case.body, dict):
        if is_text(case.body.get("reservationId")):
            case.body = {**case.body, "reservationId": f"{case.body['reservationId']}-{calls}"}


@schemathesis.hook
def after_call(context, case, response):
    """Which operation was answered how, for the report of the run."""
    code = problem_of(response).get("code")
    log.write(json.dumps({"operation": case.operation.label, "status": response.status_code, "code": code}) + "\n")


@schemathesis.check
def no_inner_detail(ctx: CheckContext, response, case) -> None:
    """No answer tells what the service is made of. Whatever the caller has sent may come back to him."""
    if case.operation.path == "/v1/openapi.json":
        return
    text = response.content.decode("utf-8", "replace")
    headers = "\n".join(f"{name}: {value}" for name, values in response.headers.items() for value in values)
    for what, words in LEAKS.items():
        found = words.search(f"{headers}\n{text}")
        if found is not None:
            raise CustomFailure(
                operation=case.operation.label,
                title="Inner detail in an answer",
                message=f"It holds {what}: {found.group(0)!r}",
            )


# Where the document promises 503 to somebody who is alone: the trail is behind, or a split goes on with the next call.
MAY_WAIT = ("GET /v1/levels/{sku}/{locationId}", "POST /v1/levels/{sku}/{locationId}/cells")


@schemathesis.hook
def filter_failure(context, failure, case, response) -> bool:
    """Keeps a failure unless the request broke a rule that the schemas cannot say, or was told to wait."""
    problem = problem_of(response)
    if isinstance(failure, (RejectedPositiveData, ServerError)) and problem.get("code") == "contention":
        return case.operation.label not in MAY_WAIT
    messages = [error.get("message", "") for error in problem.get("errors", [])]
    is_of_rules = len(messages) > 0 and all(any(rule.fullmatch(each) for rule in RULES) for each in messages)
    return not (isinstance(failure, RejectedPositiveData) and response.status_code == 400 and is_of_rules)
