"""Secrets Manager in CloudFormation."""

# ruff: noqa: ARG002 (every type implements the same interface; few need all of it)

import json

from tests.sandbox.aws.backstage import backstage
from tests.sandbox.aws.cloudformation.resource import Properties, ResourceType, without


class Secret(ResourceType):
    """`AWS::SecretsManager::Secret`. `Ref` is its ARN.

    Without `SecretString` and `GenerateSecretString` it is created empty: reading it answers
    ResourceNotFoundException until somebody puts a value.
    """

    type = "AWS::SecretsManager::Secret"
    name_property = "Name"
    longest_name = 512
    replaced_by = frozenset({"Name"})
    attribute_names = ("Id",)

    def create(self, name: str, properties: Properties) -> str:
        parameters = without(properties, "Name", "GenerateSecretString")
        if "GenerateSecretString" in properties:
            parameters["SecretString"] = _generated(properties["GenerateSecretString"])
        arn: str = backstage("secretsmanager").create_secret(Name=name, **parameters)["ARN"]
        return arn

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        manager = backstage("secretsmanager")
        changes = {
            name: new[name] for name in ("Description", "KmsKeyId") if name in new and new[name] != old.get(name)
        }
        if changes:
            manager.update_secret(SecretId=physical_id, **changes)
        if "SecretString" in new and new["SecretString"] != old.get("SecretString"):
            manager.put_secret_value(SecretId=physical_id, SecretString=new["SecretString"])

    def delete(self, physical_id: str, properties: Properties) -> None:
        # https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1999
        backstage("secretsmanager").delete_secret(SecretId=physical_id, ForceDeleteWithoutRecovery=True)

    def attributes(self, physical_id: str, properties: Properties) -> dict[str, str]:
        return {"Id": physical_id}


def _generated(request: Properties) -> str:
    """A random value in the shape that the template asks for."""
    password: str = backstage("secretsmanager").get_random_password(
        **without(request, "SecretStringTemplate", "GenerateStringKey")
    )["RandomPassword"]
    if "SecretStringTemplate" not in request:
        return password
    return json.dumps({**json.loads(request["SecretStringTemplate"]), request["GenerateStringKey"]: password})
