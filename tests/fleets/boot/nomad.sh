#!/bin/bash
set -e
/opt/nomad/bin/run-nomad --client
