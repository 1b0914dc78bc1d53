"""What an operator does to a deployment, with the service running or not: `carry_out` finds the way."""

from messaging.operations.operation import Nothing, Operation, OperationFailed, Workplace
from messaging.operations.way import carry_out

__all__ = ["Nothing", "Operation", "OperationFailed", "Workplace", "carry_out"]
