"""Triage: findings (`detections`) people's actions (`analyst-actions`) and decisions (`credential-decisions`) become alerts (`alerts`)."""
