#!/bin/bash
set -e
echo "${tap:region}" > /etc/service-region
systemctl start worker.service
