"""Fleets of any size in simulated time, healed by the unchanged healer and by others, and measured."""
