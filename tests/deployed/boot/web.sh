#!/bin/bash
set -eu
logger 'web of ${tap:region} in ${tap:autoScalingGroupName}'
