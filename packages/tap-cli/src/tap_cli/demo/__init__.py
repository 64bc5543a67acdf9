"""The story that `tap demo` tells: deploy, break an instance, watch the healer get it replaced."""
