"""Lambda's own rules where moto has others: it keeps and tells how a function logs.

https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html
"""

from functools import cache
from typing import Any, Final

from moto.awslambda.models import LambdaFunction

_KEY: Final = "logging_config"

_moto_init = LambdaFunction.__init__
_moto_get_configuration = LambdaFunction.get_configuration
_moto_update_configuration = LambdaFunction.update_configuration


@cache
def install() -> None:
    """Puts these rules in the place of moto's, for this process."""
    LambdaFunction.__init__ = _init  # type: ignore[method-assign]
    LambdaFunction.get_configuration = _get_configuration  # type: ignore[method-assign]
    LambdaFunction.update_configuration = _update_configuration  # type: ignore[method-assign]


def _init(self: LambdaFunction, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
    self.__dict__[_KEY] = spec.get("LoggingConfig", {})
    _moto_init(self, account_id, spec, region, version)


def _get_configuration(self: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
    default = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function_name}"}
    return {**_moto_get_configuration(self, on_create), "LoggingConfig": default | self.__dict__[_KEY]}


def _update_configuration(self: LambdaFunction, config_updates: dict[str, Any]) -> dict[str, Any]:
    self.__dict__[_KEY] = config_updates.get("LoggingConfig", self.__dict__[_KEY])
    return _moto_update_configuration(self, config_updates)
