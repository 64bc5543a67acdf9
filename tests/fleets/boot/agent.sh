#!/bin/bash
set -e
mkdir -p /srv/agent
systemctl start agent.service
