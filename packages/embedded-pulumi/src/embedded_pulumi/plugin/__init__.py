"""The aws provider as a plugin of the Pulumi CLI: the executable `pulumi-resource-aws`.

    installation  where the CLI finds it, and which variables lead a shell there
    __main__      what the CLI starts:  pulumi-resource-aws [flags] <engine's address>
    process       one port on loopback, the port's number on stdout, and an end in good order
    endpoint      the embedded AWS that the environment names, or a refusal
    service       the RPCs: decode, ask the provider, encode
    messages      answers as protobuf messages
    statuses      errors as gRPC statuses
    console       what the user is told, by way of the engine

The executable lies in a private PULUMI_HOME alone, and is no console script of the package: the CLI takes any
`pulumi-resource-aws` that it finds on the PATH, and would take this one for AWS's own in every activated environment.

Source: pulumi/sdk/go/common/resource/plugin and pulumi/pkg/resource/plugin (plugin.go, provider_plugin.go, rpc.go).
"""
