"""MiniStack, with what a deployment of this service needs to find it as AWS is. Each correction says why."""

import json

import ministack.app
from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners


def behind_tls(gateway):
    """The policies of buckets, queues and topics refuse whoever does not come by TLS.

    Requests come over the loopback interface in plain HTTP, because the emulator's own JWT authorizer reads the
    keys of its Cognito in plain HTTP and finds none when the emulator speaks TLS itself. So it is told that
    something in front of it has ended TLS, as a load balancer would, unless the request says so itself.
    """
    header = b"x-forwarded-proto"

    async def gateway_behind_tls(scope, receive, send):
        if scope["type"] == "http" and header not in dict(scope["headers"]):
            scope = {**scope, "headers": [*scope["headers"], (header, b"https")]}
        await gateway(scope, receive, send)

    return gateway_behind_tls


def batches_are_their_single_action(extract):
    """On AWS a batch of messages needs the permission for one message; there is no action of its own to allow.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
    """
    single = {
        "sqs:SendMessageBatch": "sqs:SendMessage",
        "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    }

    def extract_iam_action(*args, **kwargs):
        action = extract(*args, **kwargs)
        return single.get(action, action)

    return extract_iam_action


def tables_have_policies(provision):
    """A table gets the policy that its template has; the emulator keeps policies of tables, and passes over that one."""

    def provision_with_policy(*args):
        physical_id, attributes = provision(*args)
        properties = next(arg for arg in reversed(args) if isinstance(arg, dict))
        policy = properties.get("ResourcePolicy", {}).get("PolicyDocument")
        if policy is not None:
            status, _, body = dynamodb._put_resource_policy(
                {"ResourceArn": attributes["Arn"], "Policy": json.dumps(policy)}
            )
            if status >= 400:
                raise ValueError(f"The table's policy was refused: {body!r}")
        return physical_id, attributes

    return provision_with_policy


def policy_of_table(arn):
    """Asked for each request, as the policies of queues and topics are; that of a table holds for its indexes too."""
    table = arn.split("/index/")[0]
    return dynamodb._resource_policies.get(table, {}).get("Policy", ""), table.split(":")[4]


def saved_queries_are_taken(handlers):
    """The emulator knows no saved queries of logs, and refuses a template that has one.

    They are questions for people and change nothing of what is deployed; the tests of the template look at them.
    """
    handlers["AWS::Logs::QueryDefinition"] = {
        "create": lambda logical_id, props, stack_name: (f"{stack_name}-{logical_id}", {}),
        "update": lambda physical_id, old_props, new_props, stack_name: (physical_id, {}),
        "delete": lambda physical_id, props: None,
    }


def alarms_on_expressions_are_taken(record):
    """The emulator refuses an alarm on an expression of several metrics. No alarm of it ever rings, so such an alarm
    is kept with the first of its metrics; the tests of the template look at the expression.
    """

    def record_of_alarm(name, props):
        metrics = [each["MetricStat"]["Metric"] for each in props.get("Metrics") or [] if "MetricStat" in each]
        if metrics:
            props = {**props, **metrics[0], "Statistic": "Sum"}
            del props["Metrics"]
        return record(name, props)

    return record_of_alarm


saved_queries_are_taken(provisioners._RESOURCE_HANDLERS)
provisioners._cw_metric_alarm_record = alarms_on_expressions_are_taken(provisioners._cw_metric_alarm_record)
ministack.app.app = behind_tls(ministack.app.app)
iam_actions.extract_iam_action = batches_are_their_single_action(iam_actions.extract_iam_action)
table = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]
table.update(create=tables_have_policies(table["create"]), update=tables_have_policies(table["update"]))
dynamodb.policy_of_table = policy_of_table
iam_evaluator._RESOURCE_POLICY_LOOKUPS["dynamodb"] = ("dynamodb", "policy_of_table")
ministack.app.main()
