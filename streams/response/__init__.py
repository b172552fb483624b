"""Response: alerts (`alerts`) and people's answers (`analyst-actions`) become credential decisions (`credential-decisions`)."""
