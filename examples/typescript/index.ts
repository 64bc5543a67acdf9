// A TAP fleet, and a second healer that only observes: `pulumi install` makes the package @pulumi/tap from ../../plugin.
import * as tap from "@pulumi/tap";

const fleet = new tap.TapStack("fleet", {
    zones: 3,
    minSize: 3,
    desiredCapacity: 3,
    maxSize: 6,
    natStrategy: "single",
    tags: { Owner: "platform" },
    healer: { instanceCheckWindowSeconds: 240 },
});
const observer = new tap.Healer("observer", {
    autoScalingGroupName: fleet.autoScalingGroupName,
    healerMode: "observe",
});

export const group = fleet.autoScalingGroupName;
export const healers = [fleet.lambdaFunctionName, observer.lambdaFunctionName];
