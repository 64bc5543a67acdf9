#!/bin/bash
# A web server of Python's own on port 8080, which starts again when it ends. /healthz is what the load balancer asks.
set -euo pipefail

install -d /srv/web
echo 'hello from the fleet' >/srv/web/index.html
echo ok >/srv/web/healthz

cat >/etc/systemd/system/web.service <<'UNIT'
[Unit]
Description=A small HTTP service
After=network-online.target

[Service]
ExecStart=/usr/bin/python3 -m http.server 8080 --directory /srv/web
DynamicUser=yes
Restart=always

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now web.service
