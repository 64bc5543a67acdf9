"""The aws provider as a plugin of the Pulumi CLI: the executable `pulumi-resource-aws`.

    installation  writes the executable, and names the variables by which the CLI finds it
    __main__      the CLI starts this:  pulumi-resource-aws [flags] <engine's address>
    process       serves one port on loopback, writes its number to stdout, and shuts down gracefully
    endpoint      finds the embedded AWS that the environment names
    service       answers the RPCs: decodes them, asks the provider, encodes its answer
    messages      makes protobuf messages of answers
    statuses      makes gRPC statuses of errors
    console       logs messages to the user, through the engine

The executable is only in a private PULUMI_HOME. It is no console script of the package, because the CLI takes any
`pulumi-resource-aws` on the PATH: in every activated environment it would take this one for AWS's own.

Source: pulumi/sdk/go/common/resource/plugin and pulumi/pkg/resource/plugin (plugin.go, provider_plugin.go, rpc.go).
"""
