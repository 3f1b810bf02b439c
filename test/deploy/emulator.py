"""MiniStack, with what a deployment of this service needs to find it as AWS is. Each correction says why."""

import ministack.app
from ministack.core import iam_actions


def behind_tls(gateway):
    """The policies of buckets, queues and topics refuse whoever does not come by TLS.

    Requests come over the loopback interface in plain HTTP, because the emulator's own JWT authorizer reads the
    keys of its Cognito in plain HTTP and finds none when the emulator speaks TLS itself. So it is told that
    something in front of it has ended TLS, as a load balancer would.
    """

    async def gateway_behind_tls(scope, receive, send):
        if scope["type"] == "http":
            scope = {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}
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


ministack.app.app = behind_tls(ministack.app.app)
iam_actions.extract_iam_action = batches_are_their_single_action(iam_actions.extract_iam_action)
ministack.app.main()
