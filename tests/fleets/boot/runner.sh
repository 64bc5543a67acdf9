#!/bin/bash
set -e
/opt/runner/run.sh --unattended
