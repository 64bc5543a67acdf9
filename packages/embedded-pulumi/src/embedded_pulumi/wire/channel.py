"""The options of gRPC that engine, program and provider agree on."""

import os

MAX_MESSAGE_BYTES = 400 * 1024 * 1024
"""The limit that Pulumi's own processes and SDKs set (pulumi/sdk/go/common/util/rpcutil)."""

OPTIONS = [
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
]
"""For servers and for channels."""

# Else gRPC tells on the terminal that a program which serves hooks has ended, as each does. It reads the variable when
# the first channel is made.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
