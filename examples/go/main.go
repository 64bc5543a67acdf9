// A TAP fleet, and a second healer that only observes: `pulumi install` makes the package tap from ../../plugin.
package main

import (
	"example.com/pulumi-tap/sdk/go/tap"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		fleet, err := tap.NewTapStack(ctx, "fleet", &tap.TapStackArgs{
			Zones:           pulumi.IntRef(3),
			MinSize:         pulumi.IntRef(3),
			DesiredCapacity: pulumi.IntRef(3),
			MaxSize:         pulumi.IntRef(6),
			NatStrategy:     pulumi.StringRef("single"),
			Tags:            map[string]string{"Owner": "platform"},
			Healer:          map[string]int{"instanceCheckWindowSeconds": 240},
		})
		if err != nil {
			return err
		}
		observer, err := tap.NewHealer(ctx, "observer", &tap.HealerArgs{
			AutoScalingGroupName: fleet.AutoScalingGroupName,
			HealerMode:           pulumi.StringRef("observe"),
		})
		if err != nil {
			return err
		}
		ctx.Export("group", fleet.AutoScalingGroupName)
		ctx.Export("healers", pulumi.StringArray{fleet.LambdaFunctionName, observer.LambdaFunctionName})
		return nil
	})
}
