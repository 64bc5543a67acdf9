#!/bin/bash
set -e
apt-get update
apt-get install --yes apache2
hostname --all-ip-addresses > /var/www/html/index.html
