"""Prints what an account holds, asked of each service itself: JSON, a sorted list of names for each kind."""

import json

import botocore.session

session = botocore.session.get_session()


def every(service, operation, key, name, **parameters):
    client = session.create_client(service)
    if client.can_paginate(operation):
        pages = client.get_paginator(operation).paginate(**parameters)
    else:
        pages = [getattr(client, operation)(**parameters)]
    found = [item for page in pages for item in page.get(key, [])]
    return sorted(item if name is None else item[name] for item in found)


# A stack that was deleted is listed for ninety days.
standing = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_FAILED", "ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"]

print(
    json.dumps(
        {
            "stacks": every("cloudformation", "list_stacks", "StackSummaries", "StackName", StackStatusFilter=standing),
            "tables": every("dynamodb", "list_tables", "TableNames", None),
            "functions": every("lambda", "list_functions", "Functions", "FunctionName"),
            "event source mappings": every("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"),
            "queues": every("sqs", "list_queues", "QueueUrls", None),
            "topics": every("sns", "list_topics", "Topics", "TopicArn"),
            "subscriptions": every("sns", "list_subscriptions", "Subscriptions", "SubscriptionArn"),
            "APIs": every("apigatewayv2", "get_apis", "Items", "Name"),
            "user pools": every("cognito-idp", "list_user_pools", "UserPools", "Name", MaxResults=60),
            "log groups": every("logs", "describe_log_groups", "logGroups", "logGroupName"),
            "alarms": every("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
            "buckets": every("s3", "list_buckets", "Buckets", "Name"),
            "roles": every("iam", "list_roles", "Roles", "RoleName"),
        }
    )
)
