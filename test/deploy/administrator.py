"""What somebody who may do everything in the account may do with a table that refuses some of it by its own policy.

Takes the table's name and the key of an item that is there, as JSON. Each call is made by a user whose policy allows
everything, and would change nothing if it were let through: its condition does not hold, or its item is not there.
Prints the code of each call's error, or null.
"""

import json
import sys
import uuid

import botocore.session
from botocore.exceptions import ClientError

table, key = sys.argv[1], json.loads(sys.argv[2])
session = botocore.session.get_session()
iam = session.create_client("iam")
name = f"administrator-{uuid.uuid4()}"
everything = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
iam.create_user(UserName=name)
iam.put_user_policy(UserName=name, PolicyName="everything", PolicyDocument=json.dumps(everything))
made = iam.create_access_key(UserName=name)["AccessKey"]
keys = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
client = session.create_client("dynamodb", **keys)
in_plain = session.create_client("dynamodb", **keys)
in_plain.meta.events.register(
    "before-send.dynamodb", lambda request, **_: request.headers.update({"x-forwarded-proto": "http"})
)
arn = client.describe_table(TableName=table)["Table"]["TableArn"]
absent = {**key, "pk": {"S": "none"}}
condition = {"ConditionExpression": "attribute_not_exists(pk)"}
change = {"TableName": table, "Key": key, "UpdateExpression": "SET actor = :me", **condition}
change["ExpressionAttributeValues"] = {":me": {"S": "me"}}


def code_of(operation, by=client, **parameters):
    try:
        getattr(by, operation)(**parameters)
        return None
    except ClientError as error:
        return error.response["Error"]["Code"]


def batch(request):
    return code_of("batch_write_item", RequestItems={table: [request]})


codes = {
    "update": code_of("update_item", **change),
    "delete": code_of("delete_item", TableName=table, Key=key, **condition),
    "update in a transaction": code_of("transact_write_items", TransactItems=[{"Update": change}]),
    "delete in a batch": batch({"DeleteRequest": {"Key": absent}}),
    "put in a batch": batch({"PutRequest": {"Item": absent}}),
    "put if absent": code_of("put_item", TableName=table, Item=key, **condition),
    "read": code_of("get_item", TableName=table, Key=key),
    "read all": code_of("scan", TableName=table),
    "read over plain HTTP": code_of("get_item", in_plain, TableName=table, Key=key),
    "see the policy": code_of("get_resource_policy", ResourceArn=arn),
}
policy = client.get_resource_policy(ResourceArn=arn)["Policy"]
codes["lift the policy"] = code_of("delete_resource_policy", ResourceArn=arn)
codes["update without the policy"] = code_of("update_item", **change)
codes["put the policy back"] = code_of("put_resource_policy", ResourceArn=arn, Policy=policy)
codes["update with the policy again"] = code_of("update_item", **change)

iam.delete_access_key(UserName=name, AccessKeyId=made["AccessKeyId"])
iam.delete_user_policy(UserName=name, PolicyName="everything")
iam.delete_user(UserName=name)
print(json.dumps(codes))
