"""The rollout's Lambda: brings the group to the wanted launch template version; the template moves on success."""
