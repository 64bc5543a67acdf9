#!/bin/bash
set -e
yum install -y httpd
hostname > /var/www/html/index.html
systemctl enable --now httpd
