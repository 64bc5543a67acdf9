#!/bin/bash
echo ECS_CLUSTER=workers >> /etc/ecs/ecs.config
