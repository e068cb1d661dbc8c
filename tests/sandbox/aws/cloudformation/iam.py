"""IAM in CloudFormation: roles and the policies inside them."""

# ruff: noqa: ARG002 (every type implements the same interface; few need all of it)

import json
from collections.abc import Iterable

from tests.sandbox.aws.backstage import backstage
from tests.sandbox.aws.cloudformation.resource import Properties, ResourceType, refuse_others
from tests.sandbox.aws.roles import learn_managed_policy

_ROLE = ("AssumeRolePolicyDocument", "Description", "ManagedPolicyArns", "MaxSessionDuration", "Path")
_ROLE_MORE = ("PermissionsBoundary", "Policies", "RoleName", "Tags")


class Role(ResourceType):
    """`AWS::IAM::Role`. moto's own attaches no managed policies and ignores changed ones."""

    type = "AWS::IAM::Role"
    name_property = "RoleName"
    replaced_by = frozenset({"RoleName", "Path"})
    attribute_names = ("Arn", "RoleId")

    def create(self, name: str, properties: Properties) -> str:
        refuse_others(self.type, properties, _ROLE + _ROLE_MORE)
        plain = ("Description", "MaxSessionDuration", "Path", "PermissionsBoundary", "Tags")
        backstage("iam").create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(properties["AssumeRolePolicyDocument"]),
            **{key: properties[key] for key in plain if key in properties},
        )
        self._set_policies(name, {}, properties)
        return name

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        refuse_others(self.type, new, _ROLE + _ROLE_MORE)
        iam = backstage("iam")
        iam.update_assume_role_policy(RoleName=physical_id, PolicyDocument=json.dumps(new["AssumeRolePolicyDocument"]))
        iam.update_role(
            RoleName=physical_id,
            Description=new.get("Description", ""),
            MaxSessionDuration=new.get("MaxSessionDuration", 3600),
        )
        self._set_policies(physical_id, old, new)

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._set_policies(physical_id, properties, {})
        backstage("iam").delete_role(RoleName=physical_id)

    def attributes(self, physical_id: str, properties: Properties) -> dict[str, str]:
        role = backstage("iam").get_role(RoleName=physical_id)["Role"]
        return {"Arn": role["Arn"], "RoleId": role["RoleId"]}

    def _set_policies(self, role: str, old: Properties, new: Properties) -> None:
        iam = backstage("iam")
        inline = {policy["PolicyName"]: policy["PolicyDocument"] for policy in new.get("Policies", ())}
        for gone in {policy["PolicyName"] for policy in old.get("Policies", ())} - set(inline):
            iam.delete_role_policy(RoleName=role, PolicyName=gone)
        for name, document in inline.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
        before, after = set(old.get("ManagedPolicyArns", ())), set(new.get("ManagedPolicyArns", ()))
        for arn in sorted(before - after):
            iam.detach_role_policy(RoleName=role, PolicyArn=arn)
        for arn in sorted(after - before):
            learn_managed_policy(arn)
            iam.attach_role_policy(RoleName=role, PolicyArn=arn)


class Policy(ResourceType):
    """`AWS::IAM::Policy`: one inline policy in each of its roles."""

    type = "AWS::IAM::Policy"
    attribute_names = ("Id",)

    def create(self, name: str, properties: Properties) -> str:
        refuse_others(self.type, properties, ("PolicyDocument", "PolicyName", "Roles"))
        _put(properties["Roles"], properties)
        return name

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        gone = old["Roles"] if old["PolicyName"] != new["PolicyName"] else set(old["Roles"]) - set(new["Roles"])
        _remove(gone, old)
        self.create(physical_id, new)

    def delete(self, physical_id: str, properties: Properties) -> None:
        _remove(properties["Roles"], properties)

    def attributes(self, physical_id: str, properties: Properties) -> dict[str, str]:
        return {"Id": physical_id}


class RolePolicy(ResourceType):
    """`AWS::IAM::RolePolicy`: one inline policy in one role. `Ref` is `PolicyName|RoleName`."""

    type = "AWS::IAM::RolePolicy"
    replaced_by = frozenset({"PolicyName", "RoleName"})

    def create(self, name: str, properties: Properties) -> str:
        refuse_others(self.type, properties, ("PolicyDocument", "PolicyName", "RoleName"))
        _put([properties["RoleName"]], properties)
        return f"{properties['PolicyName']}|{properties['RoleName']}"

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        self.create("", new)

    def delete(self, physical_id: str, properties: Properties) -> None:
        _remove([properties["RoleName"]], properties)


class ManagedPolicy(ResourceType):
    """`AWS::IAM::ManagedPolicy`, attached to its roles. `Ref` is its ARN."""

    type = "AWS::IAM::ManagedPolicy"
    name_property = "ManagedPolicyName"
    longest_name = 128
    replaced_by = frozenset({"ManagedPolicyName", "Description", "Path", "PolicyDocument", "Roles"})
    attribute_names = ("PolicyArn",)

    def create(self, name: str, properties: Properties) -> str:
        refuse_others(self.type, properties, ("Description", "ManagedPolicyName", "Path", "PolicyDocument", "Roles"))
        iam = backstage("iam")
        plain = {key: properties[key] for key in ("Description", "Path") if key in properties}
        policy = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(properties["PolicyDocument"]), **plain)
        arn: str = policy["Policy"]["Arn"]
        for role in properties.get("Roles", ()):
            iam.attach_role_policy(RoleName=role, PolicyArn=arn)
        return arn

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        """Nothing: every property that is known here replaces the policy."""

    def delete(self, physical_id: str, properties: Properties) -> None:
        iam = backstage("iam")
        for role in properties.get("Roles", ()):
            iam.detach_role_policy(RoleName=role, PolicyArn=physical_id)
        iam.delete_policy(PolicyArn=physical_id)

    def attributes(self, physical_id: str, properties: Properties) -> dict[str, str]:
        return {"PolicyArn": physical_id}


def _put(roles: Iterable[str], properties: Properties) -> None:
    document = json.dumps(properties["PolicyDocument"])
    for role in roles:
        backstage("iam").put_role_policy(RoleName=role, PolicyName=properties["PolicyName"], PolicyDocument=document)


def _remove(roles: Iterable[str], properties: Properties) -> None:
    for role in roles:
        backstage("iam").delete_role_policy(RoleName=role, PolicyName=properties["PolicyName"])
