#!/bin/bash
set -e
apt-get update
apt-get install --yes nginx
systemctl enable --now nginx
