#!/bin/bash
set -e
docker run --detach --publish 80:80 nginx
