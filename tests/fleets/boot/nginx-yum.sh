#!/bin/bash
set -e
yum install -y nginx
systemctl enable --now nginx
